package dev.descent.data.read;

import dev.descent.DataException;
import dev.descent.data.DataSet;
import dev.descent.data.Missing;
import dev.descent.data.Preparation;
import dev.descent.data.Preparation.CategoryColumn;
import dev.descent.data.Preparation.Column;
import dev.descent.data.Preparation.NumberColumn;
import dev.descent.data.Preparation.Picture;
import dev.descent.data.Preparation.Table;
import dev.descent.data.Preparation.Target;
import dev.descent.data.read.CsvOptions.Scaling;
import dev.descent.internal.format.Visible;
import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/// The rows of a table as they were read: numbers as they stand, NaN for gaps, categories as
/// numbers. They become a data set by a [Preparation], which is fitted to those that a model learns
/// from.
final class RawTable {
  /// A column whose texts nearly all differ is no category; few different ones always are.
  private static final int FEW_CATEGORIES = 20;

  private static final int MOST_CATEGORIES = 1000;
  private static final float LARGEST_BYTE = 255;

  private final String file;
  private final Layout layout;
  private final int rows;
  private final int width;
  private final FeatureStore features;
  private Labels.@Nullable Mapped labels;
  private final float @Nullable [] targets;
  private final @Nullable Categories[] categories;
  private final List<String> kept;
  private final int[] leftOut;

  /// Where the categories of a column, as they were read, are among those of the preparation.
  private final int[] @Nullable [] places;

  RawTable(
      String file,
      Layout layout,
      int rows,
      FeatureStore features,
      Labels.@Nullable Mapped labels,
      float @Nullable [] targets,
      @Nullable Categories[] categories,
      List<String> kept,
      int[] leftOut) {
    this.file = file;
    this.layout = layout;
    this.rows = rows;
    this.width = layout.width();
    this.features = features;
    this.labels = labels;
    this.targets = targets;
    this.categories = categories;
    this.kept = kept;
    this.leftOut = leftOut;
    this.places = new int[layout.width()][];
  }

  int rows() {
    return rows;
  }

  /// The classes of the rows; null where there are none.
  int @Nullable [] labels() {
    return labels == null ? null : labels.labels();
  }

  /// The texts of the column that was to be kept.
  List<String> kept() {
    return kept;
  }

  /// The numbers, from 0, of the file's rows that were left out.
  int[] leftOut() {
    return leftOut;
  }

  /// What was not known of the categories, a line for each column.
  List<String> unknownCategories() {
    List<String> lines = new ArrayList<>();
    for (int slot = 0; slot < width; slot++) {
      Categories column = categories[slot];
      String first = column == null ? null : column.firstUnknown();
      if (column != null && first != null) {
        lines.add(
            String.format(
                Locale.ROOT,
                "%s: column %s: %,d %s not in the training data, %s first; taken for none of its"
                    + " categories",
                file,
                Cells.shown(layout.featureName(slot)),
                column.unknown(),
                column.unknown() == 1 ? "value is" : "values are",
                Cells.shown(first)));
      }
    }
    return lines;
  }

  /// What may be wrong with the rows, as they stand in the file: a line each.
  ///
  /// @throws DataException if the last row is a total of the others
  List<String> doubts() {
    if (layout.known() == null) {
      requireNoTotal();
    }
    List<String> lines = new ArrayList<>();
    for (int slot = 0; slot < width; slot++) {
      Categories column = categories[slot];
      if (column != null && layout.known() == null) {
        lines.addAll(LookAlikes.of(file, layout.featureName(slot), column.texts()));
      }
    }
    if (labels != null && layout.known() == null) {
      lines.addAll(LookAlikes.of(file, layout.labelName(), labels.names()));
    }
    return lines;
  }

  /// Refuses a last row that adds up those above: it has a text that no other row has, and that says
  /// so, or beside which a number is their sum.
  private void requireNoTotal() {
    int last = rows - 1;
    for (int slot = 0; slot < width && last > 0; slot++) {
      int at = slot;
      Categories column = categories[slot];
      if (column == null || layout.isTold(slot)) {
        continue;
      }
      int code = (int) features.value(last, slot);
      boolean lone =
          code >= 0
              && code == column.texts().size() - 1
              && IntStream.range(0, last).noneMatch(row -> features.value(row, at) == code);
      if (lone && (LastRow.isTotal(column.texts().get(code)) || hasSum(last))) {
        String name = layout.featureName(slot);
        throw new DataException(
            ("%s: the last row, with %s in column %s, looks like a total of those above; take it out,"
                    + " or say --category %s if it is none")
                .formatted(
                    file,
                    Cells.shown(column.texts().get(code)),
                    Cells.shown(name),
                    layout.reference(slot)));
      }
    }
  }

