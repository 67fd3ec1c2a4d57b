package dev.descent.data.read;

import dev.descent.DataException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;

/// Reads one IDX file: its header, then its values, then nothing more.
final class IdxReader implements AutoCloseable {
  /// Some virtual machines can't make arrays of exactly 2^31 - 1 elements.
  private static final long LONGEST_ARRAY = Integer.MAX_VALUE - 8;

  private static final int LABELS_MAGIC = 0x0801;
  private static final int UNSIGNED_BYTES = 0x08;
  private static final int SIGNED_BYTES = 0x09;
  private static final int SHORTS = 0x0B;
  private static final int INTS = 0x0C;

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
      throw otherMagic(magic, what, found);
    }
    return shape(1, names);
  }

  private DataException otherMagic(int magic, String what, int found) {
    return problem(
        0, "expected the magic number 0x%08x of IDX %s, found 0x%08x", magic, what, found);
  }

  /// Reads a file of labels: the first of each row, where a row has several.
  int[] labels() {
    int magic = word("the magic number");
    int bytes = elementBytes(magic >>> 8);
    boolean rows = (magic & 0xFF) == 2;
    if (bytes == 0 || !(rows || (magic & 0xFF) == 1)) {
      throw otherMagic(LABELS_MAGIC, "labels", magic);
    }
    int[] shape = rows ? shape(bytes, "count", "labels a row") : shape(bytes, "count");
    int stride = rows ? Math.multiplyExact(shape[1], bytes) : bytes;
    ByteBuffer values = ByteBuffer.wrap(values((long) shape[0] * stride));
    int[] labels = new int[shape[0]];
    for (int i = 0; i < labels.length; i++) {
      labels[i] =
          switch (magic >>> 8) {
            case UNSIGNED_BYTES -> values.get(i * stride) & 0xFF;
            case SIGNED_BYTES -> values.get(i * stride);
            case SHORTS -> values.getShort(i * stride);
            default -> values.getInt(i * stride);
          };
      if (labels[i] < 0) {
        throw new DataException(
            String.format(
                Locale.ROOT,
                "%s: label %d is %d; a class is 0 or more",
                file.name(),
                i,
                labels[i]));
      }
    }
    return labels;
  }

  private static int elementBytes(int type) {
    return switch (type) {
      case UNSIGNED_BYTES, SIGNED_BYTES -> 1;
      case SHORTS -> Short.BYTES;
      case INTS -> Integer.BYTES;
      default -> 0;
    };
  }

  /// Reads the dimensions.
  ///
  /// @param bytes of an element
  private int[] shape(int bytes, String... names) {
    int[] shape = new int[names.length];
    long product = bytes;
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
    byte[] values = file.readValues(total);
    if (values.length < total) {
      throw problem(
          file.position(), "expected %d values, the file ends after %d", total, values.length);
    }
    long end = file.position();
    if (file.read(new byte[1], 0, 1) != 0) {
      throw problem(end, "expected the end of the file after %d values, found more bytes", total);
    }
    return values;
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
    return new DataException(
        file.name() + ": byte " + at + ": " + String.format(Locale.ROOT, format, arguments));
  }

  @Override
  public void close() {
    file.close();
  }
}
