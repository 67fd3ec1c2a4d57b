package dev.descent.internal.reference;

import dev.descent.internal.NormalDistribution;
import dev.descent.program.Activation;

/// Activation functions and their derivatives in float64, a row at a time.
final class Activations {
  private Activations() {}

  /// Replaces a row x by f(x).
  static void apply(Activation activation, double[] x) {
    if (activation == Activation.SOFTMAX) {
      softmax(x);
      return;
    }
    for (int j = 0; j < x.length; j++) {
      x[j] = value(activation, x[j]);
    }
  }

  private static double value(Activation activation, double x) {
    return switch (activation) {
      case LINEAR -> x;
      case RELU -> Math.max(0, x);
      case LEAKY_RELU -> x > 0 ? x : Activation.LEAK * x;
      case SIGMOID -> sigmoid(x);
      case TANH -> Math.tanh(x);
      case GELU -> x == Double.NEGATIVE_INFINITY ? -0.0 : x * NormalDistribution.cumulative(x);
      case SOFTMAX -> throw new AssertionError("softmax works on a row");
    };
  }

  /// Computed from the side on which the exponential can't overflow.
  static double sigmoid(double x) {
    if (x >= 0) {
      return 1 / (1 + Math.exp(-x));
    }
    double e = Math.exp(x);
    return e / (1 + e);
  }

  private static void softmax(double[] x) {
    double max = Double.NEGATIVE_INFINITY;
    for (double v : x) {
      max = Math.max(max, v);
    }
    double sum = 0;
    for (int j = 0; j < x.length; j++) {
      x[j] = Math.exp(x[j] - max);
      sum += x[j];
    }
    for (int j = 0; j < x.length; j++) {
      x[j] /= sum;
    }
  }

  /// Replaces a row of dOut by dX.
  ///
  /// @param saved the row's results y or arguments x: see [Activation#derivativeFromResult]
  /// @param d Modified.
  static void backward(Activation activation, double[] saved, double[] d) {
    if (activation == Activation.SOFTMAX) {
      double dot = 0;
      for (int j = 0; j < d.length; j++) {
        dot += d[j] * saved[j];
      }
      for (int j = 0; j < d.length; j++) {
        d[j] = saved[j] * (d[j] - dot);
      }
      return;
    }
    for (int j = 0; j < d.length; j++) {
      d[j] *= derivative(activation, saved[j]);
    }
  }

  private static double derivative(Activation activation, double saved) {
    return switch (activation) {
      case LINEAR -> 1;
      case RELU -> saved > 0 ? 1 : 0;
      case LEAKY_RELU -> saved > 0 ? 1 : Activation.LEAK;
      case SIGMOID -> saved * (1 - saved);
      case TANH -> 1 - saved * saved;
      case GELU -> NormalDistribution.cumulative(saved) + saved * NormalDistribution.density(saved);
      case SOFTMAX -> throw new AssertionError("softmax works on a row");
    };
  }
}