  private boolean hasSum(int last) {
    int outputs = layout.targets();
    float[] values = targets;
    return IntStream.range(0, width)
            .filter(slot -> categories[slot] == null)
            .anyMatch(slot -> LastRow.isSum(row -> features.value(row, slot), last))
        || (values != null
            && IntStream.range(0, outputs)
                .anyMatch(i -> LastRow.isSum(row -> values[row * outputs + i], last)));
  }

  /// Numbers the classes as a model does that tells all of them apart.
  void useClasses(Preparation known) {
    if (labels != null
        && isKnown(known, new Preparation.Classes(layout.labelName(), labels.names()))) {
      labels = labels.in(known.classNames());
    }
  }

  /// The preparation for a model that is trained further: its inputs, and its answers too unless these
  /// rows have others.
  ///
  /// @param train how many rows it learns from
  Preparation answered(Preparation known, int train, CsvOptions options) {
    Preparation.Answers found = answers(train, options);
    return isKnown(known, found) ? known : new Preparation(known.inputs(), found);
  }

  private static boolean isKnown(Preparation known, Preparation.Answers found) {
    return switch (found) {
      case Preparation.Classes(String column, List<String> names) ->
          known.answers() instanceof Preparation.Classes old
              && (old.column().isEmpty() || old.column().equals(column))
              && old.names().containsAll(names);
      case Preparation.Targets targets ->
          known.answers() instanceof Preparation.Targets old && names(old).equals(names(targets));
    };
  }

  private static List<String> names(Preparation.Targets targets) {
    return targets.columns().stream().map(Target::name).toList();
  }

  /// Brings the rows of parts together.
  ///
  /// @param parts the numbers of their rows, each row once
  void reorder(List<int[]> parts) {
    int[] order = new int[rows];
    int filled = 0;
    for (int[] part : parts) {
      System.arraycopy(part, 0, order, filled, part.length);
      filled += part.length;
    }
    // Row i is swapped with a row that is not in its place yet. Cycles would need no more moves,
    // but wait for memory at each; the swaps are known before, so that their cache misses overlap.
    for (int i = 0; i < order.length; i++) {
      int from = order[i];
      while (from < i) {
        from = order[from];
      }
      order[i] = from;
    }
    features.swap(order);
    if (labels != null) {
      swap(labels.labels(), order);
    }
    if (targets != null) {
      FeatureStore.swap(targets, new float[layout.targets()], layout.targets(), order, 0, rows);
    }
  }

  private static void swap(int[] values, int[] others) {
    for (int i = 0; i < others.length; i++) {
      int value = values[i];
      values[i] = values[others[i]];
      values[others[i]] = value;
    }
  }

  /// The preparation that suits the first rows.
  ///
  /// @param train how many rows a model learns from
  /// @throws DataException if a column can't be learned from
  Preparation fit(int train, CsvOptions options) {
    requireCategories(train);
    boolean standard =
        options.scaling() == Scaling.STANDARD
            || (options.scaling() == Scaling.AUTO && !layout.pixels());
    List<Column> columns = new ArrayList<>();
    Picture picture = null;
    if (features.isBytes() && !standard) {
      for (int slot = 0; slot < width; slot++) {
        columns.add(new NumberColumn(layout.featureName(slot), 0, DataSet.BYTE_SCALE, Double.NaN));
      }
    } else {
      double scale = layout.pixels() && options.scaling() == Scaling.AUTO ? pixelScale() : 1;
      Moments moments = new Moments(train, options.missing(), standard);
      for (int slot = 0; slot < width; slot++) {
        Categories texts = categories[slot];
        String name = layout.featureName(slot);
        boolean gaps = !options.missing().equals(Missing.REFUSE);
        columns.add(
            texts != null
                ? new CategoryColumn(
                    name,
                    ordered(texts.texts()),
                    gaps && options.missing().kind() != Missing.Kind.DROP)
                : moments.column(name, slot, standard, scale));
      }
    }
    if (layout.pixels() || features.isBytes()) {
      picture = Picture.ofPixels(width);
    }
    return new Preparation(
        layout.table(columns, options.missing(), picture), answers(train, options));
  }

