package dev.descent.cli.lesson;

import java.io.PrintStream;
import java.math.BigDecimal;
import java.util.Locale;

/// Writes a lesson's plain text: sections under titles, paragraphs, and rows of tables. At most
/// [#WIDTH] columns, in ASCII: every terminal shows it alike.
final class Page {
  static final int WIDTH = 88;

  private final PrintStream out;

  Page(PrintStream out) {
    this.out = out;
  }

  void title(String title) {
    out.println();
    out.println(title);
    out.println("-".repeat(title.length()));
    out.println();
  }

  /// Prints lines as they are.
  void text(String lines) {
    lines.lines().forEach(out::println);
  }

  /// Prints a line with values in it.
  ///
  /// @param format as of [String#format]
  @SuppressWarnings("AnnotateFormatMethod")
  void row(String format, Object... values) {
    out.println(decimal(format, values));
  }

  void blank() {
    out.println();
  }

  /// Formats with a decimal point, whatever the country.
  static String decimal(String format, Object... values) {
    return String.format(Locale.ROOT, format, values);
  }

  /// A number without an exponent and without zeros at its end.
  static String plain(double value) {
    return BigDecimal.valueOf(value).stripTrailingZeros().toPlainString();
  }

  /// A loss in at most nine characters.
  static String loss(double loss) {
    if (!Double.isFinite(loss)) {
      return "overflow";
    }
    if (loss == 0) {
      return "0";
    }
    return loss < 1e4 && loss >= 1e-4 ? fixed(loss, 7) : decimal("%.3e", loss);
  }

  /// A parameter in at most eight characters.
  static String parameter(double value) {
    if (!Double.isFinite(value)) {
      return "-";
    }
    return Math.abs(value) < 9999 ? fixed(value, 6) : decimal("%.1e", value);
  }

  /// With as many decimals as that many characters have room for, besides the sign.
  private static String fixed(double value, int characters) {
    int whole = (int) Math.log10(Math.max(1, Math.abs(value))) + 1;
    return decimal("%." + Math.max(0, characters - whole - 1) + "f", value);
  }
}
