package dev.descent.data.read;

import dev.descent.DataException;
import dev.descent.data.DataSet;
import java.util.Arrays;

/// Gathers the rows of a CSV file.
final class CsvTable {
  /// Above, a whole number is read the slow way.
  private static final int SHORT_DIGITS = 7;

  private final DataFile data;
  private final String file;
  private final CsvColumns columns;
  private final char delimiter;
  private final FeatureStore features;
  private final CsvClasses classes;
  private int[] labels = new int[256];
  private int rows;

  CsvTable(DataFile data, CsvColumns columns, CsvOptions options) {
    this.data = data;
    this.file = data.name();
    this.columns = columns;
    this.delimiter = options.delimiter();
    this.features = FeatureStore.of(data, options.values(), columns.pixels());
    this.classes = new CsvClasses(file, options);
  }

  /// Adds a row.
  void add(CsvLines line) {
    byte[] bytes = line.buffer();
    int to = line.to();
    int at = line.from();
    int count = columns.count();
    features.reserve(count - 1);
    int column = 0;
    while (true) {
      int end = column < count ? cell(line, column, at, to) : endOfCell(bytes, at, to);
      column++;
      if (end == to) {
        break;
      }
      at = end + 1;
    }
    if (column != count) {
      throw new DataException(
          "%s: row %d: expected %d columns, found %d"
              .formatted(file, line.number(), count, column));
    }
    rows++;
  }

  /// Reads the cell at `at`.
  ///
  /// @return where it ends
  private int cell(CsvLines line, int column, int at, int to) {
    byte[] bytes = line.buffer();
    int value = 0;
    int end = at;
    int digit = 0;
    while (end < to && (digit = bytes[end] - '0') >= 0 && digit <= 9 && end - at < SHORT_DIGITS) {
      value = value * 10 + digit;
      end++;
    }
    if (end > at && (end == to || bytes[end] == delimiter)) {
      if (column == columns.label()) {
        addLabel(line, value);
      } else if (!features.addWhole(value)) {
        throw notByte(line, column, at, end);
      }
      return end;
    }
    return oddCell(line, column, at, to);
  }

  /// A cell that is not a short whole number.
  private int oddCell(CsvLines line, int column, int at, int to) {
    byte[] bytes = line.buffer();
    int end = endOfCell(bytes, at, to);
    int first = at;
    int last = end;
    while (first < last && (bytes[first] == ' ' || bytes[first] == '\t')) {
      first++;
    }
    while (first < last && (bytes[last - 1] == ' ' || bytes[last - 1] == '\t')) {
      last--;
    }
    if (last - first >= 2 && bytes[first] == '"' && bytes[last - 1] == '"') {
      first++;
      last--;
    }
    if (column == columns.label()) {
      addLabel(line, wholeNumber(line, column, first, last));
      return end;
    }
    float value = Numbers.parse(bytes, first, last);
    if (!Float.isFinite(value)) {
      throw problem(line, column, "expected a finite number, found", at, end);
    }
    if (!features.add(value)) {
      throw notByte(line, column, at, end);
    }
    return end;
  }

  private int wholeNumber(CsvLines line, int column, int from, int to) {
    long value = 0;
    for (int i = from; i < to && value <= Integer.MAX_VALUE; i++) {
      int digit = line.buffer()[i] - '0';
      value = digit < 0 || digit > 9 ? Long.MAX_VALUE : value * 10 + digit;
    }
    if (from == to || value > Integer.MAX_VALUE) {
      throw problem(line, column, "expected a label, a whole number from 0, found", from, to);
    }
    return (int) value;
  }

  private void addLabel(CsvLines line, int label) {
    if (rows == labels.length) {
      data.claim(2L * rows * Integer.BYTES);
      labels = Arrays.copyOf(labels, 2 * rows);
    }
    labels[rows] = classes.check(label, line.number());
  }

  private int endOfCell(byte[] bytes, int from, int to) {
    return CsvCells.endOfCell(bytes, from, to, delimiter);
  }

  private DataException notByte(CsvLines line, int column, int from, int to) {
    return problem(line, column, "expected a whole number from 0 to 255, found", from, to);
  }

  private DataException problem(CsvLines line, int column, String what, int from, int to) {
    return new DataException(
        "%s: row %d, %s: %s %s"
            .formatted(
                file,
                line.number(),
                columns.describe(column),
                what,
                CsvCells.shown(CsvCells.text(line.buffer(), from, to))));
  }

  /// The rows as a data set.
  DataSet toDataSet(String name) {
    if (rows == 0) {
      throw new DataException(file + ": has a header, but no rows");
    }
    // The labels, a sorted copy, and their classes.
    data.claim(3L * rows * Integer.BYTES);
    CsvClasses.Mapped mapped = classes.map(Arrays.copyOf(labels, rows));
    int width = columns.count() - 1;
    if (features.isBytes()) {
      int side = CsvColumns.side(width);
      return DataSet.images(
          name,
          features.bytes(),
          side > 0 ? side : width,
          side > 0 ? side : 1,
          mapped.labels(),
          mapped.names());
    }
    return DataSet.classes(name, features.floats(), width, mapped.labels(), mapped.names());
  }
}
