package dev.descent.cli.lesson;

import dev.descent.internal.NormalDistribution;
import dev.descent.program.Activation;
import java.util.stream.DoubleStream;

/// The activation functions' formulas and their derivatives, in float64.
final class Activations {
  private Activations() {}

  /// y = f(x).
  ///
  /// @throws IllegalArgumentException for softmax, which takes a row: see [#softmax]
  static double value(Activation activation, double x) {
    return switch (activation) {
      case LINEAR -> x;
      case RELU -> Math.max(0, x);
      case LEAKY_RELU -> x > 0 ? x : Activation.LEAK * x;
      case SIGMOID -> 1 / (1 + Math.exp(-x));
      case TANH -> Math.tanh(x);
      case GELU -> x * NormalDistribution.cumulative(x);
      case SOFTMAX -> throw new IllegalArgumentException("softmax takes a row of numbers");
    };
  }

  /// dy/dx; at a kink the derivative from the left, as the engine has it.
  ///
  /// @throws IllegalArgumentException for softmax
  static double derivative(Activation activation, double x) {
    return switch (activation) {
      case LINEAR -> 1;
      case RELU -> x > 0 ? 1 : 0;
      case LEAKY_RELU -> x > 0 ? 1 : Activation.LEAK;
      case SIGMOID -> value(Activation.SIGMOID, x) * value(Activation.SIGMOID, -x);
      case TANH -> 1 - Math.tanh(x) * Math.tanh(x);
      case GELU -> NormalDistribution.cumulative(x) + x * NormalDistribution.density(x);
      case SOFTMAX -> throw new IllegalArgumentException("softmax takes a row of numbers");
    };
  }

  /// `e^z_j / sum_k e^z_k`, with the greatest logit subtracted first, so that nothing overflows.
  static double[] softmax(double... logits) {
    double greatest = DoubleStream.of(logits).max().orElseThrow();
    double[] powers = DoubleStream.of(logits).map(z -> Math.exp(z - greatest)).toArray();
    double sum = DoubleStream.of(powers).sum();
    return DoubleStream.of(powers).map(power -> power / sum).toArray();
  }
}
