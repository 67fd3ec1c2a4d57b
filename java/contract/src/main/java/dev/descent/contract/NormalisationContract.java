package dev.descent.contract;

import dev.descent.program.Activation;
import dev.descent.program.DataOperation.Advance;
import dev.descent.program.ElementwiseOperation.Activate;
import dev.descent.program.ElementwiseOperation.ActivateBackward;
import dev.descent.program.ElementwiseOperation.Dropout;
import dev.descent.program.NormalisationOperation.BatchStatistics;
import dev.descent.program.NormalisationOperation.Normalise;
import dev.descent.program.NormalisationOperation.NormaliseBackward;
import dev.descent.program.NormalisationOperation.NormaliseBackwardWeights;
import dev.descent.program.Padding;
import dev.descent.program.Tensor;
import dev.descent.program.UpdateOperation.SgdUpdate;
import dev.descent.program.Window;
import dev.descent.program.WindowedOperation.MaxPool;
import dev.descent.program.WindowedOperation.MaxPoolBackward;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Batch normalisation.
interface NormalisationContract extends OperationTests {
  private Bound near(int rows) {
    return new Bound(1e-37, 16 * Bound.ROUNDOFF, (rows + 16) * Bound.ROUNDOFF);
  }

  /// Mean and variance of a batch, and their running values.
  @Test
  default void statistics() {
    Shape shape =
        (rows, columns) -> {
          statistics(rows, columns, 0);
          // Of values far from 0 the variance is small beside their squares.
          statistics(rows, columns, 100);
        };
    forOddShapes(shape);
    forLargeShapes(shape);
  }

  private void statistics(int rows, int columns, float far) {
    float[] x = inputs().uniform((long) rows * columns, far - 1, far + 1);
    var c = new OperationCase("BatchStatistics around " + far);
    double[] size = new double[columns];
    Arrays.fill(size, far + 1);
    // A deviation of a value is off by the rounding of the mean.
    double[] square = new double[columns];
    Arrays.fill(square, 1 + far * 0.01);
    Tensor mean = c.output("mean", 1, columns, near(rows));
    Tensor variance = c.output("variance", 1, columns, near(rows));
    Tensor runningMean =
        c.compared(c.input("runningMean", 1, columns, inputs().floats(columns)), near(rows));
    Tensor runningVariance =
        c.compared(
            c.input("runningVariance", 1, columns, inputs().uniform(columns, 0, 2)), near(rows));
    c.scale(mean, size);
    c.scale(runningMean, size);
    c.scale(variance, square);
    c.scale(runningVariance, square);
    Tensor in = c.input("x", rows, columns, x);
    float momentum = inputs().nextFloat(0, 1);
    check(c.add(new BatchStatistics(in, mean, variance, runningMean, runningVariance, momentum)));
  }

  /// Normalises odd shapes, in place and not.
  @Test
  default void normalise() {
    Shape shape =
        (rows, columns) -> {
          for (boolean inPlace : new boolean[] {false, true}) {
            var c = new OperationCase("Normalise, in place: " + inPlace);
            Bound bound = new Bound(1e-5, 16 * Bound.ROUNDOFF, 0);
            float[] values = inputs().floats((long) rows * columns);
            Tensor x = c.input("x", rows, columns, values);
            Tensor out = inPlace ? c.compared(x, bound) : c.output("out", rows, columns, bound);
            check(
                c.add(
                    new Normalise(
                        x,
                        c.input("mean", 1, columns, inputs().floats(columns)),
                        c.input("variance", 1, columns, inputs().uniform(columns, 0.1f, 2)),
                        c.input("scale", 1, columns, inputs().floats(columns)),
                        c.input("shift", 1, columns, inputs().floats(columns)),
                        out,
                        0.01f)));
          }
        };
    forOddShapes(shape);
    forLargeShapes(shape);
  }