  private static List<String> ordered(List<String> texts) {
    return texts.stream().sorted().toList();
  }

  private void requireCategories(int train) {
    List<String> bad = new ArrayList<>();
    List<String> names = new ArrayList<>();
    for (int slot = 0; slot < width; slot++) {
      Categories column = categories[slot];
      int count = column == null ? 0 : column.texts().size();
      String name = layout.featureName(slot);
      if (column != null && count == 0) {
        bad.add("%s (empty)".formatted(Cells.shown(name)));
        names.add(name);
      } else if (count > MOST_CATEGORIES || (count > FEW_CATEGORIES && count > train / 2)) {
        bad.add(String.format(Locale.ROOT, "%s (%,d different texts)", Cells.shown(name), count));
        names.add(name);
      }
    }
    if (!bad.isEmpty()) {
      throw new DataException(
          String.format(
              Locale.ROOT,
              "%s: nothing can be learned from %s %s in %,d rows; --drop %s leaves %s out",
              file,
              bad.size() == 1 ? "column" : "columns",
              String.join(", ", bad),
              rows,
              Visible.argument(names),
              bad.size() == 1 ? "it" : "them"));
    }
  }

  /// What pixels that are no bytes are multiplied by: from 0 to 255 they are brought to 0..1.
  private double pixelScale() {
    float most = 0;
    float least = 0;
    float[] values = features.floats();
    for (int i = 0; i < rows * width; i++) {
      most = Math.max(most, values[i]);
      least = Math.min(least, values[i]);
    }
    return least >= 0 && most > 1 && most <= LARGEST_BYTE ? DataSet.BYTE_SCALE : 1;
  }

  private Preparation.Answers answers(int train, CsvOptions options) {
    if (labels != null) {
      return new Preparation.Classes(layout.labelName(), labels.names());
    }
    List<Target> columns = new ArrayList<>();
    List<String> names = layout.targetNames();
    float[] values = targets == null ? new float[0] : targets;
    for (int i = 0; i < names.size(); i++) {
      double mean = 0;
      double square = 0;
      for (int row = 0; row < train; row++) {
        mean += values[row * names.size() + i];
      }
      mean /= train;
      for (int row = 0; row < train; row++) {
        double distance = values[row * names.size() + i] - mean;
        square += distance * distance;
      }
      double deviation = Math.sqrt(square / train);
      boolean standard = options.scaling() != Scaling.NONE && deviation > 0;
      columns.add(
          standard ? new Target(names.get(i), mean, deviation) : new Target(names.get(i), 0, 1));
    }
    return new Preparation.Targets(columns);
  }

  /// Means and deviations of columns.
  private final class Moments {
    private final int train;
    private final float[] values;
    private final Missing missing;
    private final double[] gaps;
    private final double[] mean;
    private final double[] square;

    /// @param standard whether means and deviations are wanted, not only what gaps become
    Moments(int train, Missing missing, boolean standard) {
      this.train = train;
      this.values = asFloats();
      this.missing = missing;
      this.gaps = new double[width];
      this.mean = new double[width];
      this.square = new double[width];
      fillGaps();
      if (standard) {
        addUp();
      }
    }

    private void addUp() {
      for (int row = 0; row < train; row++) {
        for (int slot = 0; slot < width; slot++) {
          mean[slot] += value(row, slot);
        }
      }
      for (int slot = 0; slot < width; slot++) {
        mean[slot] /= train;
      }
      for (int row = 0; row < train; row++) {
        for (int slot = 0; slot < width; slot++) {
          double distance = value(row, slot) - mean[slot];
          square[slot] += distance * distance;
        }
      }
    }

    private double value(int row, int slot) {
      float value = values[row * width + slot];
      return Float.isNaN(value) ? gaps[slot] : value;
    }

    private void fillGaps() {
      switch (missing.kind()) {
        case REFUSE, DROP -> Arrays.fill(gaps, Double.NaN);
        case VALUE -> Arrays.fill(gaps, missing.value());
        case MEAN -> {
          int[] counts = new int[width];
          for (int row = 0; row < train; row++) {
            for (int slot = 0; slot < width; slot++) {
              float value = values[row * width + slot];
              if (!Float.isNaN(value)) {
                gaps[slot] += value;
                counts[slot]++;
              }
            }
          }
          for (int slot = 0; slot < width; slot++) {
            gaps[slot] = counts[slot] == 0 ? 0 : gaps[slot] / counts[slot];
          }
        }
        case MEDIAN -> {
          for (int slot = 0; slot < width; slot++) {
            gaps[slot] = median(slot);
          }
        }
      }
    }

