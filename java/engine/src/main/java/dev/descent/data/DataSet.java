package dev.descent.data;

import dev.descent.DataException;
import dev.descent.internal.RandomStream;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// Samples and what is known of each: the rows of a matrix of features, and for each row a class or
/// target values. Pixels are kept as the bytes that they are, and become numbers in 0 to 1 where a
/// batch is gathered on the device.
///
/// A data set does not copy its arrays and never modifies them. It is immutable as long as they are.
public final class DataSet {
  /// What bytes are multiplied by: 0..255 become 0..1.
  public static final float BYTE_SCALE = 1 / 255f;

  /// What the random numbers of [#split] are for, among the uses of a seed.
  private static final int SPLIT_STREAM = 0x5B117;

  private final String name;
  private final int size;
  private final int features;
  private final byte @Nullable [] bytes;
  private final float @Nullable [] floats;
  private final int @Nullable [] labels;
  private final float @Nullable [] targets;
  private final int outputs;
  private final List<String> classNames;
  private final int imageWidth;

  private DataSet(
      String name,
      int size,
      int features,
      byte @Nullable [] bytes,
      float @Nullable [] floats,
      int @Nullable [] labels,
      float @Nullable [] targets,
      int outputs,
      List<String> classNames,
      int imageWidth) {
    this.name = Objects.requireNonNull(name, "name");
    this.size = size;
    this.features = features;
    this.bytes = bytes;
    this.floats = floats;
    this.labels = labels;
    this.targets = targets;
    this.outputs = outputs;
    this.classNames = List.copyOf(classNames);
    this.imageWidth = imageWidth;
    if (size < 1 || features < 1 || outputs < 1) {
      throw new IllegalArgumentException(
          "data set %s has %d rows, %d features and %d outputs; each must be >= 1"
              .formatted(name, size, features, outputs));
    }
  }

  /// Images with one byte a pixel.
  ///
  /// @param pixels `size x (width * height)`, row-major; not copied
  /// @param labels the class of each image, from 0; not copied
  /// @param classNames a name for each class, in order
  /// @throws DataException if a label is not in 0 to classes - 1
  public static DataSet images(
      String name, byte[] pixels, int width, int height, int[] labels, List<String> classNames) {
    int features = Math.multiplyExact(width, height);
    checkLength(name, pixels.length, labels.length, features);
    checkLabels(name, labels, classNames.size());
    return new DataSet(
        name,
        labels.length,
        features,
        pixels,
        null,
        labels,
        null,
        classNames.size(),
        classNames,
        width);
  }

  /// Rows of numbers, each with a class.
  ///
  /// @param values `size x features`, row-major; not copied
  /// @param labels the class of each row, from 0; not copied
  /// @param classNames a name for each class, in order
  /// @throws DataException if a label is not in 0 to classes - 1, or a value is NaN or infinite
  public static DataSet classes(
      String name, float[] values, int features, int[] labels, List<String> classNames) {
    checkLength(name, values.length, labels.length, features);
    checkLabels(name, labels, classNames.size());
    checkFinite(name, "column", values, features);
    return new DataSet(
        name,
        labels.length,
        features,
        null,
        values,
        labels,
        null,
        classNames.size(),
        classNames,
        0);
  }

  /// Rows of numbers, each with target values: for regression, or for several yes-or-no answers.
  ///
  /// @param values `size x features`, row-major; not copied
  /// @param targets `size x outputs`, row-major; not copied
  /// @throws DataException if a value or a target is NaN or infinite
  public static DataSet targets(
      String name, float[] values, int features, float[] targets, int outputs) {
    if (features < 1 || outputs < 1) {
      throw new IllegalArgumentException(
          "data set " + name + " has " + features + " features and " + outputs + " outputs");
    }
    int size = values.length / features;
    checkLength(name, values.length, size, features);
    if (targets.length != (long) size * outputs) {
      throw new IllegalArgumentException(
          "data set %s has %d target values for %d rows of %d outputs"
              .formatted(name, targets.length, size, outputs));
    }
    checkFinite(name, "column", values, features);
    checkFinite(name, "target", targets, outputs);
    return new DataSet(name, size, features, null, values, null, targets, outputs, List.of(), 0);
  }

  private static void checkLength(String name, int length, int size, int features) {
    if (length != (long) size * features) {
      throw new IllegalArgumentException(
          "data set %s has %d values for %d rows of %d features"
              .formatted(name, length, size, features));
    }
  }

  private static void checkFinite(String name, String what, float[] values, int width) {
    for (int i = 0; i < values.length; i++) {
      if (!Float.isFinite(values[i])) {
        throw new DataException(
            ("data set %s: row %d, %s %d is %s; a model can't learn from it, so replace it or leave"
                    + " the row out")
                .formatted(name, i / width, what, i % width, values[i]));
      }
    }
  }

  private static void checkLabels(String name, int[] labels, int classes) {
    for (int row = 0; row < labels.length; row++) {
      if (labels[row] < 0 || labels[row] >= classes) {
        throw new DataException(
            "data set %s: the label of row %d is %d; there are classes 0 to %d"
                .formatted(name, row, labels[row], classes - 1));
      }
    }
  }

