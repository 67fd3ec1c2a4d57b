package dev.descent.train.objective;

/// How the learning rate changes while training: a factor on the optimizer's learning rate.
@FunctionalInterface
public interface Schedule {
  /// {@return the factor for a step}
  ///
  /// @param epoch the epochs passed since training began, with the fraction of the current one:
  ///     step s of epoch e (both from 0) of S steps is at e + s / S
  /// @param epochs the number of epochs of the run
  double factor(double epoch, int epochs);

  /// The factor for a step, where a schedule's ends depend on the number of steps; that of the
  /// fraction of the epoch unless overridden.
  ///
  /// @param epoch from 0
  /// @param step of the epoch, from 0
  /// @param steps of an epoch
  /// @param epochs of the run
  /// @return the factor
  default double factor(int epoch, int step, int steps, int epochs) {
    return factor(epoch + (double) step / steps, epochs);
  }

  /// {@return the same learning rate throughout}
  static Schedule constant() {
    return (epoch, epochs) -> 1;
  }

  /// {@return a schedule that multiplies the learning rate by `factor` after every `every` epochs}
  ///
  /// @param every how many epochs
  /// @param factor what the learning rate is multiplied by
  static Schedule step(int every, double factor) {
    if (every < 1) {
      throw new IllegalArgumentException("a step every " + every + " epochs; must be >= 1");
    }
    requirePositive("factor", factor);
    return (epoch, epochs) -> Math.pow(factor, Math.floor(epoch / every));
  }

  /// {@return a schedule that multiplies the learning rate by `factor` over each epoch, a little
  /// every step}
  ///
  /// @param factor what the learning rate is multiplied by
  static Schedule exponential(double factor) {
    requirePositive("factor", factor);
    return (epoch, epochs) -> Math.pow(factor, epoch);
  }

  /// {@return the learning rate falls along half a cosine from 1 to `last` times its value
  /// (Loshchilov and Hutter 2017), after it has risen from nothing in a straight line for `warmUp`
  /// epochs}
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

  /// {@return one cycle (Smith and Topin 2018) as PyTorch's OneCycleLR has it, with its defaults:
  /// see [#oneCycle(double, double, double)]}
  static Schedule oneCycle() {
    return oneCycle(OneCycle.WARM_UP, OneCycle.DIVISOR, OneCycle.LAST_DIVISOR);
  }

  /// One cycle (Smith and Topin 2018) as PyTorch's OneCycleLR has it: along half a cosine up to the
  /// optimizer's learning rate, which is the peak, and along another one down far below the start.
  /// The first step has the lowest rate of the way up and the last step the lowest of all. Momentum
  /// and betas stay as they are.
  ///
  /// @param warmUp the share of all steps that leads up, in [0, 1)
  /// @param divisor the peak is divided by it for the first step; at least 1
  /// @param lastDivisor the rate of the first step is divided by it for the last step; at least 1
  /// @return the schedule
  static Schedule oneCycle(double warmUp, double divisor, double lastDivisor) {
    return new OneCycle(warmUp, divisor, lastDivisor);
  }

  private static void requirePositive(String what, double value) {
    if (!(value > 0 && Double.isFinite(value))) {
      throw new IllegalArgumentException(what + " " + value + " is not above 0");
    }
  }
}
