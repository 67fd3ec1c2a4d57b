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
}