    private double median(int slot) {
      float[] column = new float[train];
      int count = 0;
      for (int row = 0; row < train; row++) {
        float value = values[row * width + slot];
        if (!Float.isNaN(value)) {
          column[count++] = value;
        }
      }
      Arrays.sort(column, 0, count);
      return count == 0 ? 0 : (column[(count - 1) / 2] + (double) column[count / 2]) / 2;
    }

    NumberColumn column(String name, int slot, boolean standard, double scale) {
      if (!standard) {
        return new NumberColumn(name, 0, scale, gaps[slot]);
      }
      double deviation = Math.sqrt(square[slot] / train);
      // Rounding gives a constant column a deviation of about the last bit of its mean.
      boolean constant = !(deviation > 1e-7 * Math.abs(mean[slot]));
      return new NumberColumn(name, mean[slot], constant ? 1 : 1 / deviation, gaps[slot]);
    }
  }

  private float[] asFloats() {
    if (!features.isBytes()) {
      return features.floats();
    }
    byte[] bytes = features.bytes();
    float[] values = new float[rows * width];
    for (int i = 0; i < values.length; i++) {
      values[i] = bytes[i] & 0xFF;
    }
    return values;
  }

  /// The rows as a model takes them that has this preparation, in parts. May modify the raw values:
  /// the last thing that is done with them.
  ///
  /// @param names of the parts
  /// @param sizes how many rows each has, in their order; all together
  List<DataSet> prepared(List<String> names, int[] sizes, Preparation preparation) {
    Table table = (Table) preparation.inputs();
    Picture picture =
        features.isBytes() && targets == null && isPixelScale(table) ? table.picture() : null;
    int prepared = table.features();
    float[] values = picture != null ? new float[0] : prepare(table, preparation);
    List<DataSet> parts = new ArrayList<>();
    int first = 0;
    for (int i = 0; i < sizes.length; i++) {
      parts.add(
          (picture != null
                  ? answered(names.get(i), first, sizes[i], picture)
                  : answered(names.get(i), first, sizes[i], values, prepared))
              .withPreparation(preparation));
      first += sizes[i];
    }
    return parts;
  }

  DataSet prepared(String name, Preparation preparation) {
    return prepared(List.of(name), new int[] {rows}, preparation).getFirst();
  }

  private float[] prepare(Table table, Preparation preparation) {
    float[] raw = asFloats();
    int prepared = table.features();
    float[] values = raw.length >= (long) rows * prepared ? raw : room(prepared);
    prepareTargets(preparation);
    if (!table.columns().stream().allMatch(RawTable::isPlain)) {
      @Nullable NumberColumn[] numbers = new NumberColumn[width];
      for (int slot = 0; slot < width; slot++) {
        numbers[slot] = table.columns().get(slot) instanceof NumberColumn number ? number : null;
      }
      // From the last row, so that in one array no row is written over before it is read.
      float[] row = new float[width];
      for (int i = rows - 1; i >= 0; i--) {
        System.arraycopy(raw, i * width, row, 0, width);
        prepare(table, numbers, row, values, i * prepared);
      }
    }
    return values;
  }

  private float[] room(int prepared) {
    try {
      return new float[Math.multiplyExact(rows, prepared)];
    } catch (OutOfMemoryError | ArithmeticException e) {
      throw new DataException(
          String.format(
              Locale.ROOT,
              "%s: no memory for %,d rows of %,d values, as its categories make; --drop leaves"
                  + " columns out",
              file,
              rows,
              prepared),
          e);
    }
  }

  private static boolean isPlain(Column column) {
    return column instanceof NumberColumn number
        && number.shift() == 0
        && number.scale() == 1
        && Double.isNaN(number.missing());
  }

  private static boolean isPixelScale(Table table) {
    return table.columns().stream()
        .allMatch(column ->
            column instanceof NumberColumn number
                && number.shift() == 0
                && number.scale() == DataSet.BYTE_SCALE);
  }

