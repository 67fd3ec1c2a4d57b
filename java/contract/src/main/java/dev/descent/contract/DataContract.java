package dev.descent.contract;

import dev.descent.program.Augmentation;
import dev.descent.program.DataOperation.Advance;
import dev.descent.program.DataOperation.Augment;
import dev.descent.program.DataOperation.GatherRows;
import dev.descent.program.Tensor;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.Test;

/// Batches of data, and the state of a step.
interface DataContract extends OperationTests {
  /// Rows of bytes and of floats by a permutation.
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

  /// Rows with NaN and infinities, bit for bit.
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

  /// How far a value may lie from the reference: what rounding does to a place in the picture,
  /// times how steep it is there, and what becomes of that by brightness and contrast.
  static double roundoff(Augment op) {
    double place = 16 * Bound.ROUNDOFF * (op.height() + op.width());
    double factors = (1 + op.augmentation().brightness()) * (1.0 + op.augmentation().contrast());
    return 2 * (op.high() - op.low()) * factors * place;
  }

  /// Each setting alone and all together, on sizes at which vectors and groups end in the middle.
  @Test
  default void augment() {
    List<Augmentation> all =
        List.of(
            Augmentation.NONE,
            Augmentation.named("course"),
            Augmentation.named("course-keras"),
            Augmentation.NONE.withRotation(180),
            Augmentation.NONE.withShift(0.9f),
            Augmentation.NONE.withZoom(0.9f),
            Augmentation.NONE.withCrop(0.1f),
            Augmentation.NONE.withFlip(true),
            Augmentation.NONE.withBrightness(1),
            Augmentation.NONE.withContrast(1),
            new Augmentation(180, 0.5f, 0.5f, 0.5f, true, 1, 1));
    for (Augmentation augmentation : all) {
      augment(augmentation, 33, 1, 1, 1);
      augment(augmentation, 17, 7, 5, 1);
      augment(augmentation, 2, 5, 7, 25);
      augment(augmentation, 3, 28, 28, 1);
      augment(augmentation, 1, 32, 32, 3);
      augment(
          augmentation,
          inputs().nextInt(1, 5),
          inputs().nextInt(1, 70),
          inputs().nextInt(1, 70),
          inputs().nextInt(1, 4));
    }
    augment(all.getLast(), 2, 224, 200, 3);
    augment(all.getLast(), 3000, 3, 2, 1);
  }

  private void augment(Augmentation augmentation, int rows, int height, int width, int channels) {
    var c =
        new OperationCase(
            String.format(
                Locale.ROOT,
                "Augment(%s) of %d x %d x %d x %d",
                augmentation,
                rows,
                height,
                width,
                channels));
    int size = height * width * channels;
    float[] values = inputs().uniform((long) rows * size, -1, 1);
    var operation =
        new Augment(
            c.input("x", rows, size, values),
            c.state(3, 5, inputs().nextInt(Integer.MAX_VALUE)),
            c.output("out", rows, size, Bound.EXACT),
            height,
            width,
            augmentation,
            -0.75f,
            0.9f,
            inputs().nextInt(1000),
            inputs().nextInt(Integer.MAX_VALUE) * 0x1_0000_0001L);
    c.compared(operation.out(), new Bound(roundoff(operation), 0, 0));
    check(c.add(operation));
  }

  /// The state after a step.
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
