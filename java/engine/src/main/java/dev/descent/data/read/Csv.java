package dev.descent.data.read;

import dev.descent.DataException;
import dev.descent.data.DataSet;
import java.nio.file.Path;

/// Reads tables from text to train on, in one call; [TableReader] can do more.
///
/// Labels are texts or numbers. Where numbers that occur have gaps (as in American Sign Language,
/// where 9 is missing), the classes are those that occur, in order, named by their labels.
public final class Csv {
  private Csv() {}

  /// Reads a file as [CsvOptions#defaults] say.
  ///
  /// @param file CSV, plain, in gzip or in zip
  /// @return the rows as a data set
  /// @throws DataException naming the file, the row (its line, from 1), the column and the value,
  ///     if the file is missing or malformed
  public static DataSet read(Path file) {
    return read(file, CsvOptions.defaults());
  }

  /// Reads a file.
  ///
  /// @param file CSV, plain, in gzip or in zip
  /// @param options how the file is read
  /// @return the rows as a data set
  /// @throws DataException naming the file, the row (its line, from 1), the column and the value,
  ///     if the file is missing or malformed
  public static DataSet read(Path file, CsvOptions options) {
    return read(String.valueOf(file.getFileName()), file, options);
  }

  /// Reads a file.
  ///
  /// @param name the data set's name in reports
  /// @param file CSV, plain, in gzip or in zip
  /// @param options how the file is read
  /// @return the rows as a data set
  /// @throws DataException naming the file, the row (its line, from 1), the column and the value,
  ///     if the file is missing or malformed
  public static DataSet read(String name, Path file, CsvOptions options) {
    return new TableReader(options).read(name, file);
  }
}
