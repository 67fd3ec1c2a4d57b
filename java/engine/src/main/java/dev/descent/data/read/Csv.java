package dev.descent.data.read;

import dev.descent.DataException;
import dev.descent.data.DataSet;
import java.nio.file.Path;

/// Reads tables of numbers from text: a row a sample, one column with its label, the others its
/// features. The file is UTF-8, plain or in gzip or zip; lines end with LF or CRLF; a byte order mark,
/// spaces around values and quotes around them are accepted; empty lines are at the end only.
///
/// Labels are whole numbers from 0. Where the labels that occur have gaps (as in American Sign
/// Language, where 9 is missing), the classes are those that occur, in order, named by their labels.
public final class Csv {
  private Csv() {}

  /// Reads a file as [CsvOptions#defaults] say.
  ///
  /// @throws DataException naming the file, the row (its line, from 1), the column and the value, if
  ///     the file is missing or malformed
  public static DataSet read(Path file) {
    return read(file, CsvOptions.defaults());
  }

  /// Reads a file.
  ///
  /// @throws DataException naming the file, the row (its line, from 1), the column and the value, if
  ///     the file is missing or malformed
  public static DataSet read(Path file, CsvOptions options) {
    return read(String.valueOf(file.getFileName()), file, options);
  }

  /// Reads a file.
  ///
  /// @param name the data set's name in reports
  /// @throws DataException naming the file, the row (its line, from 1), the column and the value, if
  ///     the file is missing or malformed
  public static DataSet read(String name, Path file, CsvOptions options) {
    try (DataFile data = DataFile.open(file, options.zipEntry())) {
      CsvLines lines = new CsvLines(data);
      if (!lines.next()) {
        throw new DataException(data.name() + ": is empty");
      }
      CsvColumns columns = CsvColumns.of(lines, options);
      CsvTable table = new CsvTable(data, columns, options);
      if (!columns.header()) {
        table.add(lines);
      }
      while (lines.next()) {
        table.add(lines);
      }
      return table.toDataSet(name);
    }
  }
}