  /// The rows `first` to `first + count - 1` as a data set of their own; the arrays are copied.
  public DataSet slice(int first, int count) {
    if (first < 0 || count < 1 || first > size - count) {
      throw new IllegalArgumentException(
          "rows %d to %d of data set %s, which has %d"
              .formatted(first, (long) first + count - 1, name, size));
    }
    int from = first * features;
    int to = (first + count) * features;
    return new DataSet(
        name,
        count,
        features,
        bytes == null ? null : Arrays.copyOfRange(bytes, from, to),
        floats == null ? null : Arrays.copyOfRange(floats, from, to),
        labels == null ? null : Arrays.copyOfRange(labels, first, first + count),
        targets == null
            ? null
            : Arrays.copyOfRange(targets, first * outputs, (first + count) * outputs),
        outputs,
        classNames,
        imageWidth);
  }

  /// Cuts the rows, in random order, into two data sets; the arrays are copied.
  ///
  /// @param share the part of the rows that goes to the second, between 0 and 1; at least one row
  ///     goes to each
  /// @param seed decides which
  /// @throws DataException if there is only one row
  public TrainTest split(double share, long seed) {
    if (!(share > 0 && share < 1)) {
      throw new IllegalArgumentException("a share of " + share + " is not between 0 and 1");
    }
    if (size < 2) {
      throw new DataException("data set " + name + " has 1 row, which can't be split in two");
    }
    int[] order = new int[size];
    new RandomStream(seed, SPLIT_STREAM, 0).permutation(order);
    int second = Math.clamp(Math.round(size * share), 1, size - 1);
    return new TrainTest(
        pick(name + " train", Arrays.copyOf(order, size - second)),
        pick(name + " test", Arrays.copyOfRange(order, size - second, size)));
  }

  private DataSet pick(String newName, int[] rows) {
    return new DataSet(
        newName,
        rows.length,
        features,
        bytes == null ? null : pickRows(bytes, new byte[rows.length * features], rows, features),
        floats == null ? null : pickRows(floats, new float[rows.length * features], rows, features),
        labels == null ? null : pickRows(labels, new int[rows.length], rows, 1),
        targets == null ? null : pickRows(targets, new float[rows.length * outputs], rows, outputs),
        outputs,
        classNames,
        imageWidth);
  }

  /// Copies whole rows from one array to another of its type.
  private static <A> A pickRows(A from, A to, int[] rows, int width) {
    for (int i = 0; i < rows.length; i++) {
      System.arraycopy(from, rows[i] * width, to, i * width, width);
    }
    return to;
  }

  /// The name, as it stands in reports.
  public String name() {
    return name;
  }

  /// The number of rows.
  public int size() {
    return size;
  }

  /// The number of values in a row.
  public int features() {
    return features;
  }

  /// Whether the features are bytes (pixels) rather than floats.
  public boolean isBytes() {
    return bytes != null;
  }

  /// Whether each row has a class rather than target values.
  public boolean isClassified() {
    return labels != null;
  }

  /// The number of classes, or of target values a row.
  public int outputs() {
    return outputs;
  }

  /// The classes' names, in order; empty where there are target values.
  public List<String> classNames() {
    return classNames;
  }

  /// The width of an image, or 0 if the rows are not images.
  public int imageWidth() {
    return imageWidth;
  }

  /// The height of an image, or 0 if the rows are not images.
  public int imageHeight() {
    return imageWidth == 0 ? 0 : features / imageWidth;
  }

  /// The features as bytes, `size x features`. The data set's own array: don't modify it.
  ///
  /// @throws IllegalStateException if the features are floats
  public byte[] bytes() {
    return present(bytes, "bytes");
  }

  /// The features as floats, `size x features`. The data set's own array: don't modify it.
  ///
  /// @throws IllegalStateException if the features are bytes
  public float[] floats() {
    return present(floats, "floats");
  }

  /// The class of each row. The data set's own array: don't modify it.
  ///
  /// @throws IllegalStateException if the rows have target values
  public int[] labels() {
    return present(labels, "labels");
  }

  /// The target values, `size x outputs`. The data set's own array: don't modify it.
  ///
  /// @throws IllegalStateException if the rows have classes
  public float[] targets() {
    return present(targets, "targets");
  }

  /// A row as the model sees it: bytes scaled to 0..1, floats as they are. A new array.
  public float[] row(int index) {
    Objects.checkIndex(index, size);
    float[] row = new float[features];
    if (bytes != null) {
      for (int j = 0; j < features; j++) {
        row[j] = (bytes[index * features + j] & 0xFF) * BYTE_SCALE;
      }
    } else {
      System.arraycopy(floats(), index * features, row, 0, features);
    }
    return row;
  }

  /// The class of a row as a one-hot vector: 1 at the class, else 0. A new array.
  public float[] oneHot(int index) {
    float[] vector = new float[outputs];
    vector[labels()[Objects.checkIndex(index, size)]] = 1;
    return vector;
  }

  /// The bytes that features and answers take on a device.
  public long deviceBytes() {
    return (long) size * features * (bytes != null ? 1 : Float.BYTES)
        + (long) size * Integer.BYTES * (labels != null ? 1 : outputs);
  }

  private <T> T present(@Nullable T array, String what) {
    if (array == null) {
      throw new IllegalStateException("data set " + name + " has no " + what);
    }
    return array;
  }

  @Override
  public String toString() {
    return "%s: %,d rows of %,d %s, %s"
        .formatted(
            name,
            size,
            features,
            bytes != null ? "bytes" : "floats",
            labels != null ? outputs + " classes" : outputs + " targets");
  }
}
