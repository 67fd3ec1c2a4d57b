package dev.descent.data.read;

import java.nio.charset.StandardCharsets;

/// Reads decimal numbers from bytes, exactly as [Float#parseFloat] would, mostly without making a
/// string. The grammar is narrower: a sign, digits with at most one point, an exponent; no `NaN`,
/// no `Infinity`, no hexadecimal, no trailing `f`.
final class Numbers {
  /// Powers of ten that a double holds exactly.
  private static final double[] POWERS = {
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16,
    1e17, 1e18, 1e19, 1e20, 1e21, 1e22
  };

  /// Whole numbers below are exact as a double.
  private static final long EXACT = 1L << 53;

  /// Any exponent beyond overflows or vanishes, whatever the digits; stops the count there.
  private static final int LARGEST_EXPONENT = 1 << 20;

  /// The bits that a double has more than a float, and the pattern of a tie between two floats.
  private static final long LOST_BITS = (1L << 29) - 1;

  private static final long TIE = 1L << 28;

  private static final long ZEROS = '0' * TextBytes.EACH_BYTE;
  private static final long ABOVE_NINE = (0x7F - 9) * TextBytes.EACH_BYTE;
  private static final long PAIRS = 0x000000FF000000FFL;
  private static final long FIRST_WEIGHTS = 100 + (1_000_000L << 32);
  private static final long SECOND_WEIGHTS = 1 + (10_000L << 32);
  private static final long[] WHOLE_POWERS = {
    1, 10, 100, 1_000, 10_000, 100_000, 1_000_000, 10_000_000, 100_000_000
  };

  private Numbers() {}

  /// Whether a text is a number, finite or beyond the range of a float.
  static boolean isNumber(String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    return !Float.isNaN(parse(bytes, 0, bytes.length));
  }

  /// The number that stands in a range of bytes.
  ///
  /// @return the nearest float, perhaps infinite; NaN if the bytes are not a number
  static float parse(byte[] bytes, int from, int to) {
    return parse(bytes, from, to, '.');
  }

  /// The number that stands in a range of bytes.
  ///
  /// @param decimal what stands before decimals
  /// @return the nearest float, perhaps infinite; NaN if the bytes are not a number
  static float parse(byte[] bytes, int from, int to, char decimal) {
    int at = from;
    boolean negative = false;
    if (at < to && (bytes[at] == '-' || bytes[at] == '+')) {
      negative = bytes[at++] == '-';
    }
    long mantissa = 0;
    int digits = 0;
    int point = -1;
    for (; at < to; at++) {
      int c = bytes[at];
      if (c >= '0' && c <= '9') {
        digits++;
        // Once it is too great to be exact it must stay so, without overflowing.
        mantissa = mantissa < EXACT ? mantissa * 10 + (c - '0') : EXACT;
      } else if (c == (byte) decimal && point < 0) {
        point = digits;
      } else {
        break;
      }
    }
    if (digits == 0) {
      return Float.NaN;
    }
    int exponent = point < 0 ? 0 : point - digits;
    if (at < to) {
      int written = exponent(bytes, at, to);
      if (written == Integer.MIN_VALUE) {
        return Float.NaN;
      }
      exponent += written;
    }
    return rounded(bytes, from, to, negative, mantissa, exponent);
  }

  /// The exponent that begins at `from`, or the least int if none is well-formed there.
  private static int exponent(byte[] bytes, int from, int to) {
    int at = from + 1;
    if ((bytes[from] | 0x20) != 'e') {
      return Integer.MIN_VALUE;
    }
    boolean negative = false;
    if (at < to && (bytes[at] == '-' || bytes[at] == '+')) {
      negative = bytes[at++] == '-';
    }
    if (at == to) {
      return Integer.MIN_VALUE;
    }
    int value = 0;
    for (; at < to; at++) {
      int c = bytes[at];
      if (c < '0' || c > '9') {
        return Integer.MIN_VALUE;
      }
      value = Math.min(value * 10 + (c - '0'), LARGEST_EXPONENT);
    }
    return negative ? -value : value;
  }

  /// Clinger's fast path: a whole number and a power of ten that are both exact give a product or
  /// quotient that is rounded once. Rounding that to a float errs only on a tie.
  private static float rounded(
      byte[] bytes, int from, int to, boolean negative, long mantissa, int exponent) {
    if (mantissa < EXACT && exponent > -POWERS.length && exponent < POWERS.length) {
      double value = exponent < 0 ? mantissa / POWERS[-exponent] : mantissa * POWERS[exponent];
      if (isSafe(value)) {
        return (float) (negative ? -value : value);
      }
    }
    String text = new String(bytes, from, to - from, StandardCharsets.ISO_8859_1);
    return Float.parseFloat(text.replace(',', '.'));
  }

  /// Whether a double that was rounded once can be rounded to a float once more.
  private static boolean isSafe(double value) {
    return (Double.doubleToRawLongBits(value) & LOST_BITS) != TIE;
  }

  /// The float nearest to a whole number divided by a power of ten; NaN where that takes more
  /// digits.
  ///
  /// @param mantissa below 10^15
  static float decimal(long mantissa, int decimals) {
    double value = mantissa / POWERS[decimals];
    return isSafe(value) ? (float) value : Float.NaN;
  }

  /// How many digits a text begins with, at most 8.
  ///
  /// @param word its first eight bytes, see [TextBytes#word]
  static int digits(long word) {
    long values = word ^ ZEROS;
    // A byte above 9 sets its high bit; carries reach only bytes behind it.
    long others = (values + ABOVE_NINE | values) & (TextBytes.EACH_BYTE << 7);
    return Long.numberOfTrailingZeros(others) >>> 3;
  }

  /// The whole number that so many first bytes are.
  ///
  /// @param digits 0 to 8
  static long whole(long word, int digits) {
    int unused = 4 * (Long.BYTES - digits);
    // Two shifts, as one by 64 would do nothing.
    long values = (word ^ ZEROS) << unused << unused;
    // Pairs of digits, then pairs of pairs, then both halves: each as a hundred times the first.
    values = values * 10 + (values >>> 8);
    return ((values & PAIRS) * FIRST_WEIGHTS + (values >>> 16 & PAIRS) * SECOND_WEIGHTS) >>> 32;
  }

  /// A power of ten.
  ///
  /// @param exponent 0 to 8
  static long power(int exponent) {
    return WHOLE_POWERS[exponent];
  }
}
