package dev.descent.data.read;

import dev.descent.internal.format.Visible;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/// Cells of a CSV line as text: for the first line and for error messages, where speed does not
/// matter.
final class CsvCells {
  private CsvCells() {}

  /// Splits a line. Quotes around a cell are taken away; a doubled quote in them is a quote.
  static List<String> split(byte[] bytes, int from, int to, char delimiter) {
    List<String> cells = new ArrayList<>();
    int at = from;
    while (true) {
      int end = endOfCell(bytes, at, to, delimiter);
      cells.add(text(bytes, at, end));
      if (end == to) {
        return cells;
      }
      at = end + 1;
    }
  }

  /// The index of the delimiter that ends a cell, or `to`. A delimiter in quotes does not count.
  static int endOfCell(byte[] bytes, int from, int to, char delimiter) {
    boolean quoted = false;
    for (int at = from; at < to; at++) {
      if (bytes[at] == '"') {
        quoted = !quoted;
      } else if (bytes[at] == delimiter && !quoted) {
        return at;
      }
    }
    return to;
  }

  /// A cell's text without the spaces and quotes around it.
  static String text(byte[] bytes, int from, int to) {
    String text = new String(bytes, from, to - from, StandardCharsets.UTF_8).strip();
    if (text.length() >= 2 && text.startsWith("\"") && text.endsWith("\"")) {
      return text.substring(1, text.length() - 1).replace("\"\"", "\"");
    }
    return text;
  }

  /// A value in an error message: in quotes, cut where it is long, on one line.
  static String shown(String value) {
    return value.isEmpty() ? "nothing" : "'" + Visible.value(value) + "'";
  }
}
