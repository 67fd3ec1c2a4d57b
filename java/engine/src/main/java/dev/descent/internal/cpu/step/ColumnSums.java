package dev.descent.internal.cpu.step;

import java.util.Arrays;

/// Two float64 sums of each column of a matrix, part by part. Of few columns, several rows are
/// taken as one, so that loops are long enough for vectors.
final class ColumnSums {
  private final int columns;
  private final int wide;
  private final double[][] first;
  private final double[][] second;
  private final Run run;

  /// Adds a run of elements to its sums.
  interface Run {
    /// Adds it.
    ///
    /// @param part of the matrix
    /// @param from the first element, from the matrix' start; it begins a row
    /// @param count at most that of a row as [WideRows] has it
    /// @param first sums; modified
    /// @param second sums; modified
    void add(int part, int from, int count, double[] first, double[] second);
  }

  /// @param parts that are summed apart
  ColumnSums(int parts, int columns, Run run) {
    this.columns = columns;
    this.wide = WideRows.width(columns);
    this.first = new double[parts][wide];
    this.second = new double[parts][wide];
    this.run = run;
  }

  /// Begins the sums of a part.
  void clear(int part) {
    Arrays.fill(first[part], 0);
    Arrays.fill(second[part], 0);
  }

  /// Adds rows to those of a part.
  ///
  /// @param from the first element, from the matrix' start
  /// @param to behind the last one
  void add(int part, int from, int to) {
    for (int at = from; at < to; at += wide) {
      run.add(part, at, Math.min(wide, to - at), first[part], second[part]);
    }
  }

  /// Ends the sums of a part, so that they can be asked for. Column by column within a row, as no
  /// addition then waits for the one before it.
  void end(int part) {
    fold(first[part]);
    fold(second[part]);
  }

  private void fold(double[] sums) {
    for (int row = columns; row < wide; row += columns) {
      for (int j = 0; j < columns; j++) {
        sums[j] += sums[row + j];
      }
    }
  }

  /// The first sum of a part's column.
  double first(int part, int column) {
    return first[part][column];
  }

  /// The second sum of a part's column.
  double second(int part, int column) {
    return second[part][column];
  }

  /// A column's first sum over all parts.
  double first(int column) {
    return total(first, column);
  }

  /// A column's second sum over all parts.
  double second(int column) {
    return total(second, column);
  }

  private static double total(double[][] parts, int column) {
    double sum = 0;
    for (double[] part : parts) {
      sum += part[column];
    }
    return sum;
  }

  /// The bytes of the sums.
  long bytes() {
    return 2L * Double.BYTES * first.length * wide;
  }
}
