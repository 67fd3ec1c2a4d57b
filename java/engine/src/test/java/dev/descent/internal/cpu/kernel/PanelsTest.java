package dev.descent.internal.cpu.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.descent.testing.Inputs;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Where the elements of panels of any width lie.
class PanelsTest {
  private final Inputs random = Inputs.fresh();

  /// Walked through panel by panel and row by row, the elements are neighbours.
  @ParameterizedTest
  @ValueSource(ints = {1, 8, 16, 64})
  void elementsLieInTheOrderOfPanelsAndRows(int width) {
    for (int i = 0; i < 100; i++) {
      int rows = random.nextInt(1, 20);
      int columns = random.nextInt(1, 3 * width + 2);
      String shape = "%d x %d by %d, %s".formatted(rows, columns, width, random);
      var packed = new Panels(new float[rows * columns], 0, rows, columns, width, false);
      int next = 0;
      for (int first = 0; first < columns; first += width) {
        for (int row = 0; row < rows; row++) {
          for (int column = first; column < Math.min(columns, first + width); column++) {
            assertEquals(next++, packed.index(row, column), shape);
          }
        }
      }
      assertEquals(rows * columns, next, shape);
    }
  }

  @Test
  void paddedPanelsAreOfOneWidth() {
    for (int i = 0; i < 100; i++) {
      int width = random.nextInt(1, 65);
      int rows = random.nextInt(1, 20);
      int columns = random.nextInt(1, 200);
      String shape = "%d x %d by %d, %s".formatted(rows, columns, width, random);
      Panels padded = Panels.allocate(rows, columns, width);
      int row = random.nextInt(rows);
      int column = random.nextInt(columns);
      int before = column / width * rows * width;
      int expected = Workspace.LEAD + before + row * width + column % width;
      assertEquals(expected, padded.index(row, column), shape);
      int end = Workspace.LEAD + (columns + width - 1) / width * width * rows;
      assertEquals(end, padded.array().length, shape);
      assertTrue(padded.columns(padded.count() - 1) <= padded.width(padded.count() - 1), shape);
    }
  }
}
