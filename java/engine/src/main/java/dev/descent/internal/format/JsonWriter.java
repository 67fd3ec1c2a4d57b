package dev.descent.internal.format;

import java.util.Iterator;
import java.util.Map;

/// Writes a [Json] value on one line.
final class JsonWriter {
  private static final String HEX = "0123456789abcdef";

  private JsonWriter() {}

  static String write(Json value) {
    StringBuilder out = new StringBuilder();
    append(out, value);
    return out.toString();
  }

  private static void append(StringBuilder out, Json value) {
    switch (value) {
      case Json.Members m -> appendMembers(out, m);
      case Json.Array a -> appendElements(out, a);
      case Json.Text t -> appendText(out, t.value());
      case Json.Whole w -> out.append(w.value());
      case Json.Real r -> out.append(r.value());
      case Json.Bool b -> out.append(b.value());
      case Json.Null _ -> out.append("null");
    }
  }

  private static void appendMembers(StringBuilder out, Json.Members object) {
    out.append('{');
    Iterator<Map.Entry<String, Json>> members = object.members().entrySet().iterator();
    while (members.hasNext()) {
      Map.Entry<String, Json> member = members.next();
      appendText(out, member.getKey());
      out.append(':');
      append(out, member.getValue());
      if (members.hasNext()) {
        out.append(',');
      }
    }
    out.append('}');
  }

  private static void appendElements(StringBuilder out, Json.Array array) {
    out.append('[');
    Iterator<Json> elements = array.elements().iterator();
    while (elements.hasNext()) {
      append(out, elements.next());
      if (elements.hasNext()) {
        out.append(',');
      }
    }
    out.append(']');
  }

  private static void appendText(StringBuilder out, String text) {
    out.append('"');
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      switch (c) {
        case '"' -> out.append("\\\"");
        case '\\' -> out.append("\\\\");
        case '\n' -> out.append("\\n");
        case '\r' -> out.append("\\r");
        case '\t' -> out.append("\\t");
        default -> {
          if (c < 0x20 || c == 0x7f || c == '\u2028' || c == '\u2029') {
            appendEscape(out, c);
          } else if (!Character.isSurrogate(c)) {
            out.append(c);
          } else if (Character.isHighSurrogate(c)
              && i + 1 < text.length()
              && Character.isLowSurrogate(text.charAt(i + 1))) {
            out.append(c).append(text.charAt(++i));
          } else {
            // Half a character, as in a damaged file name: it has no UTF-8 form.
            out.append('\uFFFD');
          }
        }
      }
    }
    out.append('"');
  }

  /// Line separators are legal in JSON but end a line for some readers of line-by-line logs.
  private static void appendEscape(StringBuilder out, char c) {
    out.append("\\u");
    for (int shift = 12; shift >= 0; shift -= 4) {
      out.append(HEX.charAt(c >> shift & 15));
    }
  }
}
