package dev.descent.data.read;

import dev.descent.DataException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// The records of a table, one after the other, each as a range of one buffer. A record is a line,
/// or several where a quoted cell has line ends in it. Lines end with LF, CRLF or, where the file's
/// beginning has no LF, with CR. Blank lines and comments are passed over, and a first line
/// `sep=;`, by which spreadsheets are told the delimiter.
final class CsvLines {
  /// Longer records are no tables: a table of a million columns stays below.
  private static final int LONGEST_LINE = 16 << 20;

  private static final Pattern TOLD = Pattern.compile("(?i)\"?sep=([^\\w\"])\"?\\s*");
  private static final int LONGEST_TOLD = 16;

  /// How much is looked at to find out how a file is laid out.
  private static final int HEAD = 1 << 20;

  /// Behind what is filled are so many bytes, the first of them 0: a reader of eight bytes at once
  /// ends there.
  private static final int BEYOND = Long.BYTES;

  private final TextBytes file;
  private byte[] buffer = new byte[HEAD + BEYOND];
  private int from;
  private int to;
  private int next;
  private int filled;
  private boolean ended;
  private boolean cut;
  private long number;
  private long line;
  private byte lineEnd = '\n';
  private final char told;

  /// How many delimiters a row has, and which; comments are told by it.
  private char delimiter;

  private int columns;

  CsvLines(DataFile data) {
    this.file = new TextBytes(data);
    do {
      fill();
    } while (!ended && !has('\n') && !has('\r'));
    requireText();
    if (!has('\n') && has('\r')) {
      lineEnd = '\r';
    }
    told = readTold();
  }

  private char readTold() {
    int end = endOfLine(0);
    Matcher first =
        TOLD.matcher(
            new String(buffer, 0, Math.min(end, LONGEST_TOLD), StandardCharsets.ISO_8859_1));
    if (end > LONGEST_TOLD || !first.matches()) {
      return 0;
    }
    line++;
    finish(end);
    return first.group(1).charAt(0);
  }

  /// The delimiter that a first line `sep=;` tells; 0 where there is none.
  char told() {
    return told;
  }

  /// The bytes in which the record lies.
  byte[] buffer() {
    return buffer;
  }

  /// Where the record begins.
  int from() {
    return from;
  }

  /// Where the record ends, without its line end.
  int to() {
    return to;
  }

  /// The number of the line on which the record begins, from 1.
  long number() {
    return number;
  }

  /// The file's name.
  String fileName() {
    return file.name();
  }

  /// A number of bytes that the content can't exceed; 0 if it is not known well.
  long contentBytes() {
    return file.contentBytes();
  }

  /// The bytes of content read so far.
  long position() {
    return file.position();
  }

  /// What the file begins with, up to a megabyte. Modified by [#next].
  CsvLines head() {
    return new CsvLines(this);
  }

  /// The same lines once more, as far as they have been read.
  private CsvLines(CsvLines other) {
    this.file = other.file;
    this.buffer = other.buffer;
    this.filled = other.filled;
    this.next = other.next;
    this.number = other.number;
    this.line = other.line;
    this.lineEnd = other.lineEnd;
    this.told = other.told;
    this.ended = true;
    this.cut = !other.ended;
    if (cut) {
      // The last line may be cut.
      while (filled > next && buffer[filled - 1] != lineEnd) {
        filled--;
      }
    }
  }

  /// From now on a line that begins with `#` is a comment unless it has so many columns.
  void expect(char rowDelimiter, int rowColumns) {
    this.delimiter = rowDelimiter;
    this.columns = rowColumns;
  }

  /// Goes to the next record.
  ///
  /// @return false at the end of the file
  /// @throws DataException if a record is too long
  boolean next() {
    while (advance()) {
      if (!isBlank() && !isComment()) {
        return true;
      }
    }
    return false;
  }

  private boolean advance() {
    int end = endOfLine(next);
    if (end == filled && end == next) {
      return false;
    }
    line++;
    number = line;
    from = next;
    finish(end);
    skipMarks();
    return true;
  }