  /// The derivatives of normalisation by scale and shift.
  @Test
  default void normaliseBackwardWeights() {
    Shape shape =
        (rows, columns) -> {
          var c = new OperationCase("NormaliseBackwardWeights");
          float[] x = inputs().uniform((long) rows * columns, -2, 2);
          float[] mean = inputs().uniform(columns, -1, 1);
          float[] d = inputs().uniform((long) rows * columns, -1, 1);
          double[] sums = new double[columns];
          double[] products = new double[columns];
          for (int i = 0; i < x.length; i++) {
            int j = i % columns;
            sums[j] += Math.abs(d[i]);
            products[j] += Math.abs(d[i]) * (Math.abs(x[i]) + Math.abs(mean[j])) * 3;
          }
          Tensor dScale = c.output("dScale", 1, columns, near(rows));
          Tensor dShift = c.output("dShift", 1, columns, near(rows));
          c.scale(dScale, products);
          c.scale(dShift, sums);
          check(
              c.add(
                  new NormaliseBackwardWeights(
                      c.input("x", rows, columns, x),
                      c.input("mean", 1, columns, mean),
                      c.input("variance", 1, columns, inputs().uniform(columns, 0.15f, 2)),
                      c.input("dOut", rows, columns, d),
                      dScale,
                      dShift,
                      0.01f)));
        };
    forOddShapes(shape);
    forLargeShapes(shape);
  }

  /// The derivative of normalisation by its input.
  @Test
  default void normaliseBackward() {
    Shape shape =
        (rows, columns) -> {
          for (boolean inPlace : new boolean[] {false, true}) {
            var c = new OperationCase("NormaliseBackward, in place: " + inPlace);
            Bound bound = new Bound(2e-5, 32 * Bound.ROUNDOFF, 0);
            float[] slopes = inputs().uniform((long) rows * columns, -1, 1);
            Tensor dOut = c.input("dOut", rows, columns, slopes);
            Tensor dX = inPlace ? c.compared(dOut, bound) : c.output("dX", rows, columns, bound);
            float[] x = inputs().uniform((long) rows * columns, -2, 2);
            check(
                c.add(
                    new NormaliseBackward(
                        c.input("x", rows, columns, x),
                        c.input("mean", 1, columns, inputs().uniform(columns, -1, 1)),
                        c.input("variance", 1, columns, inputs().uniform(columns, 0.1f, 2)),
                        c.input("scale", 1, columns, inputs().uniform(columns, -2, 2)),
                        c.input("dScale", 1, columns, inputs().uniform(columns, -1, 1)),
                        c.input("dShift", 1, columns, inputs().uniform(columns, -1, 1)),
                        dOut,
                        dX,
                        0.01f)));
          }
        };
    forOddShapes(shape);
    forLargeShapes(shape);
  }

  /// What follows a normalisation and leads to a pooling.
  enum Between {
    NOTHING,
    RELU,
    RELU_AND_DROPOUT
  }

  /// The largest of windows of normalised images and its derivative, which a backend may do without
  /// what lies between, but for the last of several repetitions.
  ///
  /// @param between what lies there
  @ParameterizedTest
  @EnumSource(Between.class)
  default void normalisedAndPooled(Between between) {
    for (int times : new int[] {1, 3}) {
      for (Padding padding : Padding.values()) {
        normalisedAndPooled(between, times, 1, 1, new Window(1, 1, 1, 1, 1, padding));
        normalisedAndPooled(between, times, 17, 25, new Window(7, 5, 2, 2, 2, padding));
        normalisedAndPooled(between, times, 3, 50, new Window(6, 9, 2, 3, 3, padding));
        normalisedAndPooled(between, times, 2, 3, new Window(9, 8, 1, 2, 4, padding));
        normalisedAndPooled(between, times, 12, 33, new Window(28, 28, 2, 2, 2, padding));
      }
      normalisedAndPooled(between, times, 5, 16, new Window(2, 1, 4, 3, 5, Padding.SAME));
      int stride = inputs().nextInt(1, 4);
      normalisedAndPooled(
          between,
          times,
          inputs().nextInt(1, 9),
          inputs().nextInt(1, 80),
          new Window(
              inputs().nextInt(1, 12),
              inputs().nextInt(1, 12),
              inputs().nextInt(1, stride + 1),
              inputs().nextInt(1, stride + 1),
              stride,
              Padding.SAME));
    }
  }

