package dev.descent.train;

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
