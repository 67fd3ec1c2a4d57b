package dev.descent.cli;

import dev.descent.train.Loss;
import java.util.stream.Stream;

/// The losses as the command line names them.
enum LossName {
  /// For one class of several.
  SOFTMAX,
  /// For yes-or-no answers: one output for two classes, else one for each class.
  BINARY,
  /// Mean squared error, on one-hot vectors.
  MSE;

  Loss create() {
    return switch (this) {
      case SOFTMAX -> Loss.softmaxCrossEntropy();
      case BINARY -> Loss.binaryCrossEntropy();
      case MSE -> Loss.meanSquaredError();
    };
  }

  /// The loss that has this [Loss#name]; softmax cross-entropy if none has.
  static Loss named(String name) {
    return Stream.of(values())
        .map(LossName::create)
        .filter(loss -> loss.name().equals(name))
        .findFirst()
        .orElseGet(Loss::softmaxCrossEntropy);
  }
}
