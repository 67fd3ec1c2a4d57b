package dev.descent.internal.reference;

import dev.descent.internal.reference.Elements.Floats;
import dev.descent.internal.reference.Elements.Ints;
import dev.descent.program.Tensor;
import dev.descent.program.Window;
import dev.descent.program.WindowedOperation;
import dev.descent.program.WindowedOperation.AveragePool;
import dev.descent.program.WindowedOperation.AveragePoolBackward;
import dev.descent.program.WindowedOperation.Conv2d;
import dev.descent.program.WindowedOperation.Conv2dBackwardInput;
import dev.descent.program.WindowedOperation.Conv2dBackwardWeights;
import dev.descent.program.WindowedOperation.Fold;
import dev.descent.program.WindowedOperation.MaxPool;
import dev.descent.program.WindowedOperation.MaxPoolBackward;
import dev.descent.program.WindowedOperation.Unfold;

/// What convolution and pooling mean.
final class Windowed {
  private final Elements elements;
  private final Window window;

  private Windowed(Elements elements, Window window) {
    this.elements = elements;
    this.window = window;
  }

  static void execute(WindowedOperation operation, Elements elements) {
    var windowed = new Windowed(elements, operation.window());
    switch (operation) {
      case Conv2d op -> windowed.conv2d(op);
      case Conv2dBackwardInput op -> windowed.conv2dBackwardInput(op);
      case Conv2dBackwardWeights op -> windowed.conv2dBackwardWeights(op);
      case Unfold op -> windowed.unfold(op);
      case Fold op -> windowed.fold(op);
      case MaxPool op -> windowed.maxPool(op);
      case MaxPoolBackward op -> windowed.maxPoolBackward(op);
      case AveragePool op -> windowed.averagePool(op);
      case AveragePoolBackward op -> windowed.averagePoolBackward(op);
    }
  }

  /// What is done for a tap of the kernel at a place.
  private interface Tap {
    /// @param out the row of the place
    /// @param tap the tap's number
    /// @param in the row of the position that it is over, or -1 outside the image
    void at(int out, int tap, int in);
  }

  /// Visits all taps of all places of all images.
  private void forEachTap(long places, Tap tap) {
    for (int out = 0; out < places; out++) {
      int image = out / window.places();
      int place = out % window.places();
      int y = place / window.outWidth() * window.stride() - window.top();
      int x = place % window.outWidth() * window.stride() - window.left();
      for (int t = 0; t < window.taps(); t++) {
        int ty = y + t / window.kernelWidth();
        int tx = x + t % window.kernelWidth();
        boolean inside = ty >= 0 && ty < window.height() && tx >= 0 && tx < window.width();
        int row = image * window.positions() + ty * window.width() + tx;
        tap.at(out, t, inside ? row : -1);
      }
    }
  }

  private void conv2d(Conv2d op) {
    Floats x = elements.floats(op.x());
    Floats w = elements.floats(op.w());
    int channels = x.columns();
    double[] sums = sums(op.out());
    forEachTap(
        op.out().rows(),
        (out, tap, in) -> {
          for (int c = 0; in >= 0 && c < channels; c++) {
            for (int f = 0; f < w.columns(); f++) {
              sums[out * w.columns() + f] += (double) x.get(in, c) * w.get(tap * channels + c, f);
            }
          }
        });
    store(sums, op.out());
  }

  private void conv2dBackwardInput(Conv2dBackwardInput op) {
    Floats dOut = elements.floats(op.dOut());
    Floats w = elements.floats(op.w());
    int channels = (int) op.dX().columns();
    double[] sums = sums(op.dX());
    forEachTap(
        op.dOut().rows(),
        (out, tap, in) -> {
          for (int c = 0; in >= 0 && c < channels; c++) {
            for (int f = 0; f < w.columns(); f++) {
              sums[in * channels + c] += (double) dOut.get(out, f) * w.get(tap * channels + c, f);
            }
          }
        });
    store(sums, op.dX());
  }

