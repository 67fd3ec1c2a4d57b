package dev.descent.internal;

/// The standard normal distribution in float64, for GELU.
public final class NormalDistribution {
  private static final double SQRT_2_PI = Math.sqrt(2 * Math.PI);

  /// Where the series needs more terms than the continued fraction.
  private static final double SERIES_END = 4;

  private NormalDistribution() {}

  /// The density `e^(-x^2/2) / sqrt(2 pi)`.
  public static double density(double x) {
    return Math.exp(-0.5 * x * x) / SQRT_2_PI;
  }

  /// The distribution function `Phi(x) = (1 + erf(x / sqrt 2)) / 2`, with a small relative error in
  /// the lower tail too.
  public static double cumulative(double x) {
    if (Double.isNaN(x)) {
      return x;
    }
    double magnitude = Math.abs(x);
    if (magnitude >= SERIES_END) {
      double tail = upperTail(magnitude);
      return x < 0 ? tail : 1 - tail;
    }
    double half = density(magnitude) * oddSeries(magnitude);
    return x < 0 ? lowerFromHalf(magnitude, half) : 0.5 + half;
  }

  /// For small x the difference is exact to `4e-15`; beyond 1.25 it cancels, and the tail's continued
  /// fraction converges soon enough.
  private static double lowerFromHalf(double magnitude, double half) {
    return magnitude < 1.25 ? 0.5 - half : upperTail(magnitude);
  }

  /// `x + x^3 / 3 + x^5 / (3 5) + ...`, all terms positive (Abramowitz and Stegun 26.2.11).
  private static double oddSeries(double x) {
    double term = x;
    double sum = x;
    for (int n = 3; term > sum * 0x1p-54; n += 2) {
      term *= x * x / n;
      sum += term;
    }
    return sum;
  }

  /// `Phi(-x)` for x >= 1 by the continued fraction `density / (x + 1 / (x + 2 / (x + 3 / ...)))`
  /// (Abramowitz and Stegun 26.2.14), evaluated from its end. A relative error of `2^-54` takes 388
  /// terms at 1, 106 at 2 and 33 at 4.
  private static double upperTail(double x) {
    double fraction = x;
    for (int n = (int) (12 + 400 / (x * x)); n >= 1; n--) {
      fraction = x + n / fraction;
    }
    return density(x) / fraction;
  }
}
