package dev.descent.data.read;

import dev.descent.DataException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Arrays;

/// Reads one IDX file: its header, then its values, then nothing more.
final class IdxReader implements AutoCloseable {
  /// Some virtual machines can't make arrays of exactly 2^31 - 1 elements.
  private static final long LONGEST_ARRAY = Integer.MAX_VALUE - 8;

  /// The first piece of memory for content whose length is not certain; it doubles as content
  /// really arrives.
  private static final int FIRST_PIECE = 1 << 20;

  private final DataFile file;

  IdxReader(Path path) {
    this.file = DataFile.open(path, null);
  }

  /// The bytes before the values.
  static int headerBytes(int dimensions) {
    return Integer.BYTES * (1 + dimensions);
  }

  /// Reads the header.
  ///
  /// @param magic type and number of dimensions
  /// @param what the values are, for messages
  /// @param names what each dimension is, for messages
  /// @return the dimensions, each at least 1, their product checked against the file's length
  int[] header(int magic, String what, String... names) {
    int found = word("the magic number");
    if (found != magic) {
      throw problem(
          0, "expected the magic number 0x%08x of IDX %s, found 0x%08x", magic, what, found);
    }
    int[] shape = new int[names.length];
    long product = 1;
    for (int i = 0; i < shape.length; i++) {
      long at = file.position();
      shape[i] = word("the " + names[i]);
      if (shape[i] < 1) {
        throw problem(
            at, "expected a %s of 1 or more, found %d", names[i], shape[i] & 0xFFFF_FFFFL);
      }
      product = saturated(product, shape[i]);
    }
    checkLength(product, shape);
    return shape;
  }

  private void checkLength(long values, int[] shape) {
    long rest = file.longest() - file.position();
    if (values > rest) {
      throw problem(
          Integer.BYTES,
          "the header declares %s = %s values, but the file can hold %d: truncated or malformed",
          dimensions(shape),
          values == Long.MAX_VALUE ? "over 2^63" : Long.toString(values),
          Math.max(0, rest));
    }
    if (values > LONGEST_ARRAY) {
      throw problem(
          Integer.BYTES,
          "the header declares %s values; at most %d can be read",
          dimensions(shape),
          LONGEST_ARRAY);
    }
  }

  /// Reads `count` values and checks that nothing follows.
  byte[] values(long count) {
    int total = Math.toIntExact(count);
    byte[] values = room(Math.min(total, FIRST_PIECE), new byte[0]);
    int filled = 0;
    while (filled < total) {
      if (filled == values.length) {
        values = room((int) Math.min(total, 2L * values.length), values);
      }
      int wanted = values.length - filled;
      int got = file.read(values, filled, wanted);
      filled += got;
      if (got < wanted) {
        throw problem(file.position(), "expected %d values, the file ends after %d", total, filled);
      }
    }
    long end = file.position();
    if (file.read(new byte[1], 0, 1) != 0) {
      throw problem(end, "expected the end of the file after %d values, found more bytes", total);
    }
    return values;
  }

  private byte[] room(int count, byte[] values) {
    file.claim(count);
    try {
      return Arrays.copyOf(values, count);
    } catch (OutOfMemoryError e) {
      throw new DataException(
          "%s: no memory for %,d values; give Java more with -Xmx".formatted(file.name(), count),
          e);
    }
  }

  private int word(String what) {
    byte[] bytes = new byte[Integer.BYTES];
    long at = file.position();
    int count = file.read(bytes, 0, bytes.length);
    if (count < bytes.length) {
      throw problem(at, "expected 4 bytes for %s, the file ends after %d", what, count);
    }
    return ByteBuffer.wrap(bytes).getInt();
  }

  private static long saturated(long product, int factor) {
    return product > Long.MAX_VALUE / factor ? Long.MAX_VALUE : product * factor;
  }

  private static String dimensions(int[] shape) {
    return String.join(
        " x ", Arrays.stream(shape).mapToObj(Integer::toString).toArray(String[]::new));
  }

  private DataException problem(long at, String format, Object... arguments) {
    return new DataException(file.name() + ": byte " + at + ": " + format.formatted(arguments));
  }

  @Override
  public void close() {
    file.close();
  }
}
