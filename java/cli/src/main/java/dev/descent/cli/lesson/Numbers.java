package dev.descent.cli.lesson;

import java.math.BigDecimal;
import java.util.Locale;

/// Numbers as the lessons write them, with a decimal point whatever the country.
final class Numbers {
  private Numbers() {}

  static String format(String format, Object... values) {
    return String.format(Locale.ROOT, format, values);
  }

  /// A number without an exponent and without zeros at its end.
  static String plain(double value) {
    return BigDecimal.valueOf(value).stripTrailingZeros().toPlainString();
  }

  /// A number with so many decimals.
  static String fixed(double value, int decimals) {
    String text = format("%." + decimals + "f", value);
    // What rounds to zero has no sign.
    return text.matches("-0\\.?0*") ? text.substring(1) : text;
  }

  /// A loss in at most nine characters; one that no float64 holds as being greater than those.
  static String loss(double loss) {
    if (!Double.isFinite(loss)) {
      return "> 1e308";
    }
    if (loss == 0) {
      return "0";
    }
    return loss < 1e4 && loss >= 1e-4 ? filling(loss, 7) : format("%.3e", loss);
  }

  /// A parameter in at most eight characters.
  static String parameter(double value) {
    return Math.abs(value) < 9999 ? filling(value, 6) : format("%.1e", value);
  }

  /// With as many decimals as that many characters have room for, besides the sign.
  private static String filling(double value, int characters) {
    int whole = (int) Math.log10(Math.max(1, Math.abs(value))) + 1;
    return fixed(value, Math.max(0, characters - whole - 1));
  }
}
