package dev.descent.data;

import dev.descent.DataException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.reflect.Array;
import java.nio.Buffer;
import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
import java.util.AbstractList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/// Samples and what is known of each: the rows of a matrix of features, and for each row a class,
/// target values, or nothing. Pixels are kept as the bytes that they are, and become numbers in 0
/// to 1 where a batch is gathered on the device.
///
/// A data set does not copy its arrays and never modifies them. It is immutable as long as they
/// are. Rows can be a part of a longer array, so that the parts of a split share one.
public final class DataSet {
  /// What bytes are multiplied by: 0..255 become 0..1.
  public static final float BYTE_SCALE = 1 / 255f;

  private final String name;
  private final int size;
  private final int features;
  private final @Nullable ByteBuffer bytes;
  private final @Nullable FloatBuffer floats;
  private final int @Nullable [] labels;
  private final float @Nullable [] targets;
  private final int outputs;
  private final List<String> classNames;
  private final int imageWidth;
  private final @Nullable Preparation preparation;
  private final float @Nullable [] weights;

  /// The features as an array of their own, once that was asked for.
  private volatile @Nullable Object ownArray;

  private DataSet(
      String name,
      int size,
      int features,
      @Nullable ByteBuffer bytes,
      @Nullable FloatBuffer floats,
      int @Nullable [] labels,
      float @Nullable [] targets,
      int outputs,
      List<String> classNames,
      int imageWidth,
      @Nullable Preparation preparation) {
    this(
        name,
        size,
        features,
        bytes,
        floats,
        labels,
        targets,
        outputs,
        classNames,
        imageWidth,
        preparation,
        null);
  }

