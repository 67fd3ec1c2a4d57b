package dev.descent.internal.format;

import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// Text from outside (a file's name, a class, a header, an answer of a server) as it is printed or
/// put into a message: what a terminal would obey, hide or reorder is written as an escape, so that
/// such text can neither forge a line nor hide a part of itself.
///
/// Escaped are control characters (a line feed is `\n`, ESC is `\u001b`), formatting characters
/// such as those for writing directions and zero widths, line and paragraph separators, characters
/// without a glyph, halves of surrogate pairs and what is not assigned. All else stays, in every
/// script.
public final class Visible {
  private static final int LONGEST_VALUE = 40;
  private static final int LONGEST_LINE = 4000;
  private static final int LISTED = 12;
  private static final String MORE = "...";

  private Visible() {}

  /// The text on one line; what is beyond 4,000 characters is left out.
  public static String line(String text) {
    return escaped(text, LONGEST_LINE);
  }

  /// A value within a message: on one line, and at most some 40 characters of it.
  public static String value(@Nullable Object value) {
    return escaped(String.valueOf(value), LONGEST_VALUE);
  }

  /// The same in double quotes, which within the text get a backslash.
  public static String quoted(String text) {
    String start = text.substring(0, Math.min(text.length(), LONGEST_VALUE + 1));
    return '"' + value(start.replace("\\", "\\\\").replace("\"", "\\\"")) + '"';
  }

  /// Names within a message: the first few.
  public static String list(List<String> names) {
    String text =
        names.stream().limit(LISTED).map(Visible::value).collect(Collectors.joining(", "));
    return names.size() > LISTED ? text + " and " + (names.size() - LISTED) + " more" : text;
  }

  /// Names as an argument of the command line: with commas between, in quotes where they must be.
  public static String argument(List<String> names) {
    String joined = String.join(",", names);
    return joined.matches("[\\w,.-]+") ? joined : "'" + joined + "'";
  }

  private static String escaped(String text, int most) {
    if (text.length() <= most && text.codePoints().noneMatch(Visible::isUnseen)) {
      return text;
    }
    var line = new StringBuilder();
    int at = 0;
    for (; at < text.length() && line.length() < most; ) {
      int code = text.codePointAt(at);
      if (isUnseen(code)) {
        line.append(escape(code));
      } else {
        line.appendCodePoint(code);
      }
      at += Character.charCount(code);
    }
    return at < text.length() ? line + MORE : line.toString();
  }

  private static String escape(int code) {
    return switch (code) {
      case '\n' -> "\\n";
      case '\r' -> "\\r";
      case '\t' -> "\\t";
      default ->
          String.format(Locale.ROOT, Character.isBmpCodePoint(code) ? "\\u%04x" : "\\u{%x}", code);
    };
  }

  private static boolean isUnseen(int code) {
    // Most text by far.
    if (code >= ' ' && code < 0x7F) {
      return false;
    }
    return switch (Character.getType(code)) {
      case Character.CONTROL,
          Character.FORMAT,
          Character.SURROGATE,
          Character.UNASSIGNED,
          Character.LINE_SEPARATOR,
          Character.PARAGRAPH_SEPARATOR ->
          true;
      default -> hasNoGlyph(code);
    };
  }

  /// Letters and marks of other categories that are drawn as nothing: Unicode's property
  /// Default_Ignorable_Code_Point, which Java does not tell.
  private static boolean hasNoGlyph(int code) {
    return code == 0x034F
        || code == 0x115F
        || code == 0x1160
        || code == 0x17B4
        || code == 0x17B5
        || (code >= 0x180B && code <= 0x180F)
        || code == 0x3164
        || code == 0xFFA0
        || (code >= 0xFE00 && code <= 0xFE0F)
        || (code >= 0xE0100 && code <= 0xE01EF);
  }
}
