package dev.descent.train.objective;

/// How the learning rate changes while training: a factor on the optimizer's learning rate.
@FunctionalInterface
public interface Schedule {
  /// The factor for a step.
  ///
  /// @param epoch the epochs passed since training began, with the fraction of the current one: step
  ///     s of epoch e (both from 0) of S steps is at e + s / S
  /// @param epochs the number of epochs of the run
  double factor(double epoch, int epochs);

  /// The same learning rate throughout.
  static Schedule constant() {
    return (epoch, epochs) -> 1;
  }

  /// The learning rate is multiplied by `factor` after every `every` epochs.
  static Schedule step(int every, double factor) {
    if (every < 1) {
      throw new IllegalArgumentException("a step every " + every + " epochs; must be >= 1");
    }
    requirePositive("factor", factor);
    return (epoch, epochs) -> Math.pow(factor, Math.floor(epoch / every));
  }

  /// The learning rate is multiplied by `factor` over each epoch, a little every step.
  static Schedule exponential(double factor) {
    requirePositive("factor", factor);
    return (epoch, epochs) -> Math.pow(factor, epoch);
  }

  /// The learning rate falls along half a cosine from 1 to `last` times its value (Loshchilov and
  /// Hutter 2017), after it has risen from nothing in a straight line for `warmUp` epochs.
  ///
  /// @param warmUp in epochs, may be a fraction; at least 0
  /// @param last the factor at the end, in [0, 1]
  static Schedule cosine(double warmUp, double last) {
    if (!(warmUp >= 0 && Double.isFinite(warmUp))) {
      throw new IllegalArgumentException("a warm-up of " + warmUp + " epochs; must be >= 0");
    }
    if (!(last >= 0 && last <= 1)) {
      throw new IllegalArgumentException("last factor " + last + " is not in [0, 1]");
    }
    return (epoch, epochs) -> {
      if (epoch < warmUp) {
        return epoch / warmUp;
      }
      double share = epochs > warmUp ? Math.min(1, (epoch - warmUp) / (epochs - warmUp)) : 1;
      return last + (1 - last) * 0.5 * (1 + Math.cos(Math.PI * share));
    };
  }

  private static void requirePositive(String what, double value) {
    if (!(value > 0 && Double.isFinite(value))) {
      throw new IllegalArgumentException(what + " " + value + " is not above 0");
    }
  }
}
