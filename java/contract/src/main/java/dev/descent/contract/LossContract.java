package dev.descent.contract;

import dev.descent.program.LossOperation.BinaryCrossEntropy;
import dev.descent.program.LossOperation.MeanSquaredError;
import dev.descent.program.LossOperation.SoftmaxCrossEntropy;
import dev.descent.program.Tensor;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/// Losses and their derivatives.
interface LossContract extends OperationTests {
  /// How far a gradient may lie from the reference's.
  Bound GRADIENT = new Bound(2e-7, 4e-6, 0);

  /// The ways in which a loss's derivative is wanted.
  enum Gradient {
    NONE,
    APART,
    IN_PLACE;

    private Tensor of(OperationCase c, Tensor prediction) {
      return this == APART
          ? c.output("gradient", prediction.rows(), prediction.columns(), GRADIENT)
          : c.compared(prediction, GRADIENT);
    }
  }

  /// Softmax cross-entropy on odd shapes.
  @Test
  default void softmaxCrossEntropy() {
    float[] magnitudes = {1, 30, 1e4f};
    forOddShapes((rows, columns) -> {
      for (float magnitude : magnitudes) {
        softmaxCrossEntropy(rows, columns, magnitude);
      }
    });
    forLargeShapes((rows, columns) ->
        softmaxCrossEntropy(rows, columns, magnitudes[inputs().nextInt(magnitudes.length)]));
  }

  private void softmaxCrossEntropy(int rows, int columns, float magnitude) {
    float[] logits = inputs().floats((long) rows * columns);
    for (int i = 0; i < logits.length; i++) {
      logits[i] = Math.clamp(logits[i], -1, 1) * magnitude;
    }
    softmaxCrossEntropy(rows, columns, logits, inputs().indices(rows, columns));
  }

  /// Logits of minus infinity have probability 0; a row of nothing else, and one with NaN or with
  /// infinity, has none. Its neighbours keep theirs.
  @Test
  default void softmaxCrossEntropyOfWhatIsNotFinite() {
    float infinity = Float.POSITIVE_INFINITY;
    for (int columns : new int[] {3, 40, 1100}) {
      for (int kind = 0; kind < 5; kind++) {
        float[] logits = inputs().uniform(3L * columns, -2, 2);
        int label = columns - 1;
        switch (kind) {
          case 0 -> logits[columns] = -infinity;
          case 1 -> logits[2 * columns - 1] = -infinity;
          case 2 -> Arrays.fill(logits, columns, 2 * columns, -infinity);
          case 3 -> logits[columns + inputs().nextInt(columns)] = Float.NaN;
          default -> logits[columns] = infinity;
        }
        softmaxCrossEntropy(3, columns, logits, new int[] {0, label, 1});
      }
    }
  }

  private void softmaxCrossEntropy(int rows, int columns, float[] logits, int[] labels) {
    forEachWay(
        "SoftmaxCrossEntropy",
        rows,
        (c, gradient, weights) -> {
          Tensor z = c.input("logits", rows, columns, logits);
          Tensor t = c.input("labels", rows, 1, labels);
          Tensor losses = OperationTests.lossSlots(c);
          Tensor g = gradient == Gradient.NONE ? null : gradient.of(c, z);
          check(c.add(new SoftmaxCrossEntropy(z, t, anyState(c), losses, g, weights)));
        });
  }

  /// A loss with or without a derivative, and with or without weights.
  interface Way {
    void check(OperationCase c, Gradient gradient, @Nullable Tensor weights);
  }

  private void forEachWay(String name, int rows, Way way) {
    for (Gradient gradient : Gradient.values()) {
      way.check(new OperationCase(name + ", gradient: " + gradient), gradient, null);
      var c = new OperationCase(name + " with weights, gradient: " + gradient);
      way.check(c, gradient, c.input("weights", rows, 1, weights(rows)));
    }
  }

  /// Some rows do not count at all.
  private float[] weights(int rows) {
    float[] weights = inputs().uniform(rows, 0, 3);
    weights[inputs().nextInt(rows)] = rows == 1 ? 0.5f : 0;
    return weights;
  }

  private Tensor anyState(OperationCase c) {
    return c.state(1, inputs().nextInt(4), 9);
  }

  /// Binary cross-entropy on odd shapes.
  @Test
  default void binaryCrossEntropy() {
    Shape shape =
        (rows, columns) -> {
          long size = (long) rows * columns;
          binaryCrossEntropy(rows, columns, inputs().floats(size), inputs().uniform(size, 0, 1));
        };
    forOddShapes(shape);
    forLargeShapes(shape);
  }

  /// Binary cross-entropy of large and infinite logits.
  @Test
  default void binaryCrossEntropyAtTheEnds() {
    float[] logits = {0, -0f, 1, -1, 1e4f, -1e4f, 88, -88, 1e-6f, 20, -20};
    for (float target : new float[] {0, 1, 0.5f}) {
      float[] targets = new float[logits.length];
      Arrays.fill(targets, target);
      binaryCrossEntropy(logits.length, 1, logits, targets);
      binaryCrossEntropy(1, logits.length, logits, targets);
    }
    float[] unknown = {1, Float.NaN, -1, 2};
    binaryCrossEntropy(4, 1, unknown, new float[] {1, 0, 0, 0.5f});
    binaryCrossEntropy(2, 2, unknown, new float[] {1, 0, 0, 0.5f});
  }

  private void binaryCrossEntropy(int rows, int columns, float[] logits, float[] targets) {
    forEachWay(
        "BinaryCrossEntropy",
        rows,
        (c, gradient, weights) -> {
          Tensor z = c.input("logits", rows, columns, logits);
          Tensor t = c.input("targets", rows, columns, targets);
          Tensor losses = OperationTests.lossSlots(c);
          Tensor g = gradient == Gradient.NONE ? null : gradient.of(c, z);
          check(c.add(new BinaryCrossEntropy(z, t, anyState(c), losses, g, weights)));
        });
  }

  /// Mean squared error on odd shapes.
  @Test
  default void meanSquaredError() {
    Shape shape =
        (rows, columns) -> {
          long size = (long) rows * columns;
          meanSquaredError(rows, columns, inputs().floats(size), inputs().floats(size));
        };
    forOddShapes(shape);
    forLargeShapes(shape);
    float infinity = Float.POSITIVE_INFINITY;
    meanSquaredError(2, 2, new float[] {1, Float.NaN, 3, 4}, new float[] {1, 2, 5, 6});
    meanSquaredError(2, 2, new float[] {1, 2, infinity, 4}, new float[] {1, 2, 5, 6});
  }

  private void meanSquaredError(int rows, int columns, float[] predictions, float[] targets) {
    forEachWay(
        "MeanSquaredError",
        rows,
        (c, gradient, weights) -> {
          Tensor p = c.input("prediction", rows, columns, predictions);
          Tensor t = c.input("targets", rows, columns, targets);
          Tensor losses = OperationTests.lossSlots(c);
          Tensor g = gradient == Gradient.NONE ? null : gradient.of(c, p);
          check(c.add(new MeanSquaredError(p, t, anyState(c), losses, g, weights)));
        });
  }
}
