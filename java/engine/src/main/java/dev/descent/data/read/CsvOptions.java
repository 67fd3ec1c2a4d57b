package dev.descent.data.read;

import dev.descent.data.Missing;
import dev.descent.data.Preparation;
import java.util.List;
import java.util.Objects;
import java.util.function.Function;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// How a table is to be read and prepared. [#defaults] finds out what it can and leaves numbers as
/// they stand; each `with` method returns a copy with one thing changed.
///
/// Columns are given by name or by number: a whole number counts from 0, and a negative one from
/// the end, so -1 is the last. Where there is no such number, it is taken for a name.
///
/// @param format how the text is laid out
/// @param roles what the columns are for
/// @param values whether the features are pixels
/// @param scaling what becomes of numbers
/// @param missing what becomes of missing values
/// @param classes the classes that may occur; empty for those that do
public record CsvOptions(
    Format format,
    Roles roles,
    Values values,
    Scaling scaling,
    Missing missing,
    List<NamedClass> classes) {

  /// How the text of a table is laid out.
  ///
  /// @param header whether the first row holds the columns' names
  /// @param delimiter what stands between two values; 0 to find out
  /// @param decimal what stands before the decimals of a number, a point or a comma; 0 to find out
  /// @param zipEntry which file of a zip archive is meant; null for its only one
  public record Format(Header header, char delimiter, char decimal, @Nullable String zipEntry) {
    /// Checks the characters.
    ///
    /// @throws IllegalArgumentException if the delimiter could be part of a number or a name in
    ///     quotes
    public Format {
      Objects.requireNonNull(header, "header");
      if (delimiter > 126
          || Character.isLetterOrDigit(delimiter)
          || "+-.\"\r\n".indexOf(delimiter) >= 0) {
        throw new IllegalArgumentException("'" + delimiter + "' can't be a delimiter");
      }
      if (decimal != 0 && ((decimal != '.' && decimal != ',') || decimal == delimiter)) {
        throw new IllegalArgumentException("'" + decimal + "' can't stand before decimals");
      }
    }
  }

  /// What columns are for. All that have no part here are features.
  ///
  /// @param label the column with the labels; null for the one called `label`, else the only column
  ///     of texts, else the first
  /// @param targets the columns with target values, instead of labels
  /// @param drop columns that are passed over
  /// @param categories columns whose values are categories, even where they are numbers
  public record Roles(
      @Nullable String label, List<String> targets, List<String> drop, List<String> categories) {
    /// Copies the lists.
    ///
    /// @throws IllegalArgumentException if there are both labels and targets
    public Roles {
      targets = List.copyOf(targets);
      drop = List.copyOf(drop);
      categories = List.copyOf(categories);
      if (label != null && !targets.isEmpty()) {
        throw new IllegalArgumentException("both a label and target values");
      }
    }

    /// Those of a model's answers alone.
    Roles of(Preparation.Answers answers) {
      return answers instanceof Preparation.Classes
          ? new Roles(label, List.of(), List.of(), List.of())
          : new Roles(null, targets, List.of(), List.of());
    }

    /// All that are named, each perhaps by its number.
    List<String> names() {
      Stream<String> label = Stream.ofNullable(this.label);
      return Stream.of(label, targets.stream(), drop.stream(), categories.stream())
          .flatMap(Function.identity())
          .toList();
    }
  }

  /// Whether the first row holds the columns' names.
  public enum Header {
    /// It does if its cells differ in kind from those below, or the label's name is among them.
    AUTO,
    /// It does.
    PRESENT,
    /// It holds values.
    ABSENT
  }

  /// What the features are.
  public enum Values {
    /// Bytes if the columns look like pixels and every value is a whole number from 0 to 255, else
    /// floats. Columns look like pixels if all are called `pixel...` or `ROWxCOLUMN`, or if there
    /// is no header and their number is a square of 256 or more.
    /// [dev.descent.data.DataSet#isBytes] says what was decided.
    AUTO,
    /// Whole numbers from 0 to 255, kept as bytes and scaled to 0..1 for the model; anything else
    /// is an error.
    BYTES,
    /// Numbers, kept as floats.
    FLOATS
  }

  /// What becomes of numbers that are no bytes.
  public enum Scaling {
    /// Nothing.
    NONE,
    /// Columns and targets get the mean 0 and the deviation 1 over the training data; but pixels
    /// from 0 to 255 are scaled to 0..1, and other pixels stay as they stand.
    AUTO,
    /// Columns and targets get the mean 0 and the deviation 1, those of pixels too.
    STANDARD
  }

  /// A class and its label in the file.
  ///
  /// @param label as it stands in the file
  /// @param name in answers and reports
  public record NamedClass(String label, String name) {
    /// Checks that nothing is missing.
    public NamedClass {
      Objects.requireNonNull(label, "label");
      Objects.requireNonNull(name, "name");
    }
  }

  private static final CsvOptions DEFAULTS =
      new CsvOptions(
          new Format(Header.AUTO, (char) 0, (char) 0, null),
          new Roles(null, List.of(), List.of(), List.of()),
          Values.AUTO,
          Scaling.NONE,
          Missing.REFUSE,
          List.of());

  /// Copies the list of classes.
  ///
  /// @throws IllegalArgumentException if two classes have one label
  public CsvOptions {
    Objects.requireNonNull(format, "format");
    Objects.requireNonNull(roles, "roles");
    Objects.requireNonNull(values, "values");
    Objects.requireNonNull(scaling, "scaling");
    Objects.requireNonNull(missing, "missing");
    classes = List.copyOf(classes);
    if (classes.stream().map(NamedClass::label).distinct().count() != classes.size()) {
      throw new IllegalArgumentException("two classes have one label: " + classes);
    }
  }

  /// Finds out everything by itself.
  ///
  /// @return options that leave everything to be found out
  public static CsvOptions defaults() {
    return DEFAULTS;
  }

  private CsvOptions with(Format newFormat) {
    return new CsvOptions(newFormat, roles, values, scaling, missing, classes);
  }

  private CsvOptions with(Roles newRoles) {
    return new CsvOptions(format, newRoles, values, scaling, missing, classes);
  }

  /// {@return these options with a header or without}
  ///
  /// @param header whether the first row holds names
  public CsvOptions withHeader(Header header) {
    return with(new Format(header, format.delimiter(), format.decimal(), format.zipEntry()));
  }

  /// {@return these options with another character between values}
  ///
  /// @param delimiter between values
  public CsvOptions withDelimiter(char delimiter) {
    return with(new Format(format.header(), delimiter, format.decimal(), format.zipEntry()));
  }

  /// {@return these options with another character before the decimals of numbers: a point or a
  /// comma}
  ///
  /// @param decimal before the decimals
  public CsvOptions withDecimal(char decimal) {
    return with(new Format(format.header(), format.delimiter(), decimal, format.zipEntry()));
  }

  /// {@return these options with this file of a zip archive, by its full name or its name without
  /// folders}
  ///
  /// @param entry a file in the archive
  public CsvOptions withZipEntry(String entry) {
    Objects.requireNonNull(entry, "entry");
    return with(new Format(format.header(), format.delimiter(), format.decimal(), entry));
  }

  /// {@return these options with the labels in this column}
  ///
  /// @param column its name, or its number from 0; negative from the end
  public CsvOptions withLabelColumn(String column) {
    Objects.requireNonNull(column, "column");
    return with(new Roles(column, List.of(), roles.drop(), roles.categories()));
  }

  /// {@return these options with the labels in the column of this index, from 0; negative from the
  /// end}
  ///
  /// @param index from 0; negative from the end
  public CsvOptions withLabelColumn(int index) {
    return withLabelColumn(Integer.toString(index));
  }

  /// {@return these options with target values in these columns, instead of labels}
  ///
  /// @param columns names, or numbers from 0; negative from the end
  public CsvOptions withTargets(List<String> columns) {
    return with(new Roles(null, columns, roles.drop(), roles.categories()));
  }

  /// {@return these options without these columns}
  ///
  /// @param columns names, or numbers from 0; negative from the end
  public CsvOptions withDrop(List<String> columns) {
    return with(new Roles(roles.label(), roles.targets(), columns, roles.categories()));
  }

  /// {@return these options with the values of these columns taken for categories}
  ///
  /// @param columns names, or numbers from 0; negative from the end
  public CsvOptions withCategories(List<String> columns) {
    return with(new Roles(roles.label(), roles.targets(), roles.drop(), columns));
  }

  /// {@return these options with the features taken for pixels or for numbers}
  ///
  /// @param newValues what the features are taken for
  public CsvOptions withValues(Values newValues) {
    return new CsvOptions(format, roles, newValues, scaling, missing, classes);
  }

  /// {@return these options with numbers scaled in this way}
  ///
  /// @param newScaling how numbers are scaled
  public CsvOptions withScaling(Scaling newScaling) {
    return new CsvOptions(format, roles, values, newScaling, missing, classes);
  }

  /// {@return these options with this done about missing values}
  ///
  /// @param newMissing what becomes of gaps
  public CsvOptions withMissing(Missing newMissing) {
    return new CsvOptions(format, roles, values, scaling, newMissing, classes);
  }

  /// {@return these options with these labels and no others, in the order of the classes, and a
  /// name for each}
  ///
  /// @param labels as they stand in the file
  /// @param names of the classes, in order
  /// @throws IllegalArgumentException if labels repeat, or there is not one name for each
  public CsvOptions withClasses(List<Integer> labels, List<String> names) {
    if (!names.isEmpty() && labels.size() != names.size()) {
      throw new IllegalArgumentException(
          labels.size() + " labels, but " + names.size() + " class names");
    }
    if (labels.stream().anyMatch(label -> label < 0)) {
      throw new IllegalArgumentException("labels must be 0 or more: " + labels);
    }
    List<NamedClass> named =
        IntStream.range(0, labels.size())
            .mapToObj(i -> {
              String label = labels.get(i).toString();
              return new NamedClass(label, names.isEmpty() ? label : names.get(i));
            })
            .toList();
    return new CsvOptions(format, roles, values, scaling, missing, named);
  }

  /// {@return these options with labels 0 to names - 1, and these names}
  ///
  /// @param names of the classes, in order
  public CsvOptions withClasses(List<String> names) {
    return withClasses(IntStream.range(0, names.size()).boxed().toList(), names);
  }
}
