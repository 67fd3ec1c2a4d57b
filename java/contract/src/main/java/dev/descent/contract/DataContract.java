package dev.descent.contract;

import dev.descent.program.DataOperation.Advance;
import dev.descent.program.DataOperation.GatherRows;
import dev.descent.program.Tensor;
import org.junit.jupiter.api.Test;

/// Batches of data, and the state of a step.
interface DataContract extends OperationTests {
  @Test
  default void gatherRows() {
    Shape shape =
        (rows, columns) -> {
          int available = rows + inputs().nextInt(0, 20);
          long size = (long) available * columns;
          gatherRows(available, rows, columns, inputs().bytes(size), 1 / 255f);
          gatherRows(available, rows, columns, inputs().floats(size), inputs().nextFloat(-2, 2));
          int[] labels = inputs().indices(available, Integer.MAX_VALUE);
          labels[0] = Integer.MIN_VALUE;
          gatherRows(available, rows, 1, labels, 1);
        };
    forOddShapes(shape);
    forLargeShapes(shape);
  }

  /// A few rows of many, from anywhere.
  @Test
  default void gatherFewRowsOfMany() {
    gatherRows(70_001, 5, 3, inputs().bytes(3 * 70_001L), 0.5f);
    gatherRows(70_001, 5, 3, inputs().floats(3 * 70_001L), 1);
    gatherRows(70_001, 5, 1, inputs().indices(70_001, 1 << 30), 1);
  }

  @Test
  default void gatherWhatIsNotFinite() {
    float[] values = inputs().floats(5L * 4);
    values[3] = Float.NaN;
    values[7] = Float.POSITIVE_INFINITY;
    values[8] = Float.NEGATIVE_INFINITY;
    gatherRows(5, 5, 4, values, 2);
    gatherRows(5, 5, 4, values, 0);
  }

  private void gatherRows(int available, int rows, int columns, Object source, float scale) {
    var c = new OperationCase("GatherRows of " + source.getClass().getSimpleName());
    Tensor from = c.input("source", available, columns, source);
    Tensor order = c.input("order", available, 1, inputs().permutation(available));
    Tensor out =
        source instanceof int[]
            ? c.intOutput("out", rows, columns)
            : c.output("out", rows, columns, Bound.ELEMENT);
    int cursor = inputs().nextInt(available - rows + 1);
    check(c.add(new GatherRows(from, order, c.state(cursor, 3, 5), out, scale)));
  }

  @Test
  default void advance() {
    for (boolean training : new boolean[] {true, false}) {
      for (int rows : new int[] {1, 33, 70_001}) {
        var c = new OperationCase("Advance, training: " + training);
        Tensor state = c.compared(c.state(17, 4, 99), Bound.EXACT);
        check(c.add(new Advance(state, rows, training)));
      }
    }
  }
}
