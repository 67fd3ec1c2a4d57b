package dev.descent.contract;

import dev.descent.program.Padding;
import dev.descent.program.Tensor;
import dev.descent.program.Window;
import dev.descent.program.WindowedOperation.AveragePool;
import dev.descent.program.WindowedOperation.AveragePoolBackward;
import dev.descent.program.WindowedOperation.Conv2d;
import dev.descent.program.WindowedOperation.Conv2dBackwardInput;
import dev.descent.program.WindowedOperation.Conv2dBackwardWeights;
import dev.descent.program.WindowedOperation.Fold;
import dev.descent.program.WindowedOperation.MaxPool;
import dev.descent.program.WindowedOperation.MaxPoolBackward;
import dev.descent.program.WindowedOperation.Unfold;
import java.util.Locale;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

/// Convolution and pooling.
interface WindowedContract extends OperationTests {
  /// Images, and a kernel that moves over them.
  record Images(int batch, int channels, int filters, Window window) {
    int rows() {
      return batch * window.positions();
    }

    int places() {
      return batch * window.places();
    }

    int kernel() {
      return window.taps() * channels;
    }

    @Override
    public String toString() {
      return String.format(
          Locale.ROOT, "%d images of %s, %d channels to %d", batch, window, channels, filters);
    }
  }

  /// Checks images.
  interface ImagesCheck {
    void check(Images images);
  }

  /// Sides, kernels, strides, channels and batches at which lines, vectors and tiles end in the
  /// middle.
  ///
  /// @param check what to check
  default void forOddImages(ImagesCheck check) {
    for (Padding padding : Padding.values()) {
      check.check(images(1, 1, 1, 1, 1, 1, 1, padding));
      check.check(images(17, 7, 5, 3, 25, 3, 1, padding));
      check.check(images(2, 7, 5, 25, 3, 3, 2, padding));
      check.check(images(3, 9, 8, 2, 17, 5, 1, padding));
      check.check(images(3, 9, 8, 17, 2, 5, 2, padding));
      check.check(images(1, 6, 7, 50, 75, 3, 1, padding));
      check.check(images(5, 4, 4, 75, 50, 1, 2, padding));
      check.check(images(2, 28, 28, 1, 7, 3, 1, padding));
      check.check(images(1, 32, 32, 3, 65, 3, 1, padding));
      check.check(images(32, 3, 3, 4, 33, 2, 2, padding));
    }
    // A kernel larger than its image, and much larger images.
    check.check(images(3, 1, 1, 5, 6, 3, 1, Padding.SAME));
    check.check(images(2, 2, 3, 5, 6, 5, 2, Padding.SAME));
    check.check(new Images(2, 3, 4, new Window(6, 9, 1, 4, 1, Padding.SAME)));
    check.check(new Images(2, 3, 4, new Window(9, 6, 4, 1, 3, Padding.VALID)));
    check.check(images(1, 130, 70, 2, 3, 3, 1, Padding.SAME));
    int side = inputs().nextInt(3, 20);
    check.check(
        images(
            inputs().nextInt(1, 6),
            side,
            side + 2,
            inputs().nextInt(1, 40),
            inputs().nextInt(1, 40),
            inputs().nextInt(1, 4),
            inputs().nextInt(1, 4),
            Padding.SAME));
  }

  private static Images images(
      int batch,
      int height,
      int width,
      int channels,
      int filters,
      int kernel,
      int stride,
      Padding padding) {
    return new Images(
        batch, channels, filters, new Window(height, width, kernel, kernel, stride, padding));
  }

  /// A case of random numbers, and the same of their magnitudes for the bound's scale.
  interface Made {
    /// Makes it.
    ///
    /// @param numbers what becomes of random numbers
    OperationCase make(UnaryOperator<float[]> numbers);
  }

  private void checkSums(Made made) {
    var actual = made.make(UnaryOperator.identity());
    actual.scales(made.make(WindowedContract::magnitudes), reference());
    check(actual);
  }

  private static float[] magnitudes(float[] values) {
    float[] magnitudes = values.clone();
    for (int i = 0; i < magnitudes.length; i++) {
      magnitudes[i] = Math.abs(magnitudes[i]);
    }
    return magnitudes;
  }

  /// Convolution of odd images.
  @Test
  default void convolution() {
    forOddImages(images -> {
      float[] x = inputs().floats((long) images.rows() * images.channels());
      float[] w = inputs().floats((long) images.kernel() * images.filters());
      checkSums(numbers -> {
        var c = new OperationCase("Conv2d of " + images);
        Tensor out =
            c.output(
                "out",
                images.places(),
                images.filters(),
                Bound.sum(images.kernel(), operandRoundoff()));
        return c.add(
            new Conv2d(
                c.input("x", images.rows(), images.channels(), numbers.apply(x)),
                c.input("w", images.kernel(), images.filters(), numbers.apply(w)),
                out,
                images.window()));
      });
    });
  }

  /// The derivative of convolution by its input.
  @Test
  default void convolutionByInput() {
    forOddImages(images -> {
      float[] d = inputs().floats((long) images.places() * images.filters());
      float[] w = inputs().floats((long) images.kernel() * images.filters());
      checkSums(numbers -> {
        var c = new OperationCase("Conv2dBackwardInput of " + images);
        long terms = (long) images.window().taps() * images.filters();
        Tensor dX =
            c.output("dX", images.rows(), images.channels(), Bound.sum(terms, operandRoundoff()));
        return c.add(
            new Conv2dBackwardInput(
                c.input("dOut", images.places(), images.filters(), numbers.apply(d)),
                c.input("w", images.kernel(), images.filters(), numbers.apply(w)),
                dX,
                images.window()));
      });
    });
  }