  private DataSet(
      String name,
      int size,
      int features,
      @Nullable ByteBuffer bytes,
      @Nullable FloatBuffer floats,
      int @Nullable [] labels,
      float @Nullable [] targets,
      int outputs,
      List<String> classNames,
      int imageWidth,
      @Nullable Preparation preparation,
      float @Nullable [] weights) {
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
    this.preparation = preparation;
    this.weights = weights;
    boolean answered = labels != null || targets != null;
    if (size < 1 || features < 1 || (answered && outputs < 1)) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "data set %s has %d rows, %d features and %d outputs; each must be >= 1",
              name,
              size,
              features,
              outputs));
    }
  }

  /// {@return images with one byte a pixel}
  ///
  /// @param name the data set's, for reports
  /// @param pixels `size x (width * height)`, row-major; not copied
  /// @param width of an image, in pixels
  /// @param height of an image, in pixels
  /// @param labels the class of each image, from 0; not copied
  /// @param classNames a name for each class, in order
  /// @throws DataException if a label is not in 0 to classes - 1
  public static DataSet images(
      String name, byte[] pixels, int width, int height, int[] labels, List<String> classNames) {
    return images(name, ByteBuffer.wrap(pixels), width, height, labels, classNames);
  }

  /// Images with one byte a pixel, which may be a part of an array.
  ///
  /// @param name in reports and messages
  /// @param pixels of an array: from its position to its limit `size x (width * height)`,
  ///     row-major; not copied
  /// @param width of an image in pixels
  /// @param height of an image in pixels
  /// @param labels the class of each image, from 0; not copied
  /// @param classNames a name for each class, in order
  /// @return the data set
  /// @throws DataException if a label is not in 0 to classes - 1
  public static DataSet images(
      String name,
      ByteBuffer pixels,
      int width,
      int height,
      int[] labels,
      List<String> classNames) {
    int features = Math.multiplyExact(width, height);
    checkLength(name, pixels.remaining(), labels.length, features);
    checkLabels(name, labels, classNames.size());
    return new DataSet(
        name,
        labels.length,
        features,
        part(pixels),
        null,
        labels,
        null,
        classNames.size(),
        classNames,
        width,
        null);
  }

  /// {@return pictures of one size, with a byte for each channel of a pixel}
  ///
  /// @param name the data set's, for reports
  /// @param pixels `size x height x width x channels`, row-major; not copied
  /// @param picture what each row is
  /// @param labels the class of each picture, from 0; not copied
  /// @param classNames a name for each class, in order
  /// @throws DataException if a label is not in 0 to classes - 1
  public static DataSet pictures(
      String name,
      byte[] pixels,
      Preparation.Picture picture,
      int[] labels,
      List<String> classNames) {
    if (picture.channels() == 1) {
      return images(name, pixels, picture.width(), picture.height(), labels, classNames)
          .withPicture(picture);
    }
    checkLength(name, pixels.length, labels.length, picture.features());
    checkLabels(name, labels, classNames.size());
    return new DataSet(
        name,
        labels.length,
        picture.features(),
        ByteBuffer.wrap(pixels),
        null,
        labels,
        null,
        classNames.size(),
        classNames,
        0,
        Preparation.pictures(picture, classNames));
  }

  /// {@return rows of numbers, each with a class}
  ///
  /// @param name the data set's, for reports
  /// @param values `size x features`, row-major; not copied
  /// @param features the number of values in a row
  /// @param labels the class of each row, from 0; not copied
  /// @param classNames a name for each class, in order
  /// @throws DataException if a label is not in 0 to classes - 1, or a value is NaN or infinite
  public static DataSet classes(
      String name, float[] values, int features, int[] labels, List<String> classNames) {
    return classes(name, FloatBuffer.wrap(values), features, labels, classNames);
  }

  /// Rows of numbers, which may be a part of an array, each with a class.
  ///
  /// @param name in reports and messages
  /// @param values of an array: from its position to its limit `size x features`, row-major; not
  ///     copied
  /// @param features the values of a row
  /// @param labels the class of each row, from 0; not copied
  /// @param classNames a name for each class, in order
  /// @return the data set
  /// @throws DataException if a label is not in 0 to classes - 1, or a value is NaN or infinite
  public static DataSet classes(
      String name, FloatBuffer values, int features, int[] labels, List<String> classNames) {
    checkLength(name, values.remaining(), labels.length, features);
    checkLabels(name, labels, classNames.size());
    checkFinite(name, "column", values, features);
    return new DataSet(
        name,
        labels.length,
        features,
        null,
        part(values),
        labels,
        null,
        classNames.size(),
        classNames,
        0,
        null);
  }

  /// {@return rows of numbers, each with a class}
  ///
  /// @param name the data set's, for reports
  /// @param rows a sample each; copied
  /// @param labels the class of each row, from 0; not copied
  /// @param classNames a name for each class, in order
  /// @throws IllegalArgumentException if rows differ in length
  /// @throws DataException if a label is not in 0 to classes - 1, or a value is NaN or infinite
  public static DataSet classes(
      String name, float[][] rows, int[] labels, List<String> classNames) {
    return classes(name, flat(name, rows), width(name, rows), labels, classNames);
  }

  /// {@return rows of numbers, each with target values}
  ///
  /// @param name the data set's, for reports
  /// @param rows a sample each; copied
  /// @param targets the target values of each row; copied
  /// @throws IllegalArgumentException if rows differ in length, or there are not as many of both
  /// @throws DataException if a value or a target is NaN or infinite
  public static DataSet targets(String name, float[][] rows, float[][] targets) {
    if (rows.length != targets.length) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "data set %s has %d rows and the target values of %d",
              name,
              rows.length,
              targets.length));
    }
    return targets(
        name, flat(name, rows), width(name, rows), flat(name, targets), width(name, targets));
  }

  /// {@return rows of numbers of which nothing is known, to predict from}
  ///
  /// @param name the data set's, for reports
  /// @param rows a sample each; copied
  /// @throws IllegalArgumentException if rows differ in length
  /// @throws DataException if a value is NaN or infinite
  public static DataSet unanswered(String name, float[][] rows) {
    return unanswered(name, flat(name, rows), width(name, rows));
  }

  private static int width(String name, float[][] rows) {
    if (rows.length == 0) {
      throw new IllegalArgumentException("data set " + name + " has 0 rows; it must have >= 1");
    }
    return rows[0].length;
  }

  private static float[] flat(String name, float[][] rows) {
    int width = width(name, rows);
    float[] flat = new float[Math.multiplyExact(rows.length, width)];
    for (int row = 0; row < rows.length; row++) {
      if (rows[row].length != width) {
        throw new IllegalArgumentException(
            String.format(
                Locale.ROOT,
                "data set %s: row %d has %d values, row 0 has %d",
                name,
                row,
                rows[row].length,
                width));
      }
      System.arraycopy(rows[row], 0, flat, row * width, width);
    }
    return flat;
  }

  /// {@return rows of numbers, each with target values: for regression, or for several yes-or-no
  /// answers}
  ///
  /// @param name the data set's, for reports
  /// @param values `size x features`, row-major; not copied
  /// @param features the number of values in a row
  /// @param targets `size x outputs`, row-major; not copied
  /// @param outputs the number of target values in a row
  /// @throws DataException if a value or a target is NaN or infinite
  public static DataSet targets(
      String name, float[] values, int features, float[] targets, int outputs) {
    return targets(name, FloatBuffer.wrap(values), features, targets, outputs);
  }

  /// Rows of numbers, which may be a part of an array, each with target values.
  ///
  /// @param name in reports and messages
  /// @param values of an array: from its position to its limit `size x features`, row-major; not
  ///     copied
  /// @param features the values of a row
  /// @param targets `size x outputs`, row-major; not copied
  /// @param outputs the target values of a row
  /// @return the data set
  /// @throws DataException if a value or a target is NaN or infinite
  public static DataSet targets(
      String name, FloatBuffer values, int features, float[] targets, int outputs) {
    if (features < 1 || outputs < 1) {
      throw new IllegalArgumentException(
          "data set " + name + " has " + features + " features and " + outputs + " outputs");
    }
    int size = values.remaining() / features;
    checkLength(name, values.remaining(), size, features);
    if (targets.length != (long) size * outputs) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "data set %s has %d target values for %d rows of %d outputs",
              name,
              targets.length,
              size,
              outputs));
    }
    checkFinite(name, "column", values, features);
    checkFinite(name, "target", FloatBuffer.wrap(targets), outputs);
    return new DataSet(
        name, size, features, null, part(values), null, targets, outputs, List.of(), 0, null);
  }

  /// {@return rows of numbers of which nothing is known, to predict from}
  ///
  /// @param name the data set's, for reports
  /// @param values `size x features`, row-major; not copied
  /// @param features the number of values in a row
  /// @throws DataException if a value is NaN or infinite
  public static DataSet unanswered(String name, float[] values, int features) {
    return unanswered(name, FloatBuffer.wrap(values), features);
  }

  /// Rows of numbers, which may be a part of an array, of which nothing is known.
  ///
  /// @param name in reports and messages
  /// @param values of an array: from its position to its limit `size x features`, row-major; not
  ///     copied
  /// @param features the values of a row
  /// @return the data set
  /// @throws DataException if a value is NaN or infinite
  public static DataSet unanswered(String name, FloatBuffer values, int features) {
    checkWidth(name, features);
    int size = values.remaining() / features;
    checkLength(name, values.remaining(), size, features);
    checkFinite(name, "column", values, features);
    return new DataSet(name, size, features, null, part(values), null, null, 0, List.of(), 0, null);
  }

  /// {@return images of which nothing is known, with one byte a pixel, to predict from}
  ///
  /// @param name the data set's, for reports
  /// @param pixels `size x (width * height)`, row-major; not copied
  /// @param width of an image, in pixels
  /// @param height of an image, in pixels
  public static DataSet unanswered(String name, byte[] pixels, int width, int height) {
    return unanswered(name, ByteBuffer.wrap(pixels), width, height);
  }

  /// Images, which may be a part of an array, of which nothing is known.
  ///
  /// @param name in reports and messages
  /// @param pixels of an array: from its position to its limit `size x (width * height)`,
  ///     row-major; not copied
  /// @param width of an image in pixels
  /// @param height of an image in pixels
  /// @return the data set
  public static DataSet unanswered(String name, ByteBuffer pixels, int width, int height) {
    int features = Math.multiplyExact(width, height);
    checkWidth(name, features);
    int size = pixels.remaining() / features;
    checkLength(name, pixels.remaining(), size, features);
    return new DataSet(
        name, size, features, part(pixels), null, null, null, 0, List.of(), width, null);
  }

  private static void checkWidth(String name, int features) {
    if (features < 1) {
      throw new IllegalArgumentException("data set " + name + " has " + features + " features");
    }
  }

  private static void checkLength(String name, int length, int size, int features) {
    if (length != (long) size * features) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "data set %s has %d values for %d rows of %d features",
              name,
              length,
              size,
              features));
    }
  }

  /// The buffer from its position to its limit.
  private static ByteBuffer part(ByteBuffer values) {
    return values.hasArray()
        ? values.slice()
        : ByteBuffer.allocate(values.remaining()).put(values.duplicate()).flip();
  }

  private static FloatBuffer part(FloatBuffer values) {
    return values.hasArray()
        ? values.slice()
        : FloatBuffer.allocate(values.remaining()).put(values.duplicate()).flip();
  }

  private static void checkFinite(String name, String what, FloatBuffer part, int width) {
    FloatBuffer rows = part(part);
    float[] values = rows.array();
    int from = rows.arrayOffset();
    for (int i = from; i < from + rows.limit(); i++) {
      if (!Float.isFinite(values[i])) {
        throw new DataException(
            String.format(
                Locale.ROOT,
                "data set %s: row %d, %s %d is %s; a model can't learn from it, so replace it or"
                    + " leave the row out",
                name,
                (i - from) / width,
                what,
                (i - from) % width,
                values[i]));
      }
    }
  }

  private static void checkLabels(String name, int[] labels, int classes) {
    for (int row = 0; row < labels.length; row++) {
      if (labels[row] < 0 || labels[row] >= classes) {
        throw new DataException(
            String.format(
                Locale.ROOT,
                "data set %s: the label of row %d is %d; there are classes 0 to %d",
                name,
                row,
                labels[row],
                classes - 1));
      }
    }
  }

  /// {@return the rows `first` to `first + count - 1` as a data set of their own; the arrays are
  /// copied}
  ///
  /// @param first the first row, from 0
  /// @param count how many rows, at least 1
  public DataSet slice(int first, int count) {
    if (first < 0 || count < 1 || first > size - count) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "rows %d to %d of data set %s, which has %d",
              first,
              (long) first + count - 1,
              name,
              size));
    }
    int from = first * features;
    int to = (first + count) * features;
    return new DataSet(
        name,
        count,
        features,
        bytes == null ? null : copy(bytes.slice(from, to - from)),
        floats == null ? null : copy(floats.slice(from, to - from)),
        labels == null ? null : Arrays.copyOfRange(labels, first, first + count),
        targets == null
            ? null
            : Arrays.copyOfRange(targets, first * outputs, (first + count) * outputs),
        outputs,
        classNames,
        imageWidth,
        preparation,
        weights == null ? null : Arrays.copyOfRange(weights, first, first + count));
  }

  private static ByteBuffer copy(ByteBuffer part) {
    return ByteBuffer.allocate(part.limit()).put(part).flip();
  }

  private static FloatBuffer copy(FloatBuffer part) {
    return FloatBuffer.allocate(part.limit()).put(part).flip();
  }

  /// Cuts the rows, in random order, into two data sets; the arrays are copied.
  ///
  /// @param share the part of the rows that goes to the second, between 0 and 1; at least one row
  ///     goes to each
  /// @param seed decides which
  /// @return both parts
  /// @throws DataException if there is only one row
  public TrainTest split(double share, long seed) {
    return split(Splits.of(name, size, null, share, seed));
  }

  /// Cuts the rows as [#split] does, but so that each class has the same share of both data sets,
  /// as nearly as can be.
  ///
  /// @param share the part of the rows that goes to the second, between 0 and 1
  /// @param seed decides which rows
  /// @return both parts
  /// @throws IllegalStateException if the rows have no classes
  /// @throws DataException if there is only one row
  public TrainTest splitStratified(double share, long seed) {
    return split(Splits.of(name, size, labels(), share, seed));
  }

  /// Cuts the rows in this way; the arrays are copied.
  ///
  /// @param parts the rows of each part
  /// @return both parts
  public TrainTest split(Splits.Parts parts) {
    return new TrainTest(pick(name + " train", parts.train()), pick(name + " test", parts.test()));
  }

  /// Cuts the rows, in random order, into a data set for each share: two are called ` train` and `
  /// test`, three ` train`, ` validation` and ` test`. Where rows have classes, the parts have each
  /// class in the same share, as nearly as can be. The arrays are copied.
  ///
  /// @param shares of the rows, each between 0 and 1, together 1; at least one row goes to each
  /// @param seed decides which
  /// @return the parts, in the order of the shares
  /// @throws DataException if there are fewer rows than shares
  public List<DataSet> cut(List<Double> shares, long seed) {
    List<int[]> parts = Splits.cut(name, size, labels, shares, seed);
    return IntStream.range(0, parts.size())
        .mapToObj(i -> pick(Splits.partName(name, i, parts.size()), parts.get(i)))
        .toList();
  }

  /// {@return the data sets of a cross-validation: the rows are cut at random into parts of about
  /// the same size (and, where they have classes, of about the same share of each), and each part
  /// is the test of one} The arrays are copied when a pair is got from the list.
  ///
  /// @param parts how many, at least 2 and at most the number of rows
  /// @param seed decides which row goes where
  public List<TrainTest> folds(int parts, long seed) {
    List<Splits.Parts> all = Splits.folds(name, size, labels, parts, seed);
    return new AbstractList<>() {
      @Override
      public TrainTest get(int index) {
        return split(all.get(index));
      }

      @Override
      public int size() {
        return all.size();
      }
    };
  }

  private DataSet pick(String newName, int[] rows) {
    return new DataSet(
        newName,
        rows.length,
        features,
        bytes == null
            ? null
            : ByteBuffer.wrap(
                pickRows(
                    bytes.array(),
                    bytes.arrayOffset(),
                    new byte[rows.length * features],
                    rows,
                    features)),
        floats == null
            ? null
            : FloatBuffer.wrap(
                pickRows(
                    floats.array(),
                    floats.arrayOffset(),
                    new float[rows.length * features],
                    rows,
                    features)),
        labels == null ? null : pickRows(labels, 0, new int[rows.length], rows, 1),
        targets == null
            ? null
            : pickRows(targets, 0, new float[rows.length * outputs], rows, outputs),
        outputs,
        classNames,
        imageWidth,
        preparation,
        weights == null ? null : pickRows(weights, 0, new float[rows.length], rows, 1));
  }

  /// Copies whole rows from one array to another of its type.
  private static <A> A pickRows(A from, int first, A to, int[] rows, int width) {
    for (int i = 0; i < rows.length; i++) {
      System.arraycopy(from, first + rows[i] * width, to, i * width, width);
    }
    return to;
  }

  /// {@return the name, as it stands in reports}
  public String name() {
    return name;
  }

  /// {@return the number of rows}
  public int size() {
    return size;
  }

  /// {@return the number of values in a row}
  public int features() {
    return features;
  }

  /// {@return whether the features are bytes (pixels) rather than floats}
  public boolean isBytes() {
    return bytes != null;
  }

  /// {@return whether each row has a class rather than target values}
  public boolean isClassified() {
    return labels != null;
  }

  /// {@return whether there is a class or there are target values for each row}
  public boolean isAnswered() {
    return labels != null || targets != null;
  }

  /// {@return the number of classes, or of target values a row; 0 where nothing is known of the
  /// rows}
  public int outputs() {
    return outputs;
  }

  /// {@return the classes' names, in order; empty where there are target values}
  public List<String> classNames() {
    return classNames;
  }

  /// {@return how the rows were made, which a model that is trained on them keeps for what it meets
  /// later} Of images it is known without being set; else it is empty unless [#withPreparation] set
  /// it.
  public Optional<Preparation> preparation() {
    return preparation != null || imageWidth == 0 || labels == null
        ? Optional.ofNullable(preparation)
        : Optional.of(
            Preparation.pictures(Preparation.Picture.grey(imageWidth, imageHeight()), classNames));
  }

  /// {@return the same data, which were made by this preparation} The arrays are shared.
  ///
  /// @param made how the rows were made
  /// @throws IllegalArgumentException if it gives another number of features or outputs
  public DataSet withPreparation(Preparation made) {
    if (made.features() != features || (isAnswered() && made.answers().size() != outputs)) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "data set %s has %d features and %d outputs; its preparation gives %d and %d",
              name,
              features,
              outputs,
              made.features(),
              made.answers().size()));
    }
    return new DataSet(
        name,
        size,
        features,
        bytes,
        floats,
        labels,
        targets,
        outputs,
        classNames,
        imageWidth,
        made,
        weights);
  }

  /// {@return the same data, in which each row's loss is multiplied by a weight of its own}
  /// Accuracy counts all rows alike. The arrays are shared.
  ///
  /// @param rowWeights one for each row, none below 0, not all 0; not copied
  /// @throws IllegalArgumentException if there is not one for each row
  /// @throws DataException if one is negative, NaN or infinite, or all are 0
  public DataSet withWeights(float[] rowWeights) {
    checkLength(name + " weights", rowWeights.length, size, 1);
    boolean any = false;
    for (int row = 0; row < size; row++) {
      if (!(rowWeights[row] >= 0 && Float.isFinite(rowWeights[row]))) {
        throw new DataException(
            String.format(
                Locale.ROOT,
                "data set %s: the weight of row %d is %s; it must be a number >= 0",
                name,
                row,
                rowWeights[row]));
      }
      any |= rowWeights[row] > 0;
    }
    if (!any) {
      throw new DataException("data set " + name + ": all weights are 0; nothing can be learned");
    }
    return new DataSet(
        name,
        size,
        features,
        bytes,
        floats,
        labels,
        targets,
        outputs,
        classNames,
        imageWidth,
        preparation,
        rowWeights);
  }

  /// {@return the same data, in which each row's loss is multiplied by the weight of its class, and
  /// by the weight that the row has already} The arrays are shared.
  ///
  /// @param classWeights one for each class
  /// @throws IllegalArgumentException if there is not one for each class
  /// @throws IllegalStateException if the rows have no classes
  /// @throws DataException if one is negative, NaN or infinite, or all are 0
  public DataSet withClassWeights(float... classWeights) {
    int[] of = labels();
    if (classWeights.length != outputs) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "%d class weights for data set %s, which has %d classes",
              classWeights.length,
              name,
              outputs));
    }
    float[] rowWeights = new float[size];
    for (int row = 0; row < size; row++) {
      rowWeights[row] = classWeights[of[row]] * (weights == null ? 1 : weights[row]);
    }
    return withWeights(rowWeights);
  }

  /// {@return how many rows each class has} A new array.
  ///
  /// @throws IllegalStateException if the rows have no classes
  public int[] classCounts() {
    int[] counts = new int[outputs];
    for (int label : labels()) {
      counts[label]++;
    }
    return counts;
  }

  /// {@return a weight for each class with which all classes count alike: `rows / (classes * rows
  /// of the class)`, as scikit-learn's `balanced`} A class without rows has the weight 1, and is
  /// not counted. A new array, for [#withClassWeights].
  ///
  /// @throws IllegalStateException if the rows have no classes
  public float[] balancedClassWeights() {
    int[] counts = classCounts();
    long present = Arrays.stream(counts).filter(count -> count > 0).count();
    float[] balanced = new float[outputs];
    for (int i = 0; i < outputs; i++) {
      balanced[i] = counts[i] == 0 ? 1 : (float) (size / ((double) present * counts[i]));
    }
    return balanced;
  }

  /// {@return whether rows have weights}
  public boolean isWeighted() {
    return weights != null;
  }

  /// {@return what each row's loss is multiplied by} The data set's own array: don't modify it.
  ///
  /// @throws IllegalStateException if rows have no weights
  public float[] weights() {
    return present(weights, "weights");
  }

  /// {@return the same data, which are images of this kind} The arrays are shared.
  ///
  /// @param picture what each row is
  /// @throws IllegalArgumentException if they have no classes, or another size
  public DataSet withPicture(Preparation.Picture picture) {
    return withPreparation(Preparation.pictures(picture, classNames));
  }

  /// {@return the width of an image, or 0 if the rows are not images}
  public int imageWidth() {
    return imageWidth;
  }

  /// {@return the height of an image, or 0 if the rows are not images}
  public int imageHeight() {
    return imageWidth == 0 ? 0 : features / imageWidth;
  }

  /// {@return the features as bytes, `size x features`} The data set's own array: don't modify it.
  /// Where the rows are a part of a longer array, the first call copies them; [#memory] never does.
  ///
  /// @throws IllegalStateException if the features are floats
  public byte[] bytes() {
    present(bytes, "bytes");
    return (byte[]) array();
  }

  /// {@return the features as floats, `size x features`} The data set's own array: don't modify it.
  /// Where the rows are a part of a longer array, the first call copies them; [#memory] never does.
  ///
  /// @throws IllegalStateException if the features are bytes
  public float[] floats() {
    present(floats, "floats");
    return (float[]) array();
  }

  private Object array() {
    Object own = ownArray;
    if (own == null) {
      Buffer part = bytes != null ? bytes : present(floats, "floats");
      own =
          part.limit() == Array.getLength(part.array())
              ? part.array()
              : bytes != null
                  ? memory().toArray(ValueLayout.JAVA_BYTE)
                  : memory().toArray(ValueLayout.JAVA_FLOAT);
      ownArray = own;
    }
    return own;
  }

  /// {@return the features as memory that can't be written: `size x features` bytes, or floats in
  /// the machine's byte order}
  public MemorySegment memory() {
    return MemorySegment.ofBuffer(bytes != null ? bytes : present(floats, "floats")).asReadOnly();
  }

  /// {@return the class of each row} The data set's own array: don't modify it.
  ///
  /// @throws IllegalStateException if the rows have target values
  public int[] labels() {
    return present(labels, "labels");
  }

  /// {@return the target values, `size x outputs`} The data set's own array: don't modify it.
  ///
  /// @throws IllegalStateException if the rows have classes
  public float[] targets() {
    return present(targets, "targets");
  }

  /// {@return a row as the model sees it: bytes scaled to 0..1, floats as they are} A new array.
  ///
  /// @param index of the row, from 0
  public float[] row(int index) {
    Objects.checkIndex(index, size);
    float[] row = new float[features];
    if (bytes != null) {
      for (int j = 0; j < features; j++) {
        row[j] = (bytes.get(index * features + j) & 0xFF) * BYTE_SCALE;
      }
    } else {
      present(floats, "floats").get(index * features, row);
    }
    return row;
  }

  /// {@return the class of a row as a one-hot vector: 1 at the class, else 0} A new array.
  ///
  /// @param index of the row, from 0
  public float[] oneHot(int index) {
    float[] vector = new float[outputs];
    vector[labels()[Objects.checkIndex(index, size)]] = 1;
    return vector;
  }

  /// {@return the bytes that features, answers and weights take on a device}
  public long deviceBytes() {
    return (long) size * features * (bytes != null ? 1 : Float.BYTES)
        + (weights == null ? 0 : (long) size * Float.BYTES)
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
    return String.format(
        Locale.ROOT,
        "%s: %,d rows of %,d %s, %s",
        name,
        size,
        features,
        bytes != null ? "bytes" : "floats",
        labels != null
            ? outputs + " classes"
            : targets != null ? outputs + " targets" : "no answers");
  }
}
