package dev.descent.cli.lesson;

/// The simplest model: `y = m x + b`.
///
/// @param m the slope
/// @param b the intercept
public record Line(double m, double b) {
  public double predict(double x) {
    return m * x + b;
  }

  boolean isFinite() {
    return Double.isFinite(m) && Double.isFinite(b);
  }
}
