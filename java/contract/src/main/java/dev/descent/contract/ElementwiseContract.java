package dev.descent.contract;

import dev.descent.program.Activation;
import dev.descent.program.Add;
import dev.descent.program.ElementwiseOperation.Activate;
import dev.descent.program.ElementwiseOperation.ActivateBackward;
import dev.descent.program.ElementwiseOperation.AddBias;
import dev.descent.program.ElementwiseOperation.Dropout;
import dev.descent.program.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Operations on each element, or on each row, by itself.
interface ElementwiseContract extends OperationTests {
  /// Adds a bias to odd shapes.
  @Test
  default void addBias() {
    forOddShapes(this::addBias);
    forLargeShapes(this::addBias);
  }

  private void addBias(int rows, int columns) {
    for (boolean inPlace : new boolean[] {false, true}) {
      var c = new OperationCase("AddBias, in place: " + inPlace);
      Tensor x = c.input("x", rows, columns, inputs().floats((long) rows * columns));
      Tensor bias = c.input("bias", 1, columns, inputs().floats(columns));
      Tensor out =
          inPlace ? c.compared(x, Bound.ELEMENT) : c.output("out", rows, columns, Bound.ELEMENT);
      check(c.add(new AddBias(x, bias, out)));
    }
  }

  /// The sum of two tensors on odd shapes, in place and not, and of a row that workers share.
  @Test
  default void add() {
    forOddShapes(this::add);
    forLargeShapes(this::add);
    add(1, 70_001);
  }

  private void add(int rows, int columns) {
    for (boolean inPlace : new boolean[] {false, true}) {
      var c = new OperationCase("Add, in place: " + inPlace);
      Tensor x = c.input("x", rows, columns, inputs().floats((long) rows * columns));
      Tensor y = c.input("y", rows, columns, inputs().floats((long) rows * columns));
      Tensor out =
          inPlace ? c.compared(x, Bound.ELEMENT) : c.output("out", rows, columns, Bound.ELEMENT);
      check(c.add(new Add(x, y, out)));
    }
  }

  /// Each activation on odd shapes, in place and not.
  ///
  /// @param activation that is applied
  @ParameterizedTest
  @EnumSource(Activation.class)
  default void activate(Activation activation) {
    Shape shape =
        (rows, columns) -> {
          activate(activation, rows, columns, inputs().floats((long) rows * columns));
        };
    forOddShapes(shape);
    forLargeShapes(shape);
  }

  private void activate(Activation activation, int rows, int columns, float[] values) {
    for (boolean inPlace : new boolean[] {false, true}) {
      var c = new OperationCase(activation + ", in place: " + inPlace);
      Tensor x = c.input("x", rows, columns, values);
      Bound bound = bound(activation);
      Tensor out = inPlace ? c.compared(x, bound) : c.output("out", rows, columns, bound);
      check(c.add(new Activate(activation, x, out)));
    }
  }

  /// Each activation at the ends of the range of float32.
  ///
  /// @param activation that is applied
  @ParameterizedTest
  @EnumSource(Activation.class)
  default void activateAtTheEnds(Activation activation) {
    float[] ends = {
      0, -0f, 1e-30f, -1e-30f, 0.25f, -0.25f, 1, -1, 5, -5, 20, -20, 88, -88, 104, -104, 1e4f,
      -1e4f, 3e38f, -3e38f
    };
    activate(activation, ends.length, 1, ends);
    activate(activation, 1, ends.length, ends);
  }

  /// Each activation of NaN and of infinities.
  ///
  /// @param activation that is applied
  @ParameterizedTest
  @EnumSource(Activation.class)
  default void activateWhatIsNotFinite(Activation activation) {
    float infinity = Float.POSITIVE_INFINITY;
    float[] values = {
      1, Float.NaN, -1, 0, -infinity, -infinity, -infinity, -infinity, 1, -infinity, 2, -infinity,
      infinity, 1, -infinity, 3, -2, 0.5f, 3, -0f
    };
    activate(activation, 5, 4, values);
    // Long rows, in which several take part.
    int columns = 300;
    float[] rows = inputs().floats(4L * columns);
    rows[columns - 1] = Float.NaN;
    for (int j = 0; j < columns; j++) {
      rows[columns + j] = -infinity;
      rows[2 * columns + j] = j == 290 ? 1 : -infinity;
    }
    activate(activation, 4, columns, rows);
  }

  private static Bound bound(Activation activation) {
    return switch (activation) {
      case LINEAR, RELU, LEAKY_RELU -> Bound.ELEMENT;
      // Far tails lose relative precision in float32, however computed.
      case SIGMOID, TANH, GELU, SOFTMAX -> new Bound(3e-7, 32 * Bound.ROUNDOFF, 0);
    };
  }

