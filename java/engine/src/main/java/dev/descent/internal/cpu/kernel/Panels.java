package dev.descent.internal.cpu.kernel;

/// A matrix in panels of `width` neighbouring columns, one panel after the other, each row-major.
/// The matrix product reads such a panel from one end to the other, where row-major rows would lie
/// pages apart (batch 32: -14 % of a step).
///
/// Element (i, j) is at `array[start(j / width) + i * width(j / width) + j % width]`.
///
/// @param array the memory
/// @param offset the index of the first element
/// @param rows of the matrix
/// @param columns of the matrix
/// @param width columns of a panel; the last one may have fewer
/// @param padded whether the last panel is as wide as the others, filled up with zeros
public record Panels(float[] array, int offset, int rows, int columns, int width, boolean padded) {
  /// Rows of a part of a product: six tiles of 6 or 5, and no part crosses a border of panels of
  /// the transpose.
  public static final int GROUP = 32;

  /// Memory for a padded matrix.
  public static Panels allocate(int rows, int columns, int width) {
    int length = Math.multiplyExact(Split.units(columns, width) * width, rows);
    return new Panels(
        new float[length + Workspace.LEAD], Workspace.LEAD, rows, columns, width, true);
  }

  public int count() {
    return Split.units(columns, width);
  }

  /// The columns of a panel that are part of the matrix.
  public int columns(int panel) {
    return Math.min(width, columns - panel * width);
  }

  /// The distance of a panel's rows.
  public int width(int panel) {
    return padded ? width : columns(panel);
  }

  /// The index of a panel's first element.
  public int start(int panel) {
    return offset + panel * width * rows;
  }

  /// The index of an element.
  public int index(int row, int column) {
    return offset + place(rows, padded ? count() * width : columns, width, row, column);
  }

  /// Which element of a matrix in panels, from the first one, is element (row, column).
  ///
  /// @param columns padding included
  /// @param width of a panel
  public static int place(int rows, int columns, int width, int row, int column) {
    int first = column - column % width;
    return first * rows + row * Math.min(width, columns - first) + column % width;
  }
}
