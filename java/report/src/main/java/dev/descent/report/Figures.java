package dev.descent.report;

import java.util.Locale;
import java.util.regex.Pattern;

/// Numbers as a report shows them, the same in every country.
final class Figures {
  /// What stands where there is no figure.
  static final String NONE = "–";

  private static final char FIRST_STRONG_ISOLATE = '\u2068';
  private static final char POP_DIRECTIONAL_ISOLATE = '\u2069';
  private static final Pattern BIDI_CONTROLS = Pattern.compile("[\\u202A-\\u202E\\u2066-\\u2069]");
  private static final double SMALLEST_FIXED = 1e-3;
  private static final double LARGEST_FIXED = 1e5;
  private static final int MINUTE = 60;
  private static final int HOUR = 3600;

  private Figures() {}

  static String format(String format, Object... arguments) {
    return String.format(Locale.ROOT, format, arguments);
  }

  /// A name from outside within a sentence: whatever direction its letters have, the text around it
  /// keeps its order (Unicode Standard Annex 9). Controls of direction become U+FFFD.
  static String isolated(String name) {
    return FIRST_STRONG_ISOLATE
        + BIDI_CONTROLS.matcher(name).replaceAll("\uFFFD")
        + POP_DIRECTIONAL_ISOLATE;
  }

  /// A loss, a norm, a learning rate: four digits that count.
  static String number(double value) {
    if (Double.isNaN(value)) {
      return NONE;
    }
    double size = Math.abs(value);
    boolean fixed = size == 0 || (size >= SMALLEST_FIXED && size < LARGEST_FIXED);
    return fixed || Double.isInfinite(value) ? format("%.4f", value) : format("%.3e", value);
  }

  /// A share as a percentage.
  static String percent(double share) {
    return Double.isNaN(share) ? NONE : format("%.2f %%", 100 * share);
  }

  static String seconds(double seconds) {
    if (Double.isNaN(seconds)) {
      return NONE;
    }
    long whole = Math.round(seconds);
    if (whole < MINUTE) {
      return format(seconds < 9.95 ? "%.2f s" : "%.0f s", seconds);
    }
    return whole < HOUR
        ? format("%d min %02d s", whole / MINUTE, whole % MINUTE)
        : format("%d h %02d min", whole / HOUR, whole % HOUR / MINUTE);
  }

  static String mebibytes(long bytes) {
    return format("%.1f MiB", bytes / 0x1p20);
  }
}
