package dev.descent.internal.format;

/// Numbers as labels and categories: one text for each number.
public final class Decimal {
  /// Whole numbers below are exact as a double.
  private static final double EXACT = 1L << 53;

  private Decimal() {}

  /// A number in its shortest form, without a fraction where it has none: `3`, `0.25`, `1.0E300`.
  public static String shortest(double value) {
    return value == Math.rint(value) && Math.abs(value) < EXACT
        ? Long.toString((long) value)
        : Double.toString(value);
  }
}
