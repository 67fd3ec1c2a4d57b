package dev.descent.model;

import dev.descent.internal.RandomStream;
import dev.descent.program.Activation;

/// How the weights of a layer start: from what a unit sums (inputs) and where an input goes
/// (units).
public enum Initializer {
  /// Uniform in +-sqrt(6 / (inputs + units)) (Glorot and Bengio 2010); Keras' default.
  GLOROT_UNIFORM,
  /// Normal with variance 2 / (inputs + units).
  GLOROT_NORMAL,
  /// Uniform in +-sqrt(6 / inputs) (He et al. 2015), made for ReLU.
  HE_UNIFORM,
  /// Normal with variance 2 / inputs.
  HE_NORMAL,
  /// Uniform in +-1 / sqrt(inputs), 2.4 times less than [#HE_UNIFORM], the bias too; PyTorch's
  /// default. With all others a bias starts at zero.
  FAN_IN_UNIFORM,
  /// All zeros.
  ZEROS,
  /// All ones.
  ONES;

  /// {@return what a layer starts with unless it is told otherwise: [#HE_UNIFORM] before an
  /// activation that is about zero on one side, which halves the variance, else [#GLOROT_UNIFORM]}
  ///
  /// @param activation behind the weights
  public static Initializer suits(Activation activation) {
    return switch (activation) {
      case RELU, LEAKY_RELU, GELU -> HE_UNIFORM;
      case LINEAR, SIGMOID, TANH, SOFTMAX -> GLOROT_UNIFORM;
    };
  }

  /// A number to start with.
  double draw(RandomStream random, double fanIn, double fanOut) {
    double glorot = 2.0 / (fanIn + fanOut);
    double he = 2.0 / fanIn;
    return switch (this) {
      case GLOROT_UNIFORM -> uniform(random, glorot);
      case GLOROT_NORMAL -> random.nextGaussian() * Math.sqrt(glorot);
      case HE_UNIFORM -> uniform(random, he);
      case FAN_IN_UNIFORM -> uniform(random, 1 / (3 * fanIn));
      case HE_NORMAL -> random.nextGaussian() * Math.sqrt(he);
      case ZEROS -> 0;
      case ONES -> 1;
    };
  }

  /// Uniform with the given variance: +-sqrt(3 variance).
  private static double uniform(RandomStream random, double variance) {
    double bound = Math.sqrt(3 * variance);
    return random.nextDouble(-bound, bound);
  }
}
