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
    int end = endOfLine();
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
    if (number == 1 && startsWithByteOrderMark()) {
      from += 3;
    }
    return true;
  }

  private boolean startsWithByteOrderMark() {
    return to - from >= 3
        && buffer[from] == (byte) 0xEF
        && buffer[from + 1] == (byte) 0xBB
        && buffer[from + 2] == (byte) 0xBF;
  }

  /// The index of the LF that ends the line which begins at `next`, or `filled` at the file's end.
  private int endOfLine() {
    int at = next;
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
