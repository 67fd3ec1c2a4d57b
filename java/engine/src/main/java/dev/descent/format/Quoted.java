package dev.descent.format;

/// Text from a file or a server as a part of a message: short, on one line, and without characters
/// that a terminal obeys or that change the order of letters.
public final class Quoted {
  private static final int LONGEST = 40;

  private Quoted() {}

  /// The text in double quotes, cut after 40 characters.
  ///
  /// @param text from outside, of any length
  /// @return for instance `"dense1.weight"`
  public static String of(String text) {
    return '"' + cut(text, LONGEST) + '"';
  }

  /// The text without quotes around it.
  ///
  /// @param text from outside, of any length
  /// @param longest the number of characters (Unicode code points) after which it is cut
  /// @return the characters that can be shown; others as escapes, and `...` where it was cut
  public static String cut(String text, int longest) {
    StringBuilder out = new StringBuilder();
    int at = 0;
    for (int taken = 0; taken < longest && at < text.length(); taken++) {
      int c = text.codePointAt(at);
      at += Character.charCount(c);
      append(out, c);
    }
    return at < text.length() ? out.append("...").toString() : out.toString();
  }

  private static void append(StringBuilder out, int c) {
    switch (c) {
      case '"' -> out.append("\\\"");
      case '\\' -> out.append("\\\\");
      case '\n' -> out.append("\\n");
      case '\r' -> out.append("\\r");
      case '\t' -> out.append("\\t");
      default -> {
        switch (Character.getType(c)) {
          case Character.CONTROL,
              Character.FORMAT,
              Character.LINE_SEPARATOR,
              Character.PARAGRAPH_SEPARATOR,
              Character.PRIVATE_USE,
              Character.SURROGATE,
              Character.UNASSIGNED ->
              out.append("\\u").append(hex(c));
          default -> out.appendCodePoint(c);
        }
      }
    }
  }

  private static String hex(int c) {
    String digits = Integer.toHexString(c);
    return digits.length() > 4 ? "{" + digits + "}" : "0".repeat(4 - digits.length()) + digits;
  }
}
