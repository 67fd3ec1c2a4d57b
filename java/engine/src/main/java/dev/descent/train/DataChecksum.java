package dev.descent.train;

import dev.descent.data.DataSet;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Locale;
import java.util.function.IntUnaryOperator;
import java.util.zip.CRC32C;

/// A checksum of a data set's numbers, so that a run is not resumed on other data by mistake.
final class DataChecksum {
  private static final int CHUNK = 1 << 14;

  private DataChecksum() {}

  /// CRC-32C of features, answers and weights together, of the features, and of answers
  /// and weights, in hexadecimal
  /// with blanks between. Earlier versions kept the first alone.
  static String of(DataSet data) {
    var all = new CRC32C();
    var answers = new CRC32C();
    addFeatures(all, data);
    long features = all.getValue();
    addAnswers(all, data);
    addAnswers(answers, data);
    return String.format(
        Locale.ROOT, "%08x %08x %08x", all.getValue(), features, answers.getValue());
  }

  /// What differs between the data of two checksums: `features`, `answers`, both, or `numbers`
  /// where that is not known; empty if nothing does.
  static String difference(String one, String other) {
    String[] ours = one.split(" ", -1);
    String[] theirs = other.split(" ", -1);
    if (ours[0].equals(theirs[0])) {
      return "";
    }
    if (ours.length < 3 || theirs.length < 3) {
      return "numbers";
    }
    boolean features = !ours[1].equals(theirs[1]);
    boolean answers = !ours[2].equals(theirs[2]);
    return features && answers ? "features and answers" : features ? "features" : "answers";
  }

  private static void addFeatures(CRC32C sum, DataSet data) {
    MemorySegment memory = data.memory();
    if (data.isBytes()) {
      sum.update(memory.asByteBuffer());
    } else {
      add(sum, data.size() * data.features(), i -> memory.getAtIndex(ValueLayout.JAVA_INT, i));
    }
  }

  private static void addAnswers(CRC32C sum, DataSet data) {
    if (data.isClassified()) {
      int[] labels = data.labels();
      add(sum, labels.length, i -> labels[i]);
    } else {
      add(sum, data.targets());
    }
    if (data.isWeighted()) {
      add(sum, data.weights());
    }
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
