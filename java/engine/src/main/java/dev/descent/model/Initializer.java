package dev.descent.model;

import dev.descent.program.Activation;

/// How the weights of a dense layer start. Biases start at zero.
public enum Initializer {
  /// Uniform in +-sqrt(6 / (inputs + units)) (Glorot and Bengio 2010); Keras' default.
  GLOROT_UNIFORM,
  /// Normal with variance 2 / (inputs + units).
  GLOROT_NORMAL,
  /// Uniform in +-sqrt(6 / inputs) (He et al. 2015), made for ReLU.
  HE_UNIFORM,
  /// Normal with variance 2 / inputs.
  HE_NORMAL,
  /// All zeros.
  ZEROS;

  /// What a layer starts with unless it is told otherwise: [#HE_UNIFORM] before an activation that is
  /// about zero on one side, which halves the variance, else [#GLOROT_UNIFORM].
  public static Initializer suits(Activation activation) {
    return switch (activation) {
      case RELU, LEAKY_RELU, GELU -> HE_UNIFORM;
      case LINEAR, SIGMOID, TANH, SOFTMAX -> GLOROT_UNIFORM;
    };
  }
}
