package dev.descent.cli.option;

import dev.descent.train.objective.Loss;

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
}
