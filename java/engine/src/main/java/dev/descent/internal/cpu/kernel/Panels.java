package dev.descent.internal.cpu.kernel;

/// A matrix in panels of [#WIDTH] neighbouring columns, one panel after the other, each row-major.
/// The matrix product reads such a panel from one end to the other, where row-major rows would lie
/// pages apart (batch 32: -14 % of a step).
///
/// Element (i, j) is at `array[start(j / WIDTH) + i * width(j / WIDTH) + j % WIDTH]`.
///
/// @param array the memory
/// @param offset the index of the first element
/// @param rows of the matrix
/// @param columns of the matrix
/// @param padded whether the last panel is as wide as the others, filled up with zeros
public record Panels(float[] array, int offset, int rows, int columns, boolean padded) {
  /// Columns of a panel: four cache lines, and the widest tile.
  public static final int WIDTH = 64;

  /// Rows of a part of a product: six tiles of 6 or 5, and no part crosses a border of panels of
  /// the transpose.
  public static final int GROUP = 32;

  /// Memory for a padded matrix.
  public static Panels allocate(int rows, int columns) {
    int length = Math.multiplyExact(Split.units(columns, WIDTH) * WIDTH, rows);
    return new Panels(new float[length + Workspace.LEAD], Workspace.LEAD, rows, columns, true);
  }

  public int count() {
    return Split.units(columns, WIDTH);
  }

  /// The columns of a panel that are part of the matrix.
  public int columns(int panel) {
    return Math.min(WIDTH, columns - panel * WIDTH);
  }

  /// The distance of a panel's rows.
  public int width(int panel) {
    return padded ? WIDTH : columns(panel);
  }

  /// The index of a panel's first element.
  public int start(int panel) {
    return offset + panel * WIDTH * rows;
  }

  /// The index of an element.
  public int index(int row, int column) {
    return offset + place(rows, padded ? count() * WIDTH : columns, row, column);
  }

  /// Which element of a matrix in panels, from the first one, is element (row, column).
  ///
  /// @param columns padding included
  public static int place(int rows, int columns, int row, int column) {
    int first = column - column % WIDTH;
    return first * rows + row * Math.min(WIDTH, columns - first) + column % WIDTH;
  }
}
