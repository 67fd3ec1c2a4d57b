package dev.descent.internal.format;

import dev.descent.DataException;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CoderResult;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// A recursive-descent reader of JSON text (RFC 8259). Bounded: hostile text costs memory and time
/// in proportion to its length and never overflows the stack.
final class JsonReader {
  static final int MAX_DEPTH = 64;
  static final int MAX_VALUES = 4_000_000;

  private final String text;
  private final String where;
  private int at;
  private int depth;
  private int values;

  JsonReader(String text, String where) {
    this.text = text;
    this.where = where;
  }

  /// Decodes UTF-8, refusing what is not.
  static String decode(byte[] utf8, String where) {
    ByteBuffer in = ByteBuffer.wrap(utf8);
    CharBuffer out = CharBuffer.allocate(utf8.length);
    CoderResult result = StandardCharsets.UTF_8.newDecoder().decode(in, out, true);
    if (result.isError()) {
      throw new DataException(where + ": byte " + in.position() + " is not UTF-8");
    }
    return out.flip().toString();
  }

  Json read() {
    Json value = value();
    blanks();
    if (at < text.length()) {
      throw unexpected("the end of the text");
    }
    return value;
  }

  private Json value() {
    if (++values > MAX_VALUES) {
      throw error("more than " + MAX_VALUES + " values");
    }
    blanks();
    return switch (peek()) {
      case '{' -> object();
      case '[' -> array();
      case '"' -> new Json.Text(string());
      case 't' -> literal("true", Json.of(true));
      case 'f' -> literal("false", Json.of(false));
      case 'n' -> literal("null", Json.Null.NULL);
      default -> number();
    };
  }

  private Json object() {
    enter();
    Map<String, Json> members = new LinkedHashMap<>(4);
    blanks();
    if (!skip('}')) {
      do {
        blanks();
        if (peek() != '"') {
          throw unexpected("a name in double quotes");
        }
        int start = at;
        String name = string();
        blanks();
        expect(':');
        if (members.putIfAbsent(name, value()) != null) {
          at = start;
          throw error("the name " + Visible.quoted(name) + " occurs twice");
        }
        blanks();
      } while (skip(','));
      expect('}');
    }
    depth--;
    return new Json.Members(members);
  }

  private Json array() {
    enter();
    List<Json> elements = new ArrayList<>();
    blanks();
    if (!skip(']')) {
      do {
        elements.add(value());
        blanks();
      } while (skip(','));
      expect(']');
    }
    depth--;
    return new Json.Array(elements);
  }

  private void enter() {
    at++;
    if (++depth > MAX_DEPTH) {
      throw error("more than " + MAX_DEPTH + " levels of nesting");
    }
  }

  private String string() {
    StringBuilder out = new StringBuilder();
    at++;
    while (true) {
      char c = peek();
      if (c == '"') {
        at++;
        return out.toString();
      }
      if (c < 0x20) {
        throw unexpected("a character of a string, or its closing quote");
      }
      if (c == '\\') {
        c = escape();
      } else {
        at++;
      }
      out.append(c);
      if (Character.isSurrogate(c)) {
        out.append(otherHalf(c));
      }
    }
  }

  /// The low surrogate that must follow a high one, written out or as an escape.
  private char otherHalf(char high) {
    char low = 0;
    if (Character.isHighSurrogate(high) && at < text.length()) {
      low = text.charAt(at) == '\\' ? escape() : text.charAt(at++);
    }
    if (!Character.isLowSurrogate(low)) {
      throw error("half of a surrogate pair");
    }
    return low;
  }

  private char escape() {
    at++;
    char c = peek();
    at++;
    return switch (c) {
      case '"', '\\', '/' -> c;
      case 'b' -> '\b';
      case 'f' -> '\f';
      case 'n' -> '\n';
      case 'r' -> '\r';
      case 't' -> '\t';
      case 'u' -> hex();
      default -> {
        at--;
        throw unexpected("one of \"\\/bfnrtu");
      }
    };
  }

  private char hex() {
    int code = 0;
    for (int i = 0; i < 4; i++) {
      char c = peek();
      // Character.digit alone would take digits of other scripts too.
      int digit = c < 0x80 ? Character.digit(c, 16) : -1;
      if (digit < 0) {
        throw unexpected("four hexadecimal digits");
      }
      code = code << 4 | digit;
      at++;
    }
    return (char) code;
  }

  private Json number() {
    int start = at;
    skip('-');
    if (!skip('0')) {
      digits("a value");
    }
    boolean whole = true;
    if (skip('.')) {
      whole = false;
      digits("a digit");
    }
    if (skip('e') || skip('E')) {
      whole = false;
      if (!skip('+')) {
        skip('-');
      }
      digits("a digit");
    }
    return number(text.substring(start, at), whole);
  }

  private Json number(String digits, boolean whole) {
    // Minus zero is a number of its own, which a long does not have.
    if (whole && !digits.equals("-0") && digits.length() <= 20) {
      try {
        return Json.of(Long.parseLong(digits));
      } catch (NumberFormatException _) {
        // Beyond a long; the nearest double follows.
      }
    }
    double value = Double.parseDouble(digits);
    if (Double.isInfinite(value)) {
      throw error("a number beyond the range of a double");
    }
    return new Json.Real(value);
  }

  private void digits(String expected) {
    int start = at;
    while (at < text.length() && text.charAt(at) >= '0' && text.charAt(at) <= '9') {
      at++;
    }
    if (at == start) {
      throw unexpected(expected);
    }
  }

  private Json literal(String word, Json value) {
    if (!text.startsWith(word, at)) {
      throw unexpected(word);
    }
    at += word.length();
    return value;
  }

  private void blanks() {
    while (at < text.length() && " \t\n\r".indexOf(text.charAt(at)) >= 0) {
      at++;
    }
  }

  private char peek() {
    if (at >= text.length()) {
      throw error("the text ends too early");
    }
    return text.charAt(at);
  }

  private boolean skip(char c) {
    boolean there = at < text.length() && text.charAt(at) == c;
    if (there) {
      at++;
    }
    return there;
  }

  private void expect(char c) {
    if (peek() != c) {
      throw unexpected("'" + c + "'");
    }
    at++;
  }

  private DataException unexpected(String expected) {
    String found = at < text.length() ? Visible.quoted(text.substring(at, at + 1)) : "the end";
    return error("expected " + expected + ", found " + found);
  }

  private DataException error(String what) {
    return new DataException(where + ": character " + at + ": " + what);
  }
}