  /// The derivative of convolution by its weights.
  @Test
  default void convolutionByWeights() {
    forOddImages(images -> {
      float[] x = inputs().floats((long) images.rows() * images.channels());
      float[] d = inputs().floats((long) images.places() * images.filters());
      checkSums(numbers -> {
        var c = new OperationCase("Conv2dBackwardWeights of " + images);
        Tensor dW =
            c.output(
                "dW",
                images.kernel(),
                images.filters(),
                Bound.sum(images.places(), operandRoundoff()));
        return c.add(
            new Conv2dBackwardWeights(
                c.input("x", images.rows(), images.channels(), numbers.apply(x)),
                c.input("dOut", images.places(), images.filters(), numbers.apply(d)),
                dW,
                images.window()));
      });
    });
  }

  /// The columns of windows.
  @Test
  default void unfold() {
    forOddImages(images -> {
      var c = new OperationCase("Unfold of " + images);
      float[] x = inputs().floats((long) images.rows() * images.channels());
      Tensor out = c.output("out", images.places(), images.kernel(), Bound.EXACT);
      Tensor in = c.input("x", images.rows(), images.channels(), x);
      check(c.add(new Unfold(in, out, images.window())));
    });
  }

  /// The sum of the columns of windows back into images.
  @Test
  default void fold() {
    forOddImages(images -> {
      float[] x = inputs().floats((long) images.places() * images.kernel());
      checkSums(numbers -> {
        var c = new OperationCase("Fold of " + images);
        Tensor out =
            c.output("out", images.rows(), images.channels(), Bound.sum(images.window().taps()));
        Tensor in = c.input("x", images.places(), images.kernel(), numbers.apply(x));
        return c.add(new Fold(in, out, images.window()));
      });
    });
  }

  /// Maximum over windows of odd images.
  @Test
  default void maxPool() {
    forOddImages(images -> {
      // Few distinct values: of equal ones the first tap counts.
      float[] x = new float[images.rows() * images.channels()];
      for (int i = 0; i < x.length; i++) {
        x[i] = inputs().nextInt(-3, 4);
      }
      maxPool(images, x);
      maxPool(images, inputs().floats(x.length));
    });
  }

  /// Maximum over windows with NaN and infinities.
  @Test
  default void maxPoolOfWhatIsNotFinite() {
    forOddImages(images -> {
      float[] x = new float[images.rows() * images.channels()];
      for (int i = 0; i < x.length; i++) {
        x[i] =
            switch (inputs().nextInt(4)) {
              case 0 -> Float.NaN;
              case 1 -> Float.NEGATIVE_INFINITY;
              case 2 -> Float.POSITIVE_INFINITY;
              default -> -1;
            };
      }
      maxPool(images, x);
    });
  }

  private void maxPool(Images images, float[] x) {
    var c = new OperationCase("MaxPool of " + images);
    Tensor out = c.output("out", images.places(), images.channels(), Bound.EXACT);
    Tensor taps = c.intOutput("taps", images.places(), images.channels());
    Tensor in = c.input("x", images.rows(), images.channels(), x);
    check(c.add(new MaxPool(in, out, taps, images.window())));
  }

  /// The derivative of the maximum over windows.
  @Test
  default void maxPoolBackward() {
    forOddImages(images -> {
      float[] d = inputs().floats((long) images.places() * images.channels());
      int[] taps = inputs().indices(d.length, images.window().taps());
      checkSums(numbers -> {
        var c = new OperationCase("MaxPoolBackward of " + images);
        Tensor dX =
            c.output("dX", images.rows(), images.channels(), Bound.sum(images.window().taps()));
        return c.add(
            new MaxPoolBackward(
                c.input("dOut", images.places(), images.channels(), numbers.apply(d)),
                c.input("taps", images.places(), images.channels(), taps),
                dX,
                images.window()));
      });
    });
  }

  /// Mean over windows of odd images.
  @Test
  default void averagePool() {
    forOddImages(images -> {
      float[] x = inputs().floats((long) images.rows() * images.channels());
      checkSums(numbers -> {
        var c = new OperationCase("AveragePool of " + images);
        Tensor out =
            c.output("out", images.places(), images.channels(), Bound.sum(images.window().taps()));
        Tensor in = c.input("x", images.rows(), images.channels(), numbers.apply(x));
        return c.add(new AveragePool(in, out, images.window()));
      });
    });
  }

  /// The derivative of the mean over windows.
  @Test
  default void averagePoolBackward() {
    forOddImages(images -> {
      float[] d = inputs().floats((long) images.places() * images.channels());
      checkSums(numbers -> {
        var c = new OperationCase("AveragePoolBackward of " + images);
        Tensor dX =
            c.output("dX", images.rows(), images.channels(), Bound.sum(images.window().taps()));
        Tensor dOut = c.input("dOut", images.places(), images.channels(), numbers.apply(d));
        return c.add(new AveragePoolBackward(dOut, dX, images.window()));
      });
    });
  }
}
