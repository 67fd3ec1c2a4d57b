package dev.descent.data.read;

import dev.descent.internal.format.Visible;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.regex.Pattern;

/// Cells of a table as text.
final class Cells {
  /// What programs of Western Europe write that do not write UTF-8.
  private static final Charset WINDOWS =
      Charset.isSupported("windows-1252")
          ? Charset.forName("windows-1252")
          : StandardCharsets.ISO_8859_1;

  private static final Pattern ERROR = Pattern.compile("#[A-Z][A-Z0/]*[!?]");

  private Cells() {}

  /// The index of the delimiter that ends a cell, or `to`; -1 if the cell begins with a quote that
  /// is not closed before.
  static int end(byte[] bytes, int from, int to, char delimiter) {
    int at = from;
    while (at < to && isBlank(bytes[at]) && bytes[at] != delimiter) {
      at++;
    }
    if (at < to && bytes[at] == '"') {
      boolean quoted = true;
      for (at++; at < to; at++) {
        if (bytes[at] == '"') {
          quoted = !quoted;
        } else if (bytes[at] == delimiter && !quoted) {
          return at;
        }
      }
      return quoted ? -1 : to;
    }
    while (at < to && bytes[at] != delimiter) {
      at++;
    }
    return at;
  }

  /// Whether the text of a cell, without blanks around it, stands for a missing value in any column:
  /// as R, pandas, spreadsheets and databases write them.
  static boolean isMissing(String text) {
    if (text.length() > 4) {
      return false;
    }
    return switch (text.toLowerCase(Locale.ROOT)) {
      case "", "na", "n/a", "nan", "-nan", "null", "?", "#n/a", "#na", "<na>", "\\n" -> true;
      default -> false;
    };
  }

  /// Whether a text among numbers stands for a missing value: Python's `None` too, which may be the
  /// name of a category elsewhere.
  static boolean isMissingNumber(String text) {
    return isMissing(text) || text.equalsIgnoreCase("none");
  }

  /// Whether a text is what a spreadsheet shows of a formula that failed, such as `#REF!`.
  static boolean isError(String text) {
    return text.length() > 2 && text.charAt(0) == '#' && ERROR.matcher(text).matches();
  }

  static boolean isBlank(byte b) {
    return b == ' ' || b == '\t';
  }

  /// A cell's text without the blanks and quotes around it.
  static String text(byte[] bytes, int from, int to) {
    String text = decode(bytes, from, to).strip();
    if (text.length() >= 2 && text.startsWith("\"") && text.endsWith("\"")) {
      return text.substring(1, text.length() - 1).replace("\"\"", "\"").strip();
    }
    return text;
  }

  /// UTF-8; where it is none, what Windows writes in Western Europe.
  private static String decode(byte[] bytes, int from, int to) {
    boolean ascii = true;
    for (int i = from; i < to && ascii; i++) {
      ascii = bytes[i] >= 0;
    }
    if (ascii) {
      return new String(bytes, from, to - from, StandardCharsets.ISO_8859_1);
    }
    try {
      return StandardCharsets.UTF_8
          .newDecoder()
          .decode(ByteBuffer.wrap(bytes, from, to - from))
          .toString();
    } catch (CharacterCodingException _) {
      return new String(bytes, from, to - from, WINDOWS);
    }
  }

  /// A value in an error message: in quotes, cut where it is long, on one line.
  static String shown(String value) {
    return value.isEmpty() ? "nothing" : "'" + Visible.value(value) + "'";
  }
}
