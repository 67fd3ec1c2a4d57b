package dev.descent.internal.cpu.step;

import dev.descent.internal.cpu.kernel.Split;

/// Several rows of few columns taken as one, so that loops over a row are long enough for vectors.
/// What belongs to a column is repeated.
final class WideRows {
  private static final int LEAST = 256;

  private WideRows() {}

  /// The elements of rows taken as one: a multiple of the columns.
  static int width(int columns) {
    return columns * Split.units(LEAST, columns);
  }

  /// Fills a wide row up from its first columns.
  static void repeat(float[] row, int columns) {
    for (int filled = columns; filled < row.length; filled += columns) {
      System.arraycopy(row, 0, row, filled, columns);
    }
  }

  /// Work on a run of elements that begins where a wide row does, and is no longer.
  interface Run {
    /// Works on it.
    ///
    /// @param from the first element, from the matrix' start
    void run(int from, int count);
  }

  /// Does a worker's share of a matrix.
  static void share(int size, int columns, int worker, int workers, Run run) {
    int wide = width(columns);
    int rows = Split.units(size, wide);
    int end = Split.start(rows, worker + 1, workers);
    for (int row = Split.start(rows, worker, workers); row < end; row++) {
      run.run(row * wide, Math.min(wide, size - row * wide));
    }
  }
}
