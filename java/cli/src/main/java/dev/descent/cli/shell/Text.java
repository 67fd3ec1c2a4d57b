package dev.descent.cli.shell;

import java.util.Locale;

/// Numbers as text, the same in every country.
public final class Text {
  private static final double SMALLEST_FIXED = 1e-3;
  private static final double LARGEST_FIXED = 1e5;
  private static final int MINUTE = 60;
  private static final int HOUR = 3600;
  private static final double KIB = 1024;

  private Text() {}

  public static String format(String format, Object... arguments) {
    return String.format(Locale.ROOT, format, arguments);
  }

  /// How many of what: `1 row`, `27,455 rows`.
  ///
  /// @param noun one of them, whose plural ends in `s`
  public static String count(long number, String noun) {
    return format("%,d %s%s", number, noun, number == 1 ? "" : "s");
  }

  /// A loss or an accuracy: `0.0731`, `3.4760e+07`, `NaN`.
  public static String figure(double value) {
    double size = Math.abs(value);
    boolean fixed = size == 0 || (size >= SMALLEST_FIXED && size < LARGEST_FIXED);
    return fixed || !Double.isFinite(value) ? format("%.4f", value) : format("%.4e", value);
  }

  /// A duration: `2.3s`, `12s`, `1m05s`, `2h03m`.
  public static String duration(double seconds) {
    long whole = Math.round(seconds);
    if (seconds < 9.95) {
      return format("%.1fs", seconds);
    }
    if (whole < MINUTE) {
      return whole + "s";
    }
    return whole < HOUR
        ? format("%dm%02ds", whole / MINUTE, whole % MINUTE)
        : format("%dh%02dm", whole / HOUR, whole % HOUR / MINUTE);
  }

  /// What a step takes: `350us/step`, `4.9ms/step`, `12ms/step`, `1.2s/step`.
  public static String stepTime(double seconds) {
    if (seconds < 0.9995e-3) {
      return format("%.0fus/step", seconds * 1e6);
    }
    if (seconds < 9.95e-3) {
      return format("%.1fms/step", seconds * 1e3);
    }
    return seconds < 0.9995 ? format("%.0fms/step", seconds * 1e3) : format("%.1fs/step", seconds);
  }

  /// An amount of memory: `512 bytes`, `2.6 MiB`.
  public static String bytes(long bytes) {
    if (bytes < KIB) {
      return bytes + " bytes";
    }
    double amount = bytes / KIB;
    for (String unit : new String[] {"KiB", "MiB"}) {
      if (amount < KIB) {
        return format("%.1f %s", amount, unit);
      }
      amount /= KIB;
    }
    return format("%.1f GiB", amount);
  }
}
