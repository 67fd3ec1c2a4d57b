package dev.descent.train;

import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// What training makes small.
public sealed interface Loss {
  /// The name as in a log: `softmax cross-entropy`.
  String name();

  /// Softmax and categorical cross-entropy, for one class of several. The model's last layer gives
  /// logits: it has no activation of its own.
  static Loss softmaxCrossEntropy() {
    return new SoftmaxCrossEntropy();
  }

  /// Binary cross-entropy on logits, for independent yes-or-no answers. The model's last layer has no
  /// activation of its own.
  static Loss binaryCrossEntropy() {
    return new BinaryCrossEntropy();
  }

  /// The mean of squared errors, for regression.
  static Loss meanSquaredError() {
    return new MeanSquaredError();
  }

  /// The loss of that name, or null if there is none.
  static @Nullable Loss named(String name) {
    return Stream.of(softmaxCrossEntropy(), binaryCrossEntropy(), meanSquaredError())
        .filter(loss -> loss.name().equals(name))
        .findFirst()
        .orElse(null);
  }

  /// See [#softmaxCrossEntropy].
  record SoftmaxCrossEntropy() implements Loss {
    @Override
    public String name() {
      return "softmax cross-entropy";
    }
  }

  /// See [#binaryCrossEntropy].
  record BinaryCrossEntropy() implements Loss {
    @Override
    public String name() {
      return "binary cross-entropy";
    }
  }

  /// See [#meanSquaredError].
  record MeanSquaredError() implements Loss {
    @Override
    public String name() {
      return "mean squared error";
    }
  }
}