  private void conv2dBackwardWeights(Conv2dBackwardWeights op) {
    Floats x = elements.floats(op.x());
    Floats dOut = elements.floats(op.dOut());
    int channels = x.columns();
    int filters = dOut.columns();
    double[] sums = sums(op.dW());
    forEachTap(
        op.dOut().rows(),
        (out, tap, in) -> {
          for (int c = 0; in >= 0 && c < channels; c++) {
            for (int f = 0; f < filters; f++) {
              sums[(tap * channels + c) * filters + f] += (double) x.get(in, c) * dOut.get(out, f);
            }
          }
        });
    store(sums, op.dW());
  }

  private void unfold(Unfold op) {
    Floats x = elements.floats(op.x());
    Floats unfolded = elements.floats(op.out());
    forEachTap(
        op.out().rows(),
        (out, tap, in) -> {
          for (int c = 0; c < x.columns(); c++) {
            unfolded.set(out, tap * x.columns() + c, in < 0 ? 0 : x.get(in, c));
          }
        });
  }

  private void fold(Fold op) {
    Floats x = elements.floats(op.x());
    int channels = (int) op.out().columns();
    double[] sums = sums(op.out());
    forEachTap(
        op.x().rows(),
        (out, tap, in) -> {
          for (int c = 0; in >= 0 && c < channels; c++) {
            sums[in * channels + c] += x.get(out, tap * channels + c);
          }
        });
    store(sums, op.out());
  }

  private void maxPool(MaxPool op) {
    Floats x = elements.floats(op.x());
    Floats max = elements.floats(op.out());
    Ints taps = elements.ints(op.taps());
    for (int e = 0; e < op.out().size(); e++) {
      taps.set(e, -1);
    }
    forEachTap(
        op.out().rows(),
        (out, tap, in) -> {
          for (int c = 0; in >= 0 && c < x.columns(); c++) {
            float value = x.get(in, c);
            float best = max.get(out, c);
            boolean first = taps.get(out, c) < 0;
            if (first || value > best || (Float.isNaN(value) && !Float.isNaN(best))) {
              max.set(out, c, value);
              taps.set(out, c, tap);
            }
          }
        });
  }

  private void maxPoolBackward(MaxPoolBackward op) {
    Floats dOut = elements.floats(op.dOut());
    Ints taps = elements.ints(op.taps());
    int channels = dOut.columns();
    double[] sums = sums(op.dX());
    forEachTap(
        op.dOut().rows(),
        (out, tap, in) -> {
          for (int c = 0; in >= 0 && c < channels; c++) {
            if (taps.get(out, c) == tap) {
              sums[in * channels + c] += dOut.get(out, c);
            }
          }
        });
    store(sums, op.dX());
  }

  private void averagePool(AveragePool op) {
    Floats x = elements.floats(op.x());
    int channels = x.columns();
    int[] counts = counts(op.out());
    double[] sums = sums(op.out());
    forEachTap(
        op.out().rows(),
        (out, tap, in) -> {
          for (int c = 0; in >= 0 && c < channels; c++) {
            sums[out * channels + c] += x.get(in, c);
          }
        });
    for (int e = 0; e < sums.length; e++) {
      sums[e] /= counts[e / channels];
    }
    store(sums, op.out());
  }

  private void averagePoolBackward(AveragePoolBackward op) {
    Floats dOut = elements.floats(op.dOut());
    int channels = dOut.columns();
    int[] counts = counts(op.dOut());
    double[] sums = sums(op.dX());
    forEachTap(
        op.dOut().rows(),
        (out, tap, in) -> {
          for (int c = 0; in >= 0 && c < channels; c++) {
            sums[in * channels + c] += (double) dOut.get(out, c) / counts[out];
          }
        });
    store(sums, op.dX());
  }

  /// The number of taps inside the image for each place.
  private int[] counts(Tensor places) {
    int[] counts = new int[Math.toIntExact(places.rows())];
    forEachTap(places.rows(), (out, tap, in) -> counts[out] += in >= 0 ? 1 : 0);
    return counts;
  }

  private static double[] sums(Tensor tensor) {
    return new double[Math.toIntExact(tensor.size())];
  }

  private void store(double[] sums, Tensor tensor) {
    Floats out = elements.floats(tensor);
    for (int e = 0; e < sums.length; e++) {
      out.set(e, sums[e]);
    }
  }
}
