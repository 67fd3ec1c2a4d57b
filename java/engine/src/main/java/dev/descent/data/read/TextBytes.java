package dev.descent.data.read;

import dev.descent.DataException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CoderResult;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// The bytes of a text file without its byte order mark, as UTF-8 where the mark says UTF-16. A
/// file of another kind is refused by that kind's name.
final class TextBytes {
  /// Times a byte, that byte eight times.
  static final long EACH_BYTE = 0x0101010101010101L;

  private static final VarHandle WORDS =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
  private static final int MARK = 16;
  private static final int CHUNK = 1 << 15;
  private static final int PIECE = 1 << 18;

  private final DataFile file;
  private final @Nullable Utf16 wide;
  private byte[] start;
  private int at;

  TextBytes(DataFile file) {
    this.file = file;
    start = new byte[MARK];
    int count = file.read(start, 0, MARK);
    start = Arrays.copyOf(start, count);
    FileKind.requireText(file.name(), start);
    if (begins(0xEF, 0xBB, 0xBF)) {
      at = 3;
    }
    boolean big = begins(0xFE, 0xFF);
    boolean little = begins(0xFF, 0xFE);
    if (big || little) {
      at = 2;
      wide = new Utf16(big);
    } else {
      wide = null;
    }
  }

  private boolean begins(int... bytes) {
    boolean begins = start.length >= bytes.length;
    for (int i = 0; i < bytes.length && begins; i++) {
      begins = (start[i] & 0xFF) == bytes[i];
    }
    return begins;
  }

  String name() {
    return file.name();
  }

  long position() {
    return file.position();
  }

  /// The bytes of content; 0 where they are not known well.
  long contentBytes() {
    return wide != null || file.isPacked() ? 0 : file.longest();
  }

  /// Reads until `length` bytes are there or the content ends.
  int read(byte[] buffer, int from, int length) {
    return wide == null ? raw(buffer, from, length) : wide.read(buffer, from, length);
  }

  /// Counts the lines that are left: those that end with LF, or where there are none with CR.
  long countLines() {
    byte[] piece = new byte[PIECE];
    long feeds = 0;
    long returns = 0;
    int got;
    do {
      got = read(piece, 0, PIECE);
      feeds += count(piece, got, (byte) '\n');
      returns += feeds > 0 ? 0 : count(piece, got, (byte) '\r');
    } while (got == PIECE);
    // The last line may have no end.
    return 1 + (feeds > 0 ? feeds : returns);
  }

  private static int count(byte[] bytes, int length, byte wanted) {
    int count = 0;
    int at = -1;
    while ((at = find(bytes, at + 1, length, wanted)) < length) {
      count++;
    }
    return count;
  }

  /// The index of the first such byte, or `to`. Looks at eight bytes at once.
  static int find(byte[] bytes, int from, int to, byte wanted) {
    long pattern = (wanted & 0xFF) * EACH_BYTE;
    int at = from;
    for (; at <= to - Long.BYTES; at += Long.BYTES) {
      long word = word(bytes, at) ^ pattern;
      // The lowest zero byte borrows first.
      long zeros = (word - EACH_BYTE) & ~word & (EACH_BYTE << 7);
      if (zeros != 0) {
        return at + (Long.numberOfTrailingZeros(zeros) >>> 3);
      }
    }
    while (at < to && bytes[at] != wanted) {
      at++;
    }
    return at;
  }

  /// Eight bytes, the first the lowest.
  static long word(byte[] bytes, int at) {
    return (long) WORDS.get(bytes, at);
  }

  private int raw(byte[] buffer, int from, int length) {
    int count = Math.min(length, start.length - at);
    System.arraycopy(start, at, buffer, from, count);
    at += count;
    return count == length ? count : count + file.read(buffer, from + count, length - count);
  }

  /// UTF-16 made into UTF-8.
  private final class Utf16 {
    private final CharsetDecoder decoder;
    private final ByteBuffer bytes = ByteBuffer.allocate(CHUNK).limit(0);
    private final CharBuffer chars = CharBuffer.allocate(CHUNK);
    private byte[] text = new byte[0];
    private int done;
    private boolean ended;

    Utf16(boolean big) {
      decoder =
          (big ? StandardCharsets.UTF_16BE : StandardCharsets.UTF_16LE)
              .newDecoder()
              .onMalformedInput(CodingErrorAction.REPORT);
    }

    int read(byte[] buffer, int from, int length) {
      int count = 0;
      while (count < length) {
        if (done == text.length && !decode()) {
          break;
        }
        int part = Math.min(length - count, text.length - done);
        System.arraycopy(text, done, buffer, from + count, part);
        done += part;
        count += part;
      }
      return count;
    }

    private boolean decode() {
      if (ended) {
        return false;
      }
      bytes.compact();
      int got = raw(bytes.array(), bytes.position(), bytes.remaining());
      ended = got < bytes.remaining();
      bytes.position(bytes.position() + got).flip();
      CoderResult result = decoder.decode(bytes, chars.clear(), ended);
      if (result.isError()) {
        throw new DataException(
            String.format(
                Locale.ROOT,
                "%s: byte %d: malformed UTF-16",
                file.name(),
                file.position() - bytes.remaining()));
      }
      text = chars.flip().toString().getBytes(StandardCharsets.UTF_8);
      done = 0;
      return true;
    }
  }
}
