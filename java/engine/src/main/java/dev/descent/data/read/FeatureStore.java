package dev.descent.data.read;

import dev.descent.DataException;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// Values added one after the other: kept as bytes while that is wanted and all of them are, else as
/// floats.
final class FeatureStore {
  private static final int LONGEST_ARRAY = Integer.MAX_VALUE - 8;
  private static final int FIRST_CAPACITY = 1 << 16;
  private static final int LARGEST_BYTE = 255;

  private final DataFile file;
  private final boolean mustBeBytes;
  private byte @Nullable [] bytes;
  private float[] floats;
  private int size;
  private int capacity;

  private FeatureStore(DataFile file, boolean startAsBytes, boolean mustBeBytes) {
    this.file = file;
    this.mustBeBytes = mustBeBytes;
    this.capacity = FIRST_CAPACITY;
    this.bytes = startAsBytes ? new byte[capacity] : null;
    this.floats = new float[startAsBytes ? 0 : capacity];
  }

  /// Makes an empty store.
  ///
  /// @param file counts the memory that is taken
  /// @param pixels whether the columns look like pixels
  static FeatureStore of(DataFile file, CsvOptions.Values values, boolean pixels) {
    return switch (values) {
      case AUTO -> new FeatureStore(file, pixels, false);
      case BYTES -> new FeatureStore(file, true, true);
      case FLOATS -> new FeatureStore(file, false, false);
    };
  }

  /// Makes room for `count` more values.
  ///
  /// @throws DataException if they can't be held in one array or in memory
  void reserve(int count) {
    if (count <= capacity - size) {
      return;
    }
    long wanted = Math.max((long) size + count, Math.min(2L * capacity, LONGEST_ARRAY));
    if (wanted > LONGEST_ARRAY) {
      throw new DataException(
          "%s: has more than %,d values, which is as many as can be read"
              .formatted(file.name(), LONGEST_ARRAY));
    }
    file.claim(wanted * (bytes != null ? 1 : Float.BYTES));
    try {
      if (bytes != null) {
        bytes = Arrays.copyOf(bytes, (int) wanted);
      } else {
        floats = Arrays.copyOf(floats, (int) wanted);
      }
    } catch (OutOfMemoryError e) {
      throw new DataException(
          "%s: no memory for %,d values; give Java more with -Xmx".formatted(file.name(), wanted),
          e);
    }
    capacity = (int) wanted;
  }

  /// Adds a whole number of 0 or more, for which there is room.
  ///
  /// @return false if it must be a byte and is not
  boolean addWhole(int value) {
    if (bytes != null && value <= LARGEST_BYTE) {
      bytes[size++] = (byte) value;
      return true;
    }
    return addFloat(value);
  }

  /// Adds a number, for which there is room.
  ///
  /// @return false if it must be a byte and is not
  boolean add(float value) {
    boolean isByte = value >= 0 && value <= LARGEST_BYTE && value == (int) value;
    return (isByte && bytes != null) ? addWhole((int) value) : addFloat(value);
  }

  private boolean addFloat(float value) {
    if (mustBeBytes) {
      return false;
    }
    if (bytes != null) {
      toFloats(bytes);
    }
    floats[size++] = value;
    return true;
  }

  private void toFloats(byte[] values) {
    file.claim((long) capacity * Float.BYTES);
    floats = new float[capacity];
    for (int i = 0; i < size; i++) {
      floats[i] = values[i] & 0xFF;
    }
    bytes = null;
  }

  boolean isBytes() {
    return bytes != null;
  }

  /// The values, if they are bytes. A new array.
  byte[] bytes() {
    if (bytes == null) {
      throw new IllegalStateException(file.name() + ": values are floats");
    }
    file.claim(size);
    return Arrays.copyOf(bytes, size);
  }

  /// The values, if they are floats. A new array.
  float[] floats() {
    file.claim((long) size * Float.BYTES);
    return Arrays.copyOf(floats, size);
  }
}
