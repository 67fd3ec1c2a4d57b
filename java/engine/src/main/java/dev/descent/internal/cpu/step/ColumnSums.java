package dev.descent.internal.cpu.step;

import dev.descent.internal.cpu.kernel.Split;
import java.util.Arrays;

/// Two float64 sums of each column of a matrix. Workers share out blocks of rows and columns; the
/// sums of the blocks are then added in the order of the rows.
///
/// Of few columns, several rows are taken as one, so that loops are long enough for vectors.
final class ColumnSums {
  /// Rows of a block.
  private static final int ROWS = 256;

  /// Columns of a block.
  private static final int COLUMNS = 512;

  private final int size;
  private final int columns;
  private final int wide;
  private final int wideRows;
  private final int blockRows;
  private final int across;
  private final double[][] first;
  private final double[][] second;
  private final double[][] totals;
  private final Run run;

  /// Adds a run of elements to its sums.
  interface Run {
    /// Adds it.
    ///
    /// @param from the first element, from the matrix' start
    /// @param at the first element's place in a row as [WideRows] has it, and of its sums
    /// @param first sums; modified
    /// @param second sums; modified
    void add(int from, int at, int count, double[] first, double[] second);
  }

  ColumnSums(int rows, int columns, Run run) {
    this.size = rows * columns;
    this.columns = columns;
    this.run = run;
    this.wide = WideRows.width(columns);
    this.wideRows = Split.units(size, wide);
    this.blockRows = Math.max(1, ROWS / (wide / columns));
    this.across = Split.units(wide, COLUMNS);
    this.first = new double[Split.units(wideRows, blockRows)][wide];
    this.second = new double[first.length][wide];
    this.totals = new double[2][columns];
  }

  /// Does a worker's share of the blocks.
  void run(int worker, int workers) {
    int units = first.length * across;
    int end = Split.start(units, worker + 1, workers);
    for (int unit = Split.start(units, worker, workers); unit < end; unit++) {
      int part = unit / across;
      int from = unit % across * COLUMNS;
      int to = Math.min(wide, from + COLUMNS);
      Arrays.fill(first[part], from, to, 0);
      Arrays.fill(second[part], from, to, 0);
      int last = Math.min(wideRows, (part + 1) * blockRows);
      for (int row = part * blockRows; row < last; row++) {
        int count = Math.min(to, size - row * wide) - from;
        if (count > 0) {
          run.add(row * wide + from, from, count, first[part], second[part]);
        }
      }
    }
  }

  /// Adds up the blocks' sums of some columns, once all blocks are done.
  void total(int from, int end) {
    total(first, totals[0], from, end);
    total(second, totals[1], from, end);
  }

  /// Column by column within a row, as no addition then waits for the one before it.
  private void total(double[][] parts, double[] sums, int from, int end) {
    Arrays.fill(sums, from, end, 0);
    for (double[] part : parts) {
      for (int row = 0; row < wide; row += columns) {
        for (int j = from; j < end; j++) {
          sums[j] += part[row + j];
        }
      }
    }
  }

  /// The first sum of a column, after [#total].
  double first(int column) {
    return totals[0][column];
  }

  /// The second sum of a column, after [#total].
  double second(int column) {
    return totals[1][column];
  }

  /// The bytes of the sums.
  long bytes() {
    return 2L * Double.BYTES * ((long) first.length * wide + columns);
  }
}