  /// Prepares a row. The column's own order of categories and that of the preparation may differ.
  ///
  /// @param numbers the columns of numbers; null for those of categories
  private void prepare(
      Table table, @Nullable NumberColumn[] numbers, float[] row, float[] values, int to) {
    int at = to;
    for (int slot = 0; slot < width; slot++) {
      float value = row[slot];
      NumberColumn number = numbers[slot];
      if (number != null) {
        values[at++] = number.prepare(value);
      } else {
        CategoryColumn category = (CategoryColumn) table.columns().get(slot);
        Arrays.fill(values, at, at + category.width(), 0);
        if (value >= 0) {
          values[at + places(slot, category)[(int) value]] = 1;
        }
        at += category.width();
      }
    }
  }

  private int[] places(int slot, CategoryColumn column) {
    int[] found = places[slot];
    if (found == null) {
      Categories texts = categories[slot];
      found =
          texts == null
              ? new int[0]
              : texts.texts().stream().mapToInt(column.values()::indexOf).toArray();
      places[slot] = found;
    }
    return found;
  }

  /// The rows, which are pixels, as a model of pictures takes them.
  ///
  /// @param answers whether the classes are wanted
  DataSet pixels(
      String name,
      Preparation preparation,
      Picture picture,
      boolean answers,
      Consumer<String> notes) {
    int[] classes = answers && labels != null ? classes(labels, preparation, notes) : null;
    List<String> names = preparation.classNames();
    if (features.isBytes()) {
      ByteBuffer bytes = ByteBuffer.wrap(features.bytes(), 0, rows * width);
      return classes == null
          ? DataSet.unanswered(name, bytes, picture.width(), picture.height())
          : DataSet.images(name, bytes, picture.width(), picture.height(), classes, names);
    }
    if (pixelScale() == 1) {
      throw new DataException(
          file + ": the model takes pixels from 0 to 255, and these are from another range");
    }
    float[] raw = features.floats();
    for (int i = 0; i < rows * width; i++) {
      raw[i] *= DataSet.BYTE_SCALE;
    }
    FloatBuffer values = FloatBuffer.wrap(raw, 0, rows * width);
    return classes == null
        ? DataSet.unanswered(name, values, width)
        : DataSet.classes(name, values, width, classes, names);
  }

  /// The labels as classes of a model: by their names, else in their order where there are as many.
  private int[] classes(Labels.Mapped found, Preparation preparation, Consumer<String> notes) {
    List<String> names = preparation.classNames();
    if (names.containsAll(found.names())) {
      return Arrays.stream(found.labels()).map(i -> names.indexOf(found.names().get(i))).toArray();
    }
    if (names.size() != found.names().size()) {
      throw new DataException(
          "%s: the labels are %s; the model tells %s apart"
              .formatted(file, Visible.list(found.names()), Visible.list(names)));
    }
    notes.accept(
        "warning: %s: the labels %s are taken for the classes %s, in this order"
            .formatted(file, Visible.list(found.names()), Visible.list(names)));
    return found.labels();
  }

  private DataSet answered(String name, int first, int count, Picture picture) {
    ByteBuffer pixels = ByteBuffer.wrap(features.bytes(), first * width, count * width);
    return labels == null
        ? DataSet.unanswered(name, pixels, picture.width(), picture.height())
        : DataSet.images(
            name,
            pixels,
            picture.width(),
            picture.height(),
            part(labels.labels(), first, count),
            labels.names());
  }

  private DataSet answered(String name, int first, int count, float[] all, int prepared) {
    FloatBuffer values = FloatBuffer.wrap(all, first * prepared, count * prepared);
    if (labels != null) {
      return DataSet.classes(
          name, values, prepared, part(labels.labels(), first, count), labels.names());
    }
    int outputs = layout.targets();
    return targets == null
        ? DataSet.unanswered(name, values, prepared)
        : DataSet.targets(
            name,
            values,
            prepared,
            Arrays.copyOfRange(targets, first * outputs, (first + count) * outputs),
            outputs);
  }

  private static int[] part(int[] all, int first, int count) {
    return count == all.length ? all : Arrays.copyOfRange(all, first, first + count);
  }

  /// Brings the target values into the form that a model learns.
  private void prepareTargets(Preparation preparation) {
    if (targets == null || !(preparation.answers() instanceof Preparation.Targets wanted)) {
      return;
    }
    List<Target> columns = wanted.columns();
    for (int i = 0; i < rows * columns.size(); i++) {
      targets[i] = columns.get(i % columns.size()).prepare(targets[i]);
    }
  }
}
