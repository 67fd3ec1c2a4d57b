package dev.descent.contract;

import dev.descent.program.NormalisationOperation.BatchStatistics;
import dev.descent.program.NormalisationOperation.Normalise;
import dev.descent.program.NormalisationOperation.NormaliseBackward;
import dev.descent.program.NormalisationOperation.NormaliseBackwardWeights;
import dev.descent.program.Tensor;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

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
}
