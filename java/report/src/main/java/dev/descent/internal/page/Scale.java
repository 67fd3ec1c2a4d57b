package dev.descent.internal.page;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;

/// Maps the values of an axis to 0 to 1, linearly or by their logarithm, and finds round numbers to
/// label it with.
///
/// @param low the value at 0; above 0 if logarithmic
/// @param high the value at 1; above low
public record Scale(double low, double high, boolean logarithmic) {
  private static final String SUPERSCRIPTS = "⁰¹²³⁴⁵⁶⁷⁸⁹";

  public Scale {
    if (!(low < high && Double.isFinite(high - low)) || (logarithmic && low <= 0)) {
      throw new IllegalArgumentException(
          "no %s scale from %s to %s".formatted(logarithmic ? "log" : "linear", low, high));
    }
  }

  /// A labelled value.
  public record Tick(double value, String label) {}

  public static Scale linear(double low, double high) {
    return new Scale(low, high, false);
  }

  public static Scale log(double low, double high) {
    return new Scale(low, high, true);
  }

  /// A linear scale that holds all finite values up to 1e300, widened to round numbers; 0 to 1 if
  /// there are none.
  public static Scale around(double... values) {
    double low = Double.POSITIVE_INFINITY;
    double high = Double.NEGATIVE_INFINITY;
    for (double value : values) {
      if (Double.isFinite(value)) {
        low = Math.min(low, value);
        high = Math.max(high, value);
      }
    }
    if (low > high) {
      return linear(0, 1);
    }
    // So far from the largest double that a range does not overflow.
    low = Math.clamp(low, -1e300, 1e300);
    high = Math.clamp(high, -1e300, 1e300);
    // Equal values get room on both sides.
    double room = Math.max(Math.abs(low) * 1e-3, 1e-30);
    if (high - low < room) {
      low -= room;
      high += room;
    }
    double step = step(high - low, 5).doubleValue();
    return linear(Math.floor(low / step) * step, Math.ceil(high / step) * step);
  }

  /// Where a value lies: 0 at low, 1 at high. NaN for what a logarithm does not have.
  public double at(double value) {
    if (!logarithmic) {
      return (value - low) / (high - low);
    }
    return value > 0 ? Math.log(value / low) / Math.log(high / low) : Double.NaN;
  }

  /// Round values from low to high.
  ///
  /// @param about how many are wanted; the result may have somewhat fewer or more
  public List<Tick> ticks(int about) {
    return logarithmic ? decades(about) : multiples(about);
  }

  private List<Tick> multiples(int about) {
    BigDecimal step = step(high - low, about);
    // A little tolerance: 0.3 / 0.1 is 2.9999999999999996.
    double first = Math.ceil(low / step.doubleValue() - 1e-9);
    double last = Math.floor(high / step.doubleValue() + 1e-9);
    List<Tick> ticks = new ArrayList<>();
    for (double i = first; i <= last && ticks.size() < 4 * about + 4; i++) {
      // In decimals, because 3 * 0.1 is 0.30000000000000004.
      BigDecimal value = step.multiply(new BigDecimal(i));
      ticks.add(new Tick(value.doubleValue(), label(value)));
    }
    return List.copyOf(ticks);
  }

  private List<Tick> decades(int about) {
    int first = (int) Math.ceil(Math.log10(low) - 1e-9);
    int last = (int) Math.floor(Math.log10(high) + 1e-9);
    if (last - first < 1) {
      return multiples(about);
    }
    int stride = Math.max(1, Math.ceilDiv(last - first + 1, Math.max(1, about)));
    List<Tick> ticks = new ArrayList<>();
    for (int exponent = Math.ceilDiv(first, stride) * stride;
        exponent <= last;
        exponent += stride) {
      ticks.add(new Tick(Math.pow(10, exponent), label(exponent)));
    }
    return List.copyOf(ticks);
  }

  /// The smallest of 1, 2, 5, 10, 20, ... that divides the range into at most `about` parts.
  private static BigDecimal step(double range, int about) {
    double raw = range / Math.max(1, about);
    int exponent = (int) Math.floor(Math.log10(raw));
    double power = Math.pow(10, exponent);
    int factor = 10;
    for (int smaller : new int[] {5, 2, 1}) {
      if (smaller * power >= raw * (1 - 1e-9)) {
        factor = smaller;
      }
    }
    return BigDecimal.valueOf(factor).scaleByPowerOfTen(exponent);
  }

  private static String label(BigDecimal value) {
    if (value.signum() == 0) {
      return "0";
    }
    BigDecimal digits = value.stripTrailingZeros();
    int exponent = digits.precision() - digits.scale() - 1;
    String label =
        exponent >= 6 || exponent < -4
            ? digits.scaleByPowerOfTen(-exponent).toPlainString() + "e" + exponent
            : digits.toPlainString();
    return label.replace('-', '−');
  }

  private static String label(int exponent) {
    if (exponent >= -3 && exponent <= 4) {
      return BigDecimal.ONE.scaleByPowerOfTen(exponent).toPlainString();
    }
    StringBuilder label = new StringBuilder("10").append(exponent < 0 ? "⁻" : "");
    for (char digit : Integer.toString(Math.abs(exponent)).toCharArray()) {
      label.append(SUPERSCRIPTS.charAt(digit - '0'));
    }
    return label.toString();
  }
}
