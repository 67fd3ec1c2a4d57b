package dev.descent.data.read;

import java.util.Arrays;

/// The numbers of the rows of a file that are left out, from 0.
final class LeftOut {
  private int[] rows = new int[16];
  private int count;

  void add(int row) {
    if (count == rows.length) {
      rows = Arrays.copyOf(rows, 2 * count);
    }
    rows[count++] = row;
  }

  int count() {
    return count;
  }

  int[] rows() {
    return Arrays.copyOf(rows, count);
  }
}
