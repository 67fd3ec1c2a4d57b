package dev.descent.model;

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
  ZEROS
}
