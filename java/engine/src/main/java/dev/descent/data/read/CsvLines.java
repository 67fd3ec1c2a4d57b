package dev.descent.data.read;

import dev.descent.DataException;
import java.util.Arrays;

/// The lines of a file, one after the other, each as a range of one buffer.
final class CsvLines {
  /// Longer lines are no tables: a table of a million columns stays below.
  private static final int LONGEST_LINE = 16 << 20;

  private static final int FIRST_BUFFER = 1 << 16;

  private final DataFile file;
  private byte[] buffer = new byte[FIRST_BUFFER];
  private int from;
  private int to;
  private int next;
  private int filled;
  private boolean ended;
  private long number;
  private int breaks;
  private boolean atStart = true;

  CsvLines(DataFile file) {
    this.file = file;
  }

  /// The bytes in which the line lies.
  byte[] buffer() {
    return buffer;
  }

  /// Where the line begins.
  int from() {
    return from;
  }

  /// Where the line ends, without LF or CRLF.
  int to() {
    return to;
  }

  /// The line's number, from 1.
  long number() {
    return number;
  }

  /// The file's name.
  String fileName() {
    return file.name();
  }

  /// Goes to the next line that is not empty.
  ///
  /// @return false at the end of the file
  /// @throws DataException if an empty line is followed by another, or a line is too long
  boolean next() {
    long empty = 0;
    while (advance()) {
      if (from < to) {
        if (empty != 0) {
          throw new DataException(file.name() + ": row " + empty + ": is empty");
        }
        return true;
      }
      empty = empty == 0 ? number : empty;
    }
    return false;
  }

  private boolean advance() {
    number += breaks;
    breaks = 0;
    int end = number == 0 ? endOfFirstLine() : endOfLine(next);
    if (end == filled && end == next) {
      return false;
    }
    number++;
    from = next;
    to = end;
    next = Math.min(end + 1, filled);
    if (to > from && buffer[to - 1] == '\r') {
      to--;
    }
    if (atStart) {
      atStart = false;
      requireText();
      if (startsWith(0xEF, 0xBB, 0xBF)) {
        from += 3;
      }
    }
    return true;
  }

  private boolean startsWith(int... bytes) {
    boolean starts = to - from >= bytes.length;
    for (int i = 0; i < bytes.length && starts; i++) {
      starts = buffer[from + i] == (byte) bytes[i];
    }
    return starts;
  }

  /// Refuses what is no text in UTF-8, or has line ends that are not taken for such, by its first
  /// line.
  private void requireText() {
    if (startsWith(0xFF, 0xFE) || startsWith(0xFE, 0xFF)) {
      throw new DataException(file.name() + ": is UTF-16 text; save it as UTF-8");
    }
    boolean quoted = false;
    for (int i = from; i < to; i++) {
      int c = buffer[i];
      quoted ^= c == '"';
      boolean lineEnd = c == '\r' || c == '\n';
      if (c >= 0 && c < ' ' && c != '\t' && !(lineEnd && quoted)) {
        String problem =
            c == '\r'
                ? "a line ends with CR alone; save it with LF or CRLF"
                : "expected text, found the byte "
                    + c
                    + "; it is binary, or UTF-16: save it as UTF-8";
        throw new DataException("%s: byte %d: %s".formatted(file.name(), i - from, problem));
      }
    }
  }

  /// The end of the first line, which may hold names in quotes with line ends in them (RFC 4180).
  private int endOfFirstLine() {
    int end = endOfLine(next);
    for (int quotes = quotes(next, end); quotes % 2 == 1; ) {
      if (end == filled) {
        throw new DataException(file.name() + ": row 1: a quote is never closed");
      }
      breaks++;
      int length = end + 1 - next;
      end = endOfLine(end + 1);
      quotes += quotes(next + length, end);
    }
    return end;
  }

  private int quotes(int begin, int end) {
    int quotes = 0;
    for (int i = begin; i < end; i++) {
      quotes += buffer[i] == '"' ? 1 : 0;
    }
    return quotes;
  }

  /// The index of the LF that ends a line, or `filled` at the file's end. What comes from `next` on
  /// stays in the buffer.
  ///
  /// @param start where to begin
  private int endOfLine(int start) {
    int at = start;
    while (true) {
      byte[] bytes = buffer;
      int limit = filled;
      while (at < limit && bytes[at] != '\n') {
        at++;
      }
      if (at < limit || ended) {
        return at;
      }
      at -= fill();
    }
  }

  /// Reads more, after moving what is left to the buffer's front.
  ///
  /// @return by how much it moved
  private int fill() {
    int moved = next;
    System.arraycopy(buffer, next, buffer, 0, filled - next);
    filled -= moved;
    next = 0;
    if (filled == buffer.length) {
      if (filled >= LONGEST_LINE) {
        throw new DataException(
            "%s: row %d: the line is longer than %,d bytes"
                .formatted(file.name(), number + 1, LONGEST_LINE));
      }
      buffer = Arrays.copyOf(buffer, 2 * filled);
    }
    int wanted = buffer.length - filled;
    int got = file.read(buffer, filled, wanted);
    filled += got;
    ended = got < wanted;
    return moved;
  }
}
