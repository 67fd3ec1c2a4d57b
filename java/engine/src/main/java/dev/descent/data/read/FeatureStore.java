package dev.descent.data.read;

import dev.descent.DataException;
import java.util.Arrays;
import java.util.Locale;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// The values of a table, row behind row: kept as bytes while that is wanted and all of them are,
/// else as floats.
final class FeatureStore {
  private static final int LONGEST_ARRAY = Integer.MAX_VALUE - 8;
  private static final int FIRST_CAPACITY = 1 << 16;
  private static final int LARGEST_BYTE = 255;

  /// Rows that are swapped at a time: they fit into the first level of caches.
  private static final int SWAPPED = 64;

  private final DataFile file;
  private final int width;
  private final boolean mustBeBytes;
  private byte @Nullable [] bytes;
  private float[] floats;
  private int size;

  /// Makes the reads of [#touch] needed.
  @SuppressWarnings("unused")
  private float touched;

  private int capacity;

  /// @param file counts the memory that is taken
  /// @param width the values of a row
  /// @param pixels whether the columns look like pixels
  /// @param expected how many values there will be; 0 if it is not known
  FeatureStore(DataFile file, int width, CsvOptions.Values values, boolean pixels, long expected) {
    this.file = file;
    this.width = width;
    this.mustBeBytes = values == CsvOptions.Values.BYTES;
    boolean startAsBytes = mustBeBytes || (values == CsvOptions.Values.AUTO && pixels);
    this.capacity =
        expected > 0 ? Math.clamp(expected, width, LONGEST_ARRAY) : Math.max(width, FIRST_CAPACITY);
    this.bytes = startAsBytes ? room(new byte[0]) : null;
    this.floats = startAsBytes ? new float[0] : room(new float[0]);
  }

  private byte[] room(byte[] old) {
    file.claim(capacity);
    return grown(() -> Arrays.copyOf(old, capacity));
  }

  private float[] room(float[] old) {
    file.claim((long) capacity * Float.BYTES);
    return grown(() -> Arrays.copyOf(old, capacity));
  }

  private <A> A grown(Supplier<A> copy) {
    try {
      return copy.get();
    } catch (OutOfMemoryError e) {
      throw new DataException(
          String.format(
              Locale.ROOT,
              "%s: no memory for %,d values; give Java more with -Xmx",
              file.name(),
              capacity),
          e);
    }
  }

  /// Makes room for a row, whose values come by [#put].
  ///
  /// @throws DataException if they can't be held in one array or in memory
  void startRow() {
    if (width <= capacity - size) {
      return;
    }
    long wanted = Math.max((long) size + width, Math.min(2L * capacity, LONGEST_ARRAY));
    if (wanted > LONGEST_ARRAY) {
      throw new DataException(
          String.format(
              Locale.ROOT,
              "%s: has more than %,d values, which is as many as can be read",
              file.name(),
              LONGEST_ARRAY));
    }
    capacity = (int) wanted;
    if (bytes != null) {
      bytes = room(bytes);
    } else {
      floats = room(floats);
    }
  }

  /// Sets a value of the row, a whole number of 0 or more.
  ///
  /// @return false if it must be a byte and is not
  boolean putWhole(int slot, int value) {
    if (bytes != null && value <= LARGEST_BYTE) {
      bytes[size + slot] = (byte) value;
      return true;
    }
    return putFloat(slot, value);
  }

  /// Sets a value of the row; NaN is a gap.
  ///
  /// @return false if it must be a byte and is not
  boolean put(int slot, float value) {
    boolean isByte = bytes != null && value >= 0 && value <= LARGEST_BYTE && value == (int) value;
    return isByte ? putWhole(slot, (int) value) : putFloat(slot, value);
  }

  private boolean putFloat(int slot, float value) {
    if (mustBeBytes) {
      return false;
    }
    if (bytes != null) {
      toFloats(bytes);
    }
    floats[size + slot] = value;
    return true;
  }

  private void toFloats(byte[] values) {
    floats = room(new float[0]);
    for (int i = 0; i < size + width; i++) {
      floats[i] = values[i] & 0xFF;
    }
    bytes = null;
  }

  /// Keeps the row; without, the next takes its place.
  void endRow() {
    size += width;
  }

  /// A value of a row that was kept.
  float value(int row, int slot) {
    int at = row * width + slot;
    return bytes == null ? floats[at] : bytes[at] & 0xFF;
  }

  /// Swaps rows, one after the other.
  ///
  /// @param others with which the row of each index is swapped
  void swap(int[] others) {
    Object values = bytes == null ? floats : bytes;
    Object room = bytes == null ? new float[width] : new byte[width];
    for (int first = 0; first < others.length; first += SWAPPED) {
      int end = Math.min(first + SWAPPED, others.length);
      touch(others, first, end);
      swap(values, room, width, others, first, end);
    }
  }

  /// Reads of rows what makes the processor fetch them: so many short reads wait for memory together,
  /// and the copies behind them hardly at all.
  private void touch(int[] rows, int from, int to) {
    float sum = 0;
    for (int i = from; i < to; i++) {
      sum += value(rows[i], 0) + value(rows[i], width - 1);
    }
    touched = sum;
  }

  /// Swaps rows of an array with others, one after the other.
  ///
  /// @param room for a row
  static void swap(Object values, Object room, int width, int[] others, int from, int to) {
    for (int i = from; i < to; i++) {
      System.arraycopy(values, i * width, room, 0, width);
      System.arraycopy(values, others[i] * width, values, i * width, width);
      System.arraycopy(room, 0, values, others[i] * width, width);
    }
  }

  boolean isBytes() {
    return bytes != null;
  }

  /// The values, if they are bytes; behind them there may be room for more.
  byte[] bytes() {
    if (bytes == null) {
      throw new IllegalStateException(file.name() + ": values are floats");
    }
    return bytes;
  }

  /// The values, if they are floats; behind them there may be room for more.
  float[] floats() {
    return floats;
  }
}
