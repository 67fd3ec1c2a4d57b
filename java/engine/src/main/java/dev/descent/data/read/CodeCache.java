package dev.descent.data.read;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// The numbers of texts, by the bytes of their cells: a text that came before need not be decoded
/// again. Of several texts with one place the last is kept.
final class CodeCache {
  /// What [#find] gives for a text that is not kept.
  static final int UNKNOWN = Integer.MIN_VALUE;

  private static final int PLACES = 1 << 10;

  /// Longer texts hardly come twice.
  private static final int LONGEST = 64;

  private final byte[] @Nullable [] texts = new byte[PLACES][];
  private final int[] codes = new int[PLACES];

  /// The number of the text of a cell, or [#UNKNOWN].
  int find(byte[] bytes, int from, int to) {
    int place = place(bytes, from, to);
    byte[] text = texts[place];
    return text != null && Arrays.equals(text, 0, text.length, bytes, from, to)
        ? codes[place]
        : UNKNOWN;
  }

  void put(byte[] bytes, int from, int to, int code) {
    if (to - from <= LONGEST) {
      int place = place(bytes, from, to);
      texts[place] = Arrays.copyOfRange(bytes, from, to);
      codes[place] = code;
    }
  }

  private static int place(byte[] bytes, int from, int to) {
    int hash = to - from;
    for (int i = from; i < Math.min(to, from + LONGEST); i++) {
      hash = 31 * hash + bytes[i];
    }
    return (hash ^ (hash >>> 16)) & (PLACES - 1);
  }
}