  /// The derivative of each activation on odd shapes.
  ///
  /// @param activation that is applied
  @ParameterizedTest
  @EnumSource(Activation.class)
  default void activateBackward(Activation activation) {
    Shape shape =
        (rows, columns) -> {
          long size = (long) rows * columns;
          float[] saved =
              activation.derivativeFromResult()
                  ? inputs().uniform(size, -0.99f, 0.99f)
                  : inputs().floats(size);
          activateBackward(activation, rows, columns, saved, inputs().uniform(size, -1, 1));
        };
    forOddShapes(shape);
    forLargeShapes(shape);
  }

  /// The derivative of each activation at the ends of the range of float32.
  ///
  /// @param activation that is applied
  @ParameterizedTest
  @EnumSource(Activation.class)
  default void activateBackwardAtTheEnds(Activation activation) {
    float[] saved = {0, -0f, 1e-30f, -1e-30f, 1, -1, 0.5f, -0.5f, 0, 0, 2, -2};
    float[] slopes = {1, -1, 2, 3, 1, 1, -4, 5, 100, -100, 0, 0};
    activateBackward(activation, 1, saved.length, saved, slopes);
    activateBackward(activation, saved.length, 1, saved, slopes);
  }

  /// The derivative of each activation where values are NaN or infinite.
  ///
  /// @param activation that is applied
  @ParameterizedTest
  @EnumSource(Activation.class)
  default void activateBackwardOfWhatIsNotFinite(Activation activation) {
    float infinity = Float.POSITIVE_INFINITY;
    float[] saved = {0.5f, -0.5f, 0, 1, 0.25f, -0.25f, 0, -1, 0.5f, -0.5f, 0, 1};
    float[] slopes = {
      Float.NaN, Float.NaN, Float.NaN, 1, infinity, infinity, infinity, -infinity, 1, 2, 3, 4
    };
    activateBackward(activation, 3, 4, saved, slopes);
    activateBackward(
        activation, 1, 4, new float[] {0.1f, 0.2f, 0.3f, 0.4f}, new float[] {1, infinity, 2, 3});
  }

  private void activateBackward(
      Activation activation, int rows, int columns, float[] saved, float[] slopes) {
    Bound bound = new Bound(2e-6, 64 * Bound.ROUNDOFF, rowSize(activation, columns));
    double[] scale = new double[slopes.length];
    for (int i = 0; i < scale.length; i++) {
      scale[i] = Math.abs(saved[i]);
    }
    for (boolean inPlace : new boolean[] {false, true}) {
      var c = new OperationCase(activation + " backward, in place: " + inPlace);
      Tensor s = c.input("saved", rows, columns, saved);
      Tensor dOut = c.input("dOut", rows, columns, slopes);
      Tensor dX = inPlace ? c.compared(dOut, bound) : c.output("dX", rows, columns, bound);
      c.scale(dX, scale);
      check(c.add(new ActivateBackward(activation, s, dOut, dX)));
    }
  }

  /// Softmax has a sum of a row's products of numbers below 1 in each element.
  private static double rowSize(Activation activation, int columns) {
    return activation == Activation.SOFTMAX ? columns * Bound.ROUNDOFF / 2 : 0;
  }

  /// Dropout draws the random numbers of the published generator.
  @Test
  default void dropoutDrawsThePublishedRandomNumbers() {
    Shape shape =
        (rows, columns) -> {
          for (float rate : new float[] {0, 0.1f, 0.5f, 0.999f}) {
            dropout(rows, columns, inputs().floats((long) rows * columns), rate);
          }
        };
    forOddShapes(shape);
    shape.check(601, 503);
    shape.check(70_001, 2);
  }

  /// What is dropped becomes 0, whatever it was; what is kept stays what it is.
  ///
  /// @param rate the share that is dropped
  @ParameterizedTest
  @ValueSource(floats = {0, 0.5f, 0.9f})
  default void dropoutOfWhatIsNotFinite(float rate) {
    float[] values = inputs().floats(33L * 7);
    for (int i = 0; i < values.length; i++) {
      values[i] =
          switch (i % 4) {
            case 0 -> Float.NaN;
            case 1 -> Float.POSITIVE_INFINITY;
            case 2 -> Float.NEGATIVE_INFINITY;
            default -> values[i];
          };
    }
    dropout(33, 7, values, rate);
  }

  private void dropout(int rows, int columns, float[] values, float rate) {
    for (boolean inPlace : new boolean[] {false, true}) {
      var c = new OperationCase("Dropout " + rate + ", in place: " + inPlace);
      Tensor x = c.input("x", rows, columns, values);
      Tensor out =
          inPlace ? c.compared(x, Bound.ELEMENT) : c.output("out", rows, columns, Bound.ELEMENT);
      // Steps, streams and seeds of any bits: a sign is a bit like any other.
      Tensor state = c.state(0, 0, inputs().nextInt() & Integer.MAX_VALUE);
      check(c.add(new Dropout(x, state, out, rate, inputs().nextInt(), inputs().nextLong())));
    }
  }
}
