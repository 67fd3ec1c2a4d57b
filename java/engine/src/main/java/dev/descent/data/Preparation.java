package dev.descent.data;

import dev.descent.DataException;
import dev.descent.internal.format.Visible;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// What a model needs of its data: how a row of a table or a picture becomes the numbers that the
/// model takes, and what its outputs mean. It is fixed from the training data alone, belongs to the
/// model, is stored in its file, and is applied to everything that the model meets later.
///
/// Immutable.
///
/// @param inputs what a sample is
/// @param answers what the outputs are
public record Preparation(Inputs inputs, Answers answers) {
  /// Checks that nothing is missing.
  public Preparation {
    Objects.requireNonNull(inputs, "inputs");
    Objects.requireNonNull(answers, "answers");
  }

  /// What a sample is.
  public sealed interface Inputs permits Table, Picture {
    /// {@return the number of values that the model takes for a sample}
    int features();
  }

  /// What the outputs are.
  public sealed interface Answers permits Classes, Targets {
    /// {@return the number of classes or of target values}
    int size();
  }

  /// Pictures of one size.
  ///
  /// @param width in pixels
  /// @param height in pixels
  /// @param channels of a pixel
  /// @param ground how pictures are brought to the orientation of the training data
  /// @param centred whether the ink of the training data is in the middle, as MNIST's is
  /// @param transposed whether rows and columns of the images in `idx` files change places, as
  ///     those of EMNIST have to
  public record Picture(
      int width, int height, int channels, Ground ground, boolean centred, boolean transposed)
      implements Inputs {
    /// Checks the sizes.
    ///
    /// @throws IllegalArgumentException if a size is below 1
    public Picture {
      Objects.requireNonNull(ground, "ground");
      if (width < 1 || height < 1 || channels < 1) {
        throw new IllegalArgumentException(
            String.format(
                Locale.ROOT,
                "a picture of %d x %d x %d; each must be >= 1",
                width,
                height,
                channels));
      }
    }

    /// Of files in which rows and columns are in their places.
    ///
    /// @param width in pixels
    /// @param height in pixels
    /// @param channels of a pixel
    /// @param ground how pictures are brought to the orientation of the training data
    /// @param centred whether the ink of the training data is in the middle
    public Picture(int width, int height, int channels, Ground ground, boolean centred) {
      this(width, height, channels, ground, centred, false);
    }

    /// {@return grey pictures that are taken as they are}
    ///
    /// @param width in pixels
    /// @param height in pixels
    public static Picture grey(int width, int height) {
      return new Picture(width, height, 1, Ground.ANY, false);
    }

    /// {@return grey pictures of so many pixels: squares where that is a square, else rows}
    ///
    /// @param count of pixels
    public static Picture ofPixels(int count) {
      int side = (int) Math.round(Math.sqrt(count));
      return side * side == count ? grey(side, side) : grey(count, 1);
    }

    /// {@return grey pictures of bright ink on a dark ground, centred by mass, as MNIST has them}
    ///
    /// @param width in pixels
    /// @param height in pixels
    public static Picture digits(int width, int height) {
      return new Picture(width, height, 1, Ground.DARK, true);
    }

    @Override
    public int features() {
      return Math.multiplyExact(Math.multiplyExact(width, height), channels);
    }

    /// As in a summary: `pictures of 28 x 28, bright ink on a dark ground, centred`.
    @Override
    public String toString() {
      return String.format(
          Locale.ROOT,
          "pictures of %d x %d%s%s%s%s",
          width,
          height,
          channels == 1 ? "" : " x " + channels,
          ground == Ground.DARK ? ", bright ink on a dark ground" : "",
          centred ? ", centred" : "",
          transposed ? ", rows and columns of idx files exchanged" : "");
    }
  }

  /// The ground that pictures of the training data have.
  public enum Ground {
    /// Any: a picture is taken as it is.
    ANY,
    /// Dark: a picture with a bright border is inverted.
    DARK
  }