  /// Where files were put together, byte order marks stand within.
  private void skipMarks() {
    while (to - from >= 3
        && buffer[from] == (byte) 0xEF
        && buffer[from + 1] == (byte) 0xBB
        && buffer[from + 2] == (byte) 0xBF) {
      from += 3;
    }
  }

  private void finish(int end) {
    to = end;
    next = Math.min(end + 1, filled);
    if (to > from && buffer[to - 1] == '\r') {
      to--;
    }
  }

  /// Adds lines to the record, whose last cell is in quotes that are not closed yet, up to the next
  /// that has a quote.
  ///
  /// @return by how much the record moved towards the buffer's front; -1 if a head ends before
  /// @throws DataException if the file ends before
  int extend() {
    int before = from;
    next = from;
    int begin = to;
    while (true) {
      // Behind the line end, which is a CR and a LF or one of them.
      int at = begin + (begin < filled && buffer[begin] == '\r' && lineEnd == '\n' ? 2 : 1);
      int end = at > filled ? filled : endOfLine(at);
      at -= from - next;
      from = next;
      if (at >= filled && end == filled) {
        if (cut) {
          return -1;
        }
        throw new DataException(file.name() + ": row " + number + ": a quote is never closed");
      }
      line++;
      finish(end);
      if (quotes(at, to)) {
        return before - from;
      }
      begin = to;
      next = from;
    }
  }

  private boolean quotes(int begin, int end) {
    return TextBytes.find(buffer, begin, end, (byte) '"') < end;
  }

  /// The record as it stands; nothing where a quoted cell of it goes over several lines.
  byte[] bytes() {
    return line == number ? Arrays.copyOfRange(buffer, from, to) : new byte[0];
  }

  /// Whether the record stands like this.
  boolean is(byte[] record) {
    return Arrays.equals(buffer, from, to, record, 0, record.length);
  }

  /// Whether nothing but blanks is there, or delimiters alone, as spreadsheets leave of empty rows.
  private boolean isBlank() {
    int at = from;
    while (at < to
        && (Cells.isBlank(buffer[at]) || (columns > 1 && buffer[at] == (byte) delimiter))) {
      at++;
    }
    return at == to;
  }

  private boolean isComment() {
    if (buffer[from] != '#') {
      return false;
    }
    int count = 1;
    for (int i = from; i < to; i++) {
      count += buffer[i] == (byte) delimiter ? 1 : 0;
    }
    return columns < 2 || count != columns;
  }

  private boolean has(char wanted) {
    return TextBytes.find(buffer, 0, filled, (byte) wanted) < filled;
  }

  /// Refuses what is no text, by its first line.
  private void requireText() {
    boolean quoted = false;
    for (int i = 0; i < filled; i++) {
      int c = buffer[i];
      quoted ^= c == '"';
      if (!quoted && (c == '\n' || c == '\r')) {
        return;
      }
      if (c >= 0 && c < ' ' && c != '\t' && c != '\n' && c != '\r') {
        throw new DataException(
            String.format(
                    Locale.ROOT,
                    "%s: byte %d: expected text, found the byte %d; it is binary, or UTF-16 without a mark:",
                    file.name(),
                    i,
                    c)
                + " save it as UTF-8");
      }
    }
  }

  /// The index of the byte that ends a line, or `filled` at the file's end. What comes from `next`
  /// on stays in the buffer.
  ///
  /// @param start where to begin
  private int endOfLine(int start) {
    int at = start;
    byte wanted = lineEnd;
    while (true) {
      at = TextBytes.find(buffer, at, filled, wanted);
      if (at < filled || ended) {
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
    if (filled == buffer.length - BEYOND) {
      if (filled >= LONGEST_LINE) {
        throw new DataException(
            String.format(
                Locale.ROOT,
                "%s: row %d: the line is longer than %,d bytes",
                file.name(),
                line + 1,
                LONGEST_LINE));
      }
      buffer = Arrays.copyOf(buffer, 2 * filled + BEYOND);
    }
    int wanted = buffer.length - BEYOND - filled;
    int got = file.read(buffer, filled, wanted);
    filled += got;
    buffer[filled] = 0;
    ended = got < wanted;
    return moved;
  }
}
