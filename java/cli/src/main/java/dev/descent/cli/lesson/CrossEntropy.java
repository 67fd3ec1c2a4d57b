package dev.descent.cli.lesson;

import dev.descent.program.Activation;

/// Two losses of a probability p for a truth t of 0 or 1, and their derivatives by the logit z,
/// from which `p = 1 / (1 + e^-z)` comes; in float64.
final class CrossEntropy {
  private CrossEntropy() {}

  static double probability(double logit) {
    return Activations.value(Activation.SIGMOID, logit);
  }

  /// `-(t log p + (1 - t) log(1 - p))`; infinite for misplaced confidence.
  static double ofProbability(double truth, double p) {
    double loss = 0;
    if (truth > 0) {
      loss -= truth * Math.log(p);
    }
    if (truth < 1) {
      loss -= (1 - truth) * Math.log(1 - p);
    }
    return loss;
  }

  /// The same by the logit: `max(z, 0) - t z + log(1 + e^-|z|)`, finite for every finite z.
  static double ofLogit(double truth, double z) {
    return Math.max(z, 0) - truth * z + Math.log1p(Math.exp(-Math.abs(z)));
  }

  /// `dCE/dz = p - t`.
  static double slope(double truth, double z) {
    return probability(z) - truth;
  }

  /// `(t - p)^2`.
  static double squaredError(double truth, double p) {
    return (truth - p) * (truth - p);
  }

  /// `d(t - p)^2/dz = 2 (p - t) p (1 - p)`.
  static double squaredErrorSlope(double truth, double z) {
    // 1 - p without cancellation.
    return 2 * slope(truth, z) * probability(z) * probability(-z);
  }

  /// The derivative of a loss by the logit.
  @FunctionalInterface
  interface Slope {
    double at(double truth, double z);
  }

  /// The logits of gradient descent on one sample whose truth is 1: the start and after each step.
  static double[] descent(Slope slope, double start, double rate, int steps) {
    double[] logits = new double[steps + 1];
    logits[0] = start;
    for (int i = 1; i <= steps; i++) {
      logits[i] = logits[i - 1] - rate * slope.at(1, logits[i - 1]);
    }
    return logits;
  }

  /// How many steps it takes until p reaches a goal; -1 if more than `most`.
  static int stepsTo(double goal, Slope slope, double start, double rate, int most) {
    double z = start;
    for (int step = 0; step <= most; step++) {
      if (probability(z) >= goal) {
        return step;
      }
      z -= rate * slope.at(1, z);
    }
    return -1;
  }
}
