package dev.descent.train.objective;

/// See [Schedule#oneCycle(double, double, double)].
record OneCycle(double warmUp, double divisor, double lastDivisor) implements Schedule {
  static final double WARM_UP = 0.3;
  static final double DIVISOR = 25;
  static final double LAST_DIVISOR = 1e4;

  OneCycle {
    if (!(warmUp >= 0 && warmUp < 1)) {
      throw new IllegalArgumentException("a warm-up of " + warmUp + " of the run; not in [0, 1)");
    }
    requireDivisor(divisor);
    requireDivisor(lastDivisor);
  }

  private static void requireDivisor(double value) {
    if (!(value >= 1 && Double.isFinite(value))) {
      throw new IllegalArgumentException("a one-cycle divisor of " + value + "; must be >= 1");
    }
  }

  @Override
  public double factor(double epoch, int epochs) {
    return at(epoch, warmUp * epochs, epochs);
  }

  /// The peak is at step `warmUp * total - 1`, from 0, and the end at step `total - 1`.
  @Override
  public double factor(int epoch, int step, int steps, int epochs) {
    double total = (double) steps * epochs;
    return at((double) epoch * steps + step, warmUp * total - 1, total - 1);
  }

  private double at(double place, double peak, double end) {
    double first = 1 / divisor;
    return place < peak
        ? between(first, 1, place / peak)
        : between(1, first / lastDivisor, Math.min(1, (place - peak) / (end - peak)));
  }

  private static double between(double from, double to, double share) {
    return to + (from - to) / 2 * (1 + Math.cos(Math.PI * share));
  }
}
