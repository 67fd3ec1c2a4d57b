package dev.descent.data.read;

import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// How a CSV file is to be understood. [#defaults] fits most; each `with` method returns a copy with
/// one thing changed.
///
/// @param header whether the first row holds the columns' names
/// @param delimiter what stands between two values: a comma, a semicolon, a tab
/// @param labelColumn the name of the column with the labels; null to go by `labelIndex`
/// @param labelIndex the index, from 0, of the column with the labels; -1 for the column called
///     `label` where there is one, else the first
/// @param values whether the features are pixels
/// @param labels the labels that may occur, in the order of the classes; empty for those that occur
/// @param classNames a name for each class, in order; empty for the labels themselves
/// @param zipEntry which file of a zip archive is meant; null for its only one
public record CsvOptions(
    Header header,
    char delimiter,
    @Nullable String labelColumn,
    int labelIndex,
    Values values,
    List<Integer> labels,
    List<String> classNames,
    @Nullable String zipEntry) {

  /// Whether the first row holds the columns' names.
  public enum Header {
    /// It does if its cells are not numbers. Where some are and some are not, it does if the label
    /// column's name is among them or most are not; otherwise the file is refused.
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
    /// is no header and their number is a square of 256 or more. [DataSet#isBytes] says what was
    /// decided.
    AUTO,
    /// Whole numbers from 0 to 255, kept as bytes and scaled to 0..1 for the model; anything else
    /// is an error.
    BYTES,
    /// Numbers, given to the model as they stand.
    FLOATS
  }

  private static final CsvOptions DEFAULTS =
      new CsvOptions(Header.AUTO, ',', null, -1, Values.AUTO, List.of(), List.of(), null);

  /// @throws IllegalArgumentException if the delimiter could be part of a number or a name in
  ///     quotes, labels repeat or are negative, or there is not one name for each
  public CsvOptions {
    Objects.requireNonNull(header, "header");
    Objects.requireNonNull(values, "values");
    labels = List.copyOf(labels);
    classNames = List.copyOf(classNames);
    if (delimiter > 126
        || Character.isLetterOrDigit(delimiter)
        || "+-.\"\r\n".indexOf(delimiter) >= 0) {
      throw new IllegalArgumentException("'" + delimiter + "' can't be a delimiter");
    }
    if (labelIndex < -1) {
      throw new IllegalArgumentException("the label column's index is " + labelIndex);
    }
    if (labels.stream().anyMatch(label -> label < 0)
        || labels.stream().distinct().count() != labels.size()) {
      throw new IllegalArgumentException("labels must be 0 or more and differ: " + labels);
    }
    if (!labels.isEmpty() && !classNames.isEmpty() && labels.size() != classNames.size()) {
      throw new IllegalArgumentException(
          labels.size() + " labels, but " + classNames.size() + " class names");
    }
  }

  /// Finds out everything by itself.
  public static CsvOptions defaults() {
    return DEFAULTS;
  }

  /// With a header or without.
  public CsvOptions withHeader(Header newHeader) {
    return new CsvOptions(
        newHeader, delimiter, labelColumn, labelIndex, values, labels, classNames, zipEntry);
  }

  /// With another character between values.
  public CsvOptions withDelimiter(char newDelimiter) {
    return new CsvOptions(
        header, newDelimiter, labelColumn, labelIndex, values, labels, classNames, zipEntry);
  }

  /// With the labels in the column of this name.
  public CsvOptions withLabelColumn(String name) {
    Objects.requireNonNull(name, "name");
    return new CsvOptions(header, delimiter, name, -1, values, labels, classNames, zipEntry);
  }

  /// With the labels in the column of this index, from 0.
  public CsvOptions withLabelColumn(int index) {
    return new CsvOptions(header, delimiter, null, index, values, labels, classNames, zipEntry);
  }

  /// With the features taken for pixels or for numbers.
  public CsvOptions withValues(Values newValues) {
    return new CsvOptions(
        header, delimiter, labelColumn, labelIndex, newValues, labels, classNames, zipEntry);
  }

  /// With these labels and no others, in the order of the classes, and a name for each.
  public CsvOptions withClasses(List<Integer> newLabels, List<String> names) {
    return new CsvOptions(
        header, delimiter, labelColumn, labelIndex, values, newLabels, names, zipEntry);
  }

  /// With labels 0 to names - 1, and these names.
  public CsvOptions withClasses(List<String> names) {
    return new CsvOptions(
        header, delimiter, labelColumn, labelIndex, values, List.of(), names, zipEntry);
  }

  /// With this file of a zip archive, by its full name or its name without folders.
  public CsvOptions withZipEntry(String entry) {
    Objects.requireNonNull(entry, "entry");
    return new CsvOptions(
        header, delimiter, labelColumn, labelIndex, values, labels, classNames, entry);
  }
}
