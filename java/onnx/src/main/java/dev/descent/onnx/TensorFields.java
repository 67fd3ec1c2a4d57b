package dev.descent.onnx;

import dev.descent.DataException;
import dev.descent.internal.format.AtomicFile;
import dev.descent.internal.format.RegularFile;
import dev.descent.internal.format.Visible;
import dev.descent.onnx.OnnxModel.Constant;
import dev.descent.onnx.OnnxModel.Types;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;

/// A tensor while its fields are read. Its elements are raw bytes, a list of numbers, or in a file
/// beside the model's.
final class TensorFields {
  private static final int EXTERNAL = 1;

  /// How often the bytes of a file beside the model's may be read: many tensors could have the same.
  private static final long MOST_READINGS = 4;

  String name = "";
  int type;
  int location;
  byte[] raw = new byte[0];
  final List<Long> shape = new ArrayList<>();
  final Bytes elements = new Bytes();
  final Map<String, String> external = new TreeMap<>();

  /// Bytes that grow, in the order that raw elements have.
  static final class Bytes {
    private ByteBuffer buffer = ByteBuffer.allocate(0).order(ByteOrder.LITTLE_ENDIAN);

    void put(byte[] bytes) {
      room(bytes.length).put(bytes);
    }

    void putShort(short value) {
      room(Short.BYTES).putShort(value);
    }

    void putInt(int value) {
      room(Integer.BYTES).putInt(value);
    }

    void putLong(long value) {
      room(Long.BYTES).putLong(value);
    }

    private ByteBuffer room(int bytes) {
      if (buffer.remaining() < bytes) {
        int doubled = (int) Math.min(2L * buffer.capacity(), Integer.MAX_VALUE - 8);
        int length = Math.max(doubled, Math.addExact(buffer.position(), bytes));
        buffer = ByteBuffer.allocate(length).order(ByteOrder.LITTLE_ENDIAN).put(buffer.flip());
      }
      return buffer;
    }

    ByteBuffer all() {
      return buffer.duplicate().order(ByteOrder.LITTLE_ENDIAN).flip();
    }
  }

  /// A number in the list that holds int32, and for float16 and bfloat16 their bits.
  void putInt32(int value) {
    if (type == Types.FLOAT16 || type == Types.BFLOAT16) {
      elements.putShort((short) value);
    } else {
      elements.putInt(value);
    }
  }

  /// The tensor. Of a type that is not read it has no elements.
  ///
  /// @param file the model's
  /// @param readings how many bytes other tensors have taken from each file beside it; adds its own
  /// @throws DataException if the elements are not as many as the shape says
  Constant constant(Path file, Map<Path, Long> readings) {
    int bytes = Types.bytes(type);
    if (bytes == 0) {
      return new Constant(type, shape, new float[0], new long[0]);
    }
    long count = count(file);
    ByteBuffer data =
        location == EXTERNAL
            ? beside(file, count * bytes, readings)
            : raw.length > 0 ? ByteBuffer.wrap(raw).order(ByteOrder.LITTLE_ENDIAN) : elements.all();
    if (data.remaining() != count * bytes) {
      throw error(
          file,
          String.format(
              Locale.ROOT, "of shape %s does not fill its %d bytes", shape(), data.remaining()));
    }
    if (Types.isReal(type)) {
      return new Constant(type, List.copyOf(shape), floats(data, (int) count), new long[0]);
    }
    long[] wholes = new long[(int) count];
    for (int i = 0; i < count; i++) {
      wholes[i] = type == Types.INT32 ? data.getInt() : data.getLong();
    }
    return new Constant(type, List.copyOf(shape), new float[0], wholes);
  }

  private long count(Path file) {
    long count = 1;
    for (long size : shape) {
      if (size < 0 || size > Integer.MAX_VALUE || count * size > Integer.MAX_VALUE) {
        throw error(file, "has the shape " + shape() + ", which no array holds");
      }
      count *= size;
    }
    return count;
  }

  private String shape() {
    return Visible.value(shape);
  }

  private float[] floats(ByteBuffer data, int count) {
    float[] floats = new float[count];
    switch (type) {
      case Types.FLOAT -> data.asFloatBuffer().get(floats);
      case Types.DOUBLE -> {
        for (int i = 0; i < count; i++) {
          floats[i] = (float) data.getDouble();
        }
      }
      case Types.FLOAT16 -> {
        for (int i = 0; i < count; i++) {
          floats[i] = Float.float16ToFloat(data.getShort());
        }
      }
      default -> {
        for (int i = 0; i < count; i++) {
          floats[i] = Float.intBitsToFloat(data.getShort() << Short.SIZE);
        }
      }
    }
    return floats;
  }

  /// Reads elements from another file, which must lie in the model's folder or below.
  private ByteBuffer beside(Path file, long bytes, Map<Path, Long> readings) {
    String place = external.getOrDefault("location", "");
    Path model = file.toAbsolutePath().normalize();
    Path folder = Objects.requireNonNullElse(model.getParent(), model);
    try {
      Path beside = folder.resolve(place).normalize();
      if (place.isEmpty() || !beside.startsWith(folder)) {
        throw error(file, "lies in " + Visible.quoted(place) + ", outside the model's folder");
      }
      // What a link leads to counts.
      Path real = beside.toRealPath();
      if (!real.startsWith(folder.toRealPath())) {
        throw error(
            file,
            "lies in %s, a link that leaves the model's folder".formatted(Visible.quoted(place)));
      }
      long size = RegularFile.require(beside);
      long offset = whole(file, "offset", 0);
      long length = whole(file, "length", bytes);
      if (bytes > Math.min(Integer.MAX_VALUE - 8, Runtime.getRuntime().maxMemory())) {
        throw error(file, "takes " + (bytes >> 20) + " MiB, more than Java may use; raise -Xmx");
      }
      if (length != bytes || offset > size || bytes > size - offset) {
        throw error(
            file,
            String.format(
                Locale.ROOT,
                "of shape %s takes %d bytes; %s has %d, and of these from %d on %d are meant",
                shape(),
                bytes,
                Visible.quoted(place),
                size,
                offset,
                length));
      }
      if (readings.merge(real, bytes, Long::sum) > MOST_READINGS * size) {
        throw error(
            file,
            String.format(
                Locale.ROOT,
                "is one of many that share the bytes of %s; %d may",
                Visible.quoted(place),
                MOST_READINGS));
      }
      try (InputStream in = Files.newInputStream(beside)) {
        in.skipNBytes(offset);
        byte[] data = in.readNBytes((int) bytes);
        return ByteBuffer.wrap(data).order(ByteOrder.LITTLE_ENDIAN);
      }
    } catch (IOException e) {
      throw error(
          file, "can't be read from %s: %s".formatted(Visible.quoted(place), AtomicFile.reason(e)));
    } catch (InvalidPathException e) {
      throw error(file, "lies in " + Visible.quoted(place) + ", which is no file name");
    }
  }

  private long whole(Path file, String key, long otherwise) {
    String text = external.get(key);
    if (text == null) {
      return otherwise;
    }
    try {
      long whole = Long.parseLong(text);
      if (whole >= 0) {
        return whole;
      }
    } catch (NumberFormatException _) {
      // Said below.
    }
    throw error(file, "has the %s %s".formatted(key, Visible.quoted(text)));
  }

  private DataException error(Path file, String what) {
    return new DataException("%s: tensor %s %s".formatted(file, Visible.quoted(name), what));
  }
}