  /// Rows of a table, its columns known by their names.
  ///
  /// @param columns those that the model takes, in its order
  /// @param others the columns of the training file that it does not take
  /// @param order the names of all columns in the order of the training file, answers included
  /// @param named whether the file had names; else columns are known by their numbers, from 1
  /// @param missing what becomes of gaps; null where it is not known, as of models of earlier
  ///     versions, whose columns say it as far as they take gaps
  /// @param picture where all columns are the pixels of a picture, that picture; else null
  public record Table(
      List<Column> columns,
      List<String> others,
      List<String> order,
      boolean named,
      @Nullable Missing missing,
      @Nullable Picture picture)
      implements Inputs {
    /// Copies the lists.
    ///
    /// @throws IllegalArgumentException if there is no column, or not one for each pixel
    public Table {
      columns = List.copyOf(columns);
      others = List.copyOf(others);
      order = List.copyOf(order);
      if (columns.isEmpty()) {
        throw new IllegalArgumentException("a table without columns");
      }
      if (picture != null && picture.features() != columns.size()) {
        throw new IllegalArgumentException(
            String.format(
                Locale.ROOT,
                "%d columns for a picture of %d values",
                columns.size(),
                picture.features()));
      }
    }

    /// A table whose treatment of gaps its columns alone say.
    ///
    /// @param columns those that the model takes, in its order
    /// @param others the columns of the training file that it does not take
    /// @param order the names of all columns in the order of the training file
    /// @param named whether the file had names
    /// @param picture where all columns are the pixels of a picture, that picture; else null
    public Table(
        List<Column> columns,
        List<String> others,
        List<String> order,
        boolean named,
        @Nullable Picture picture) {
      this(columns, others, order, named, null, picture);
    }

    @Override
    public int features() {
      return columns.stream().mapToInt(Column::width).sum();
    }

    /// {@return whether a row with a gap is left out}
    public boolean dropsGaps() {
      return Missing.DROP.equals(missing);
    }

    /// The values that the model takes for a row.
    ///
    /// @param cells a number or a text for each of [#columns], in that order; null or an empty text
    ///     for a missing value
    /// @return a new array of [#features] values
    /// @throws DataException naming the column if a cell does not fit it
    public float[] row(List<? extends @Nullable Object> cells) {
      if (cells.size() != columns.size()) {
        throw new DataException(
            String.format(
                Locale.ROOT,
                "a row has %d values; the model takes %d: %s",
                cells.size(),
                columns.size(),
                Visible.list(names())));
      }
      float[] row = new float[features()];
      int at = 0;
      for (int i = 0; i < columns.size(); i++) {
        Column column = columns.get(i);
        Columns.prepare(column, cells.get(i), row, at);
        at += column.width();
      }
      return row;
    }

    /// {@return the names of [#columns]}
    public List<String> names() {
      return columns.stream().map(Column::name).toList();
    }

    /// As in a summary: the columns and what becomes of their values, a line for each.
    @Override
    public String toString() {
      return Columns.describe(this);
    }
  }

  /// A column of a table.
  public sealed interface Column permits NumberColumn, CategoryColumn {
    /// {@return the name in the training file's header, or the number from 1 where it has none}
    String name();

    /// {@return the number of values that the model takes for a cell}
    int width();
  }

  /// A column of numbers: the model takes `(value - shift) * scale`.
  ///
  /// @param name of the column: in the training file's header, or its number from 1 where it has
  ///     none
  /// @param shift the mean of the training data where columns are standardized, else 0
  /// @param scale one by their standard deviation where they are, 1/255 for pixels, else 1
  /// @param missing the value that a gap becomes before shift and scale; NaN where gaps are refused
  public record NumberColumn(String name, double shift, double scale, double missing)
      implements Column {
    /// Checks the numbers.
    ///
    /// @throws IllegalArgumentException if shift or scale is not finite
    public NumberColumn {
      Objects.requireNonNull(name, "name");
      if (!Double.isFinite(shift) || !Double.isFinite(scale) || Double.isInfinite(missing)) {
        throw new IllegalArgumentException(
            "column %s has shift %s, scale %s and %s for gaps"
                .formatted(name, shift, scale, missing));
      }
    }

    /// {@return a column that the model takes as it stands, without gaps}
    ///
    /// @param name of the column: in the training file's header, or its number from 1 where it has
    ///     none
    public static NumberColumn plain(String name) {
      return new NumberColumn(name, 0, 1, Double.NaN);
    }

    @Override
    public int width() {
      return 1;
    }

    /// {@return what the model takes for a value; for NaN, which is a gap, what gaps become}
    ///
    /// @param value as it stands in the table
    public float prepare(double value) {
      return (float) (((Double.isNaN(value) ? missing : value) - shift) * scale);
    }
  }

