package dev.descent.cli.text;

import dev.descent.internal.page.Scale;

/// Dots within letters: a letter holds `across x down` of them.
final class DotCanvas {
  static final int BRAILLE_ACROSS = 2;
  static final int BRAILLE_DOWN = 4;

  /// The bits of a braille letter's dots, from the top, left and right (Unicode, block 2800).
  private static final int[][] BITS = {{0x01, 0x08}, {0x02, 0x10}, {0x04, 0x20}, {0x40, 0x80}};

  /// In a dotted curve, so many dots follow each other, and as many are left out.
  private static final int DASH = 2;

  private final int across;
  private final int down;
  private final int columns;
  private final int rows;
  private final int[][] dots;
  private int lastRow;

  DotCanvas(int columns, int rows, int across, int down) {
    this.columns = columns;
    this.rows = rows;
    this.across = across;
    this.down = down;
    this.dots = new int[rows][columns];
  }

  /// Draws straight pieces between a curve's values.
  ///
  /// @param length how many values the whole width is for
  void curve(double[] values, int length, Scale scale, boolean dotted) {
    int width = columns * across;
    int before = -1;
    for (int x = 0; x < width; x++) {
      double at = length == 1 ? 0 : (length - 1) * x / (double) (width - 1);
      double value = scale.at(between(values, at));
      if (!Double.isFinite(value)) {
        before = -1;
        continue;
      }
      int y = (int) Math.round((1 - Math.clamp(value, 0, 1)) * (rows * down - 1));
      if (!dotted || x / DASH % 2 == 0) {
        // A steep curve goes over several dots at once.
        int from = before < 0 ? y : before + Integer.signum(y - before);
        for (int dot = from; ; dot += Integer.signum(y - dot)) {
          set(x, dot);
          if (dot == y) {
            break;
          }
        }
      }
      before = y;
      lastRow = y / down;
    }
  }

  /// The value at a place between two, linearly; not a number where one of them is not.
  private static double between(double[] values, double at) {
    int index = (int) Math.min(Math.floor(at), values.length - 1.0);
    double share = at - index;
    if (share <= 0 || index + 1 >= values.length) {
      return at > values.length - 1 + 1e-9 ? Double.NaN : values[index];
    }
    return values[index] + share * (values[index + 1] - values[index]);
  }

  private void set(int x, int y) {
    dots[y / down][x / across] |= BITS[y % down][x % across];
  }

  /// The bits of the dots within a letter; 0 if there is none.
  int dots(int row, int column) {
    return dots[row][column];
  }

  /// The row of letters in which the curve ends.
  int lastRow() {
    return lastRow;
  }
}
