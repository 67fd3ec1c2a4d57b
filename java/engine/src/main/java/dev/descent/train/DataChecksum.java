package dev.descent.train;

import dev.descent.data.DataSet;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.function.IntUnaryOperator;
import java.util.zip.CRC32C;

/// A checksum of a data set's numbers, so that a run is not resumed on other data by mistake.
final class DataChecksum {
  private static final int CHUNK = 1 << 14;

  private DataChecksum() {}

  /// CRC-32C of features and answers, in hexadecimal.
  static String of(DataSet data) {
    var sum = new CRC32C();
    if (data.isBytes()) {
      sum.update(data.bytes());
    } else {
      add(sum, data.floats());
    }
    if (data.isClassified()) {
      int[] labels = data.labels();
      add(sum, labels.length, i -> labels[i]);
    } else {
      add(sum, data.targets());
    }
    return "%08x".formatted(sum.getValue());
  }

  private static void add(CRC32C sum, float[] values) {
    add(sum, values.length, i -> Float.floatToRawIntBits(values[i]));
  }

  private static void add(CRC32C sum, int length, IntUnaryOperator bits) {
    ByteBuffer chunk = ByteBuffer.allocate(CHUNK * Integer.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    for (int from = 0; from < length; from += CHUNK) {
      chunk.clear();
      for (int i = from; i < Math.min(length, from + CHUNK); i++) {
        chunk.putInt(bits.applyAsInt(i));
      }
      sum.update(chunk.flip());
    }
  }
}
