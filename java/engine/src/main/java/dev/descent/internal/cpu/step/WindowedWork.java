package dev.descent.internal.cpu.step;

import dev.descent.program.Operation;
import dev.descent.program.Tensor;
import dev.descent.program.Window;
import dev.descent.program.WindowedOperation.AveragePool;
import dev.descent.program.WindowedOperation.AveragePoolBackward;
import dev.descent.program.WindowedOperation.Fold;
import dev.descent.program.WindowedOperation.Unfold;
import java.util.Arrays;

/// The work of operations on the neighbourhoods of positions. Backward passes gather: an element
/// is the sum of what belongs to it, in the order of the taps.
final class WindowedWork {
  private final Windows windows;

  private WindowedWork(Window window) {
    this.windows = new Windows(window);
  }

  static LinesWork of(Unfold op, Storage storage) {
    var work = new WindowedWork(op.window());
    FloatSpan x = storage.floats(op.x());
    FloatSpan out = storage.floats(op.out());
    int channels = (int) op.x().columns();
    return new LinesWork(
        op, work.windows.outHeight, (worker, image, y) -> work.unfold(x, out, channels, image, y));
  }

  static LinesWork of(Fold op, Storage storage) {
    var work = new WindowedWork(op.window());
    FloatSpan x = storage.floats(op.x());
    FloatSpan out = storage.floats(op.out());
    int channels = (int) op.out().columns();
    int unfolded = (int) op.x().columns();
    return work.gather(
        op,
        op.out(),
        out,
        (place, tap, to) -> {
          int from = x.offset() + place * unfolded + tap * channels;
          add(x.array(), from, 1, out.array(), to, channels);
        });
  }

  static LinesWork of(AveragePool op, Storage storage) {
    var work = new WindowedWork(op.window());
    FloatSpan x = storage.floats(op.x());
    FloatSpan out = storage.floats(op.out());
    int channels = (int) op.x().columns();
    return new LinesWork(
        op,
        work.windows.outHeight,
        (worker, image, y) -> work.averagePool(x, out, channels, image, y));
  }

  static LinesWork of(AveragePoolBackward op, Storage storage) {
    var work = new WindowedWork(op.window());
    FloatSpan dOut = storage.floats(op.dOut());
    FloatSpan dX = storage.floats(op.dX());
    int channels = (int) op.dX().columns();
    return work.gather(
        op,
        op.dX(),
        dX,
        (place, tap, to) -> {
          float factor = 1f / work.count(place);
          add(dOut.array(), dOut.offset() + place * channels, factor, dX.array(), to, channels);
        });
  }

  /// What is added to a position's channels for a tap that is over it.
  private interface Tap {
    /// @param place the row of the kernel's place
    /// @param to the index of the position's first element
    void add(int place, int tap, int to);
  }

  /// Sums, for each element of images, what belongs to it.
  private LinesWork gather(Operation op, Tensor images, FloatSpan sums, Tap tap) {
    int channels = (int) images.columns();
    return new LinesWork(
        op,
        windows.height,
        (worker, image, y) -> {
          for (int column = 0; column < windows.width; column++) {
            int to = sums.offset() + windows.position(image, y, column) * channels;
            Arrays.fill(sums.array(), to, to + channels, 0);
            forEachTap(image, y, column, tap, to);
          }
        });
  }

  /// Visits the taps that are over a position, in their order.
  private void forEachTap(int image, int y, int x, Tap tap, int to) {
    for (int i = 0; i < windows.kernelHeight; i++) {
      int line = windows.placeOver(y + windows.top, i, windows.outHeight);
      for (int j = 0; line >= 0 && j < windows.kernelWidth; j++) {
        int column = windows.placeOver(x + windows.left, j, windows.outWidth);
        if (column >= 0) {
          tap.add(windows.place(image, line, column), i * windows.kernelWidth + j, to);
        }
      }
    }
  }

  private void unfold(FloatSpan x, FloatSpan out, int channels, int image, int y) {
    int run = windows.kernelWidth * channels;
    int to = out.offset() + windows.place(image, y, 0) * windows.kernelHeight * run;
    for (int place = 0; place < windows.outWidth; place++) {
      int first = place * windows.stride - windows.left;
      int from = Math.max(0, -first);
      int end = Math.min(windows.kernelWidth, windows.width - first);
      for (int i = 0; i < windows.kernelHeight; i++) {
        int line = y * windows.stride + i - windows.top;
        if (line < 0 || line >= windows.height || from >= end) {
          Arrays.fill(out.array(), to, to + run, 0);
        } else {
          int at = x.offset() + windows.position(image, line, first + from) * channels;
          Arrays.fill(out.array(), to, to + from * channels, 0);
          System.arraycopy(
              x.array(), at, out.array(), to + from * channels, (end - from) * channels);
          Arrays.fill(out.array(), to + end * channels, to + run, 0);
        }
        to += run;
      }
    }
  }

  private static void add(float[] x, int from, float factor, float[] out, int to, int count) {
    for (int c = 0; c < count; c++) {
      out[to + c] += factor * x[from + c];
    }
  }

  /// The taps inside the image at a place, which is a row of all.
  private int count(int place) {
    int inImage = place % (windows.outHeight * windows.outWidth);
    return count(inImage / windows.outWidth, inImage % windows.outWidth);
  }

  private int count(int y, int x) {
    return inside(y * windows.stride - windows.top, windows.kernelHeight, windows.height)
        * inside(x * windows.stride - windows.left, windows.kernelWidth, windows.width);
  }

  private static int inside(int first, int kernel, int size) {
    return Math.min(size, first + kernel) - Math.max(0, first);
  }

  private void averagePool(FloatSpan x, FloatSpan out, int channels, int image, int y) {
    for (int place = 0; place < windows.outWidth; place++) {
      int to = out.offset() + windows.place(image, y, place) * channels;
      Arrays.fill(out.array(), to, to + channels, 0);
      for (int i = 0; i < windows.kernelHeight; i++) {
        int line = y * windows.stride + i - windows.top;
        for (int j = 0; line >= 0 && line < windows.height && j < windows.kernelWidth; j++) {
          int column = place * windows.stride + j - windows.left;
          if (column >= 0 && column < windows.width) {
            int from = x.offset() + windows.position(image, line, column) * channels;
            add(x.array(), from, 1, out.array(), to, channels);
          }
        }
      }
      int count = count(y, place);
      for (int c = 0; c < channels; c++) {
        out.array()[to + c] /= count;
      }
    }
  }
}