  /// A column of texts: the model takes a value for each known text, 1 for that of the row and 0
  /// for the others. For an unknown text all are 0.
  ///
  /// @param name of the column: in the training file's header, or its number from 1 where it has
  ///     none
  /// @param values the texts of the training data, in order
  /// @param gaps whether a missing value is accepted, as an unknown text; else it is refused
  public record CategoryColumn(String name, List<String> values, boolean gaps) implements Column {
    /// Copies the values.
    ///
    /// @throws IllegalArgumentException if there are no values, or two alike
    public CategoryColumn {
      Objects.requireNonNull(name, "name");
      values = List.copyOf(values);
      if (values.isEmpty() || values.stream().distinct().count() != values.size()) {
        throw new IllegalArgumentException("column " + name + " has the categories " + values);
      }
    }

    @Override
    public int width() {
      return values.size();
    }
  }

  /// The outputs tell classes apart.
  ///
  /// @param column the name of the column with the labels; empty where labels come from elsewhere
  /// @param names the classes' names, which are the labels of a table, in order
  public record Classes(String column, List<String> names) implements Answers {
    /// Copies the names.
    public Classes {
      Objects.requireNonNull(column, "column");
      names = List.copyOf(names);
    }

    @Override
    public int size() {
      return names.size();
    }

    @Override
    public String toString() {
      return String.format(
          Locale.ROOT,
          "%d classes%s: %s",
          names.size(),
          column.isEmpty() ? "" : " in " + Columns.shown(column),
          Visible.list(names));
    }
  }

  /// The outputs are target values.
  ///
  /// @param columns one for each output, in order
  public record Targets(List<Target> columns) implements Answers {
    /// Copies the list.
    public Targets {
      columns = List.copyOf(columns);
    }

    @Override
    public int size() {
      return columns.size();
    }

    @Override
    public String toString() {
      return "target " + String.join(", ", columns.stream().map(Target::toString).toList());
    }
  }

  /// A target value: the model learns `(value - mean) / deviation`.
  ///
  /// @param name of its column; its number from 1 where the file has no names
  /// @param mean of the training data where targets are standardized, else 0
  /// @param deviation the standard deviation of the training data where they are, else 1
  public record Target(String name, double mean, double deviation) {
    /// Checks the numbers.
    ///
    /// @throws IllegalArgumentException if the mean is not finite or the deviation not above 0
    public Target {
      Objects.requireNonNull(name, "name");
      if (!Double.isFinite(mean) || !(deviation > 0 && Double.isFinite(deviation))) {
        throw new IllegalArgumentException(
            "target %s has the mean %s and the deviation %s".formatted(name, mean, deviation));
      }
    }

    /// {@return what the model learns for a value}
    ///
    /// @param value as it stands in the table
    public float prepare(double value) {
      return (float) ((value - mean) / deviation);
    }

    /// {@return the value, in the target's own unit, that a model's output means}
    ///
    /// @param output of the model
    public double value(double output) {
      return output * deviation + mean;
    }

    @Override
    public String toString() {
      return mean == 0 && deviation == 1
          ? Columns.shown(name)
          : String.format(
              Locale.ROOT, "%s (mean %.4g, deviation %.4g)", Columns.shown(name), mean, deviation);
    }
  }

  /// Of pictures that the class of a sample is told for.
  ///
  /// @param picture what a sample is
  /// @param classNames in the order of the outputs
  /// @return a preparation of pictures with these classes
  public static Preparation pictures(Picture picture, List<String> classNames) {
    return new Preparation(picture, new Classes("", classNames));
  }

  /// {@return the number of values that the model takes for a sample}
  public int features() {
    return inputs.features();
  }

  /// {@return the classes' names, in order; empty where the outputs are target values}
  public List<String> classNames() {
    return answers instanceof Classes classes ? classes.names() : List.of();
  }

  /// {@return the picture that a sample is; null where it is none}
  public @Nullable Picture picture() {
    return switch (inputs) {
      case Picture picture -> picture;
      case Table table -> table.picture();
    };
  }

  /// {@return the text that is stored in files: JSON on one line, which [#parse] reads}
  public String text() {
    return PreparationText.write(this);
  }

  /// Reads what [#text] gave.
  ///
  /// @param text JSON on one line
  /// @param where it was found, for messages
  /// @return what was written
  /// @throws DataException if it is malformed
  public static Preparation parse(String text, String where) {
    return PreparationText.read(text, where);
  }

  /// As in a summary: what a sample is, and what the outputs are.
  @Override
  public String toString() {
    return inputs + System.lineSeparator() + answers;
  }
}