  /// All numbers are such that nothing is rounded but the derivative by the input, so that it is
  /// clear which is the largest, the first where several are.
  private void normalisedAndPooled(
      Between between, int times, int images, int channels, Window window) {
    var c =
        new OperationCase(
            times
                + " times Normalise, "
                + between
                + ", MaxPool of "
                + images
                + " images of "
                + channels
                + " channels, "
                + window);
    int rows = images * window.positions();
    int places = images * window.places();
    Tensor x = c.input("x", rows, channels, whole(rows * channels));
    Tensor mean = c.input("mean", 1, channels, whole(channels));
    float[] variances = new float[channels];
    Arrays.fill(variances, 0.75f);
    Tensor variance = c.input("variance", 1, channels, variances);
    float epsilon = 0.25f;
    Tensor scale = c.compared(c.input("scale", 1, channels, whole(channels)), Bound.EXACT);
    Tensor shift = c.compared(c.input("shift", 1, channels, whole(channels)), Bound.EXACT);
    Tensor n = c.output("n", rows, channels, Bound.EXACT);
    Tensor kept =
        between == Between.RELU_AND_DROPOUT ? c.output("kept", rows, channels, Bound.EXACT) : n;
    Tensor pooled = c.output("pooled", places, channels, Bound.EXACT);
    Tensor taps = c.intOutput("taps", places, channels);
    Tensor d = c.output("d", rows, channels, new Bound(1e-3, 32 * Bound.ROUNDOFF, 0));
    Tensor dScale = c.output("dScale", 1, channels, Bound.EXACT);
    Tensor dShift = c.output("dShift", 1, channels, Bound.EXACT);
    Tensor sum =
        c.compared(c.input("sum", places, channels, whole(places * channels)), Bound.EXACT);
    Tensor dPooled = c.input("dPooled", places, channels, whole(places * channels));
    Tensor state = c.state(0, 0, inputs().nextInt(100));
    Tensor slow = c.input("slow", 4, 1, new float[] {0x1p-10f, 0x1p-10f, 0x1p-10f, 0x1p-10f});
    Tensor fast = c.input("fast", 4, 1, new float[] {1, 1, 1, 1});
    c.add(new Normalise(x, mean, variance, scale, shift, n, epsilon));
    if (between != Between.NOTHING) {
      c.add(new Activate(Activation.RELU, n, n));
    }
    if (between == Between.RELU_AND_DROPOUT) {
      c.add(new Dropout(n, state, kept, 0.5f, 1, 5));
    }
    c.add(new MaxPool(kept, pooled, taps, window));
    c.add(new MaxPoolBackward(dPooled, taps, d, window));
    if (between == Between.RELU_AND_DROPOUT) {
      c.add(new Dropout(d, state, d, 0.5f, 1, 5));
    }
    if (between != Between.NOTHING) {
      c.add(new ActivateBackward(Activation.RELU, n, d, d));
    }
    c.add(new NormaliseBackwardWeights(x, mean, variance, d, dScale, dShift, epsilon));
    c.add(new NormaliseBackward(x, mean, variance, scale, dScale, dShift, d, d, epsilon));
    c.add(new SgdUpdate(sum, pooled, fast, state));
    c.add(new SgdUpdate(scale, dScale, slow, state));
    c.add(new SgdUpdate(shift, dShift, slow, state));
    check(c.add(new Advance(state, 1, true)).repeated(times));
  }
}
