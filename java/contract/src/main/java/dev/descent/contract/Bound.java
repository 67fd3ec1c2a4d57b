package dev.descent.contract;

/// How far an element may lie from the reference: `absolute + relative |expected|`, plus, where a
/// scale is given, `scaled` times the element's scale, which is what the sum would be if no terms
/// cancelled.
///
/// @param absolute at least 0
/// @param relative at least 0
/// @param scaled at least 0
record Bound(double absolute, double relative, double scaled) {
  /// The unit roundoff of float32.
  static final double ROUNDOFF = 0x1p-24;

  /// The same bits, but for the sign of zero and which NaN.
  static final Bound EXACT = new Bound(0, 0, 0);

  /// A few roundings of a function that is not exact to the last place.
  static final Bound ELEMENT = new Bound(1e-37, 16 * ROUNDOFF, 0);

  /// A sum of `terms` products, in any order.
  static Bound sum(long terms) {
    return sum(terms, 0);
  }

  /// The same where both operands of each product are rounded first, each time by up to `operand`.
  static Bound sum(long terms, double operand) {
    double products = operand * (2 + operand);
    return new Bound(1e-37, 4 * ROUNDOFF, (terms + 8) * ROUNDOFF * (1 + products) + products);
  }

  boolean holds(double expected, double actual, double scale) {
    if (Double.isNaN(expected) || Double.isInfinite(expected) || expected == actual) {
      return expected == actual || (Double.isNaN(expected) && Double.isNaN(actual));
    }
    double far = absolute + relative * Math.abs(expected) + scaled * Math.abs(scale);
    return Math.abs(expected - actual) <= far;
  }
}
