package dev.descent.internal.cpu.step;

import dev.descent.internal.cpu.kernel.Elementwise;
import dev.descent.program.Operation;
import dev.descent.program.Tensor;
import dev.descent.program.Window;
import dev.descent.program.WindowedOperation.AveragePool;
import dev.descent.program.WindowedOperation.AveragePoolBackward;
import dev.descent.program.WindowedOperation.Fold;
import dev.descent.program.WindowedOperation.MaxPool;
import dev.descent.program.WindowedOperation.MaxPoolBackward;
import dev.descent.program.WindowedOperation.Unfold;
import java.util.Arrays;

/// The work of operations on the neighbourhoods of positions. Backward passes gather: an element
/// is the sum of what belongs to it, in the order of the taps.
final class WindowedWork {
  private final Window window;
  private final int height;
  private final int width;
  private final int kernelHeight;
  private final int kernelWidth;
  private final int stride;
  private final int top;
  private final int left;
  private final int outHeight;
  private final int outWidth;

  private WindowedWork(Window window) {
    this.window = window;
    this.height = window.height();
    this.width = window.width();
    this.kernelHeight = window.kernelHeight();
    this.kernelWidth = window.kernelWidth();
    this.stride = window.stride();
    this.top = window.top();
    this.left = window.left();
    this.outHeight = window.outHeight();
    this.outWidth = window.outWidth();
  }

  static LinesWork of(Unfold op, Storage storage) {
    var windows = new WindowedWork(op.window());
    FloatSpan x = storage.floats(op.x());
    FloatSpan out = storage.floats(op.out());
    int channels = (int) op.x().columns();
    return new LinesWork(
        op, windows.outHeight, (worker, image, y) -> windows.unfold(x, out, channels, image, y));
  }

  static LinesWork of(Fold op, Storage storage) {
    var windows = new WindowedWork(op.window());
    FloatSpan x = storage.floats(op.x());
    FloatSpan out = storage.floats(op.out());
    int channels = (int) op.out().columns();
    int unfolded = (int) op.x().columns();
    return windows.gather(
        op,
        op.out(),
        out,
        (place, tap, to) -> {
          int from = x.offset() + place * unfolded + tap * channels;
          add(x.array(), from, 1, out.array(), to, channels);
        });
  }

  /// @param workers of the team
  static LinesWork of(MaxPool op, Elementwise math, Storage storage, int workers) {
    var windows = new WindowedWork(op.window());
    FloatSpan x = storage.floats(op.x());
    FloatSpan out = storage.floats(op.out());
    IntSpan taps = storage.ints(op.taps());
    int channels = (int) op.x().columns();
    int[][][] runs = new int[workers][2][op.window().taps()];
    return new LinesWork(
        op,
        windows.outHeight,
        (worker, image, y) -> {
          int[] starts = runs[worker][0];
          int[] names = runs[worker][1];
          for (int place = 0; place < windows.outWidth; place++) {
            int count = windows.inside(image, y, place, x.offset(), channels, starts, names);
            int to = windows.place(image, y, place) * channels;
            math.largest(
                x.array(),
                starts,
                names,
                count,
                out.array(),
                out.offset() + to,
                taps.array(),
                taps.offset() + to,
                channels);
          }
        });
  }

  /// Writes the taps inside the image, and where the positions that they are over begin.
  ///
  /// @return how many there are
  private int inside(int image, int y, int x, int offset, int channels, int[] starts, int[] names) {
    int count = 0;
    for (int i = 0; i < kernelHeight; i++) {
      int line = y * stride + i - top;
      for (int j = 0; line >= 0 && line < height && j < kernelWidth; j++) {
        int column = x * stride + j - left;
        if (column >= 0 && column < width) {
          starts[count] = offset + position(image, line, column) * channels;
          names[count++] = i * kernelWidth + j;
        }
      }
    }
    return count;
  }

  /// @param workers of the team
  static LinesWork of(MaxPoolBackward op, Elementwise math, Storage storage, int workers) {
    var windows = new WindowedWork(op.window());
    FloatSpan dOut = storage.floats(op.dOut());
    FloatSpan dX = storage.floats(op.dX());
    IntSpan taps = storage.ints(op.taps());
    int channels = (int) op.dX().columns();
    if (windows.stride >= Math.max(windows.kernelHeight, windows.kernelWidth)) {
      return windows.spread(op, dOut, taps, dX, channels, math, workers);
    }
    int[][] lines = windows.over(windows.height, windows.top, windows.kernelHeight, true);
    int[][] columns = windows.over(windows.width, windows.left, windows.kernelWidth, false);
    int[][][] runs = new int[workers][2][op.window().taps()];
    return new LinesWork(
        op,
        windows.height,
        (worker, image, y) -> {
          int[] starts = runs[worker][0];
          int[] names = runs[worker][1];
          int[] inLine = lines[y];
          for (int x = 0; x < windows.width; x++) {
            int[] inColumn = columns[x];
            int count = 0;
            for (int i = 0; i < inLine.length; i += 2) {
              for (int j = 0; j < inColumn.length; j += 2) {
                starts[count] = windows.place(image, inLine[i], inColumn[j]) * channels;
                names[count++] = inLine[i + 1] * windows.kernelWidth + inColumn[j + 1];
              }
            }
            math.whereLargest(
                dOut.array(),
                dOut.offset(),
                taps.array(),
                taps.offset(),
                starts,
                names,
                count,
                dX.array(),
                dX.offset() + windows.position(image, y, x) * channels,
                channels);
          }
        });
  }

  /// The derivative of a maximum over windows that do not overlap: each is spread over its
  /// positions.
  private LinesWork spread(
      MaxPoolBackward op,
      FloatSpan dOut,
      IntSpan taps,
      FloatSpan dX,
      int channels,
      Elementwise math,
      int workers) {
    int[][][] runs = new int[workers][2][window.taps()];
    return new LinesWork(
        op,
        outHeight,
        (worker, image, y) -> {
          // All of it, though little of it stays: memory that is filled in order is in the cache
          // when it is written in windows, which takes a third less time.
          int first = y == 0 ? 0 : y * stride - top;
          int end = y == outHeight - 1 ? height : (y + 1) * stride - top;
          int from = dX.offset() + position(image, first, 0) * channels;
          Arrays.fill(dX.array(), from, from + (end - first) * width * channels, 0);
          int[] starts = runs[worker][0];
          int[] names = runs[worker][1];
          for (int place = 0; place < outWidth; place++) {
            int count = inside(image, y, place, dX.offset(), channels, starts, names);
            int at = place(image, y, place) * channels;
            math.spreadLargest(
                dOut.array(),
                dOut.offset() + at,
                taps.array(),
                taps.offset() + at,
                starts,
                names,
                count,
                dX.array(),
                channels);
          }
        });
  }

  /// For each line or column the places with a tap over it, each with the tap.
  private int[][] over(int size, int before, int kernel, boolean lines) {
    int places = lines ? outHeight : outWidth;
    int[][] over = new int[size][];
    for (int index = 0; index < size; index++) {
      int[] found = new int[2 * kernel];
      int count = 0;
      for (int tap = 0; tap < kernel; tap++) {
        int place = placeOver(index + before, tap, places);
        if (place >= 0) {
          found[count++] = place;
          found[count++] = tap;
        }
      }
      over[index] = Arrays.copyOf(found, count);
    }
    return over;
  }

  static LinesWork of(AveragePool op, Storage storage) {
    var windows = new WindowedWork(op.window());
    FloatSpan x = storage.floats(op.x());
    FloatSpan out = storage.floats(op.out());
    int channels = (int) op.x().columns();
    return new LinesWork(
        op,
        windows.outHeight,
        (worker, image, y) -> windows.averagePool(x, out, channels, image, y));
  }

  static LinesWork of(AveragePoolBackward op, Storage storage) {
    var windows = new WindowedWork(op.window());
    FloatSpan dOut = storage.floats(op.dOut());
    FloatSpan dX = storage.floats(op.dX());
    int channels = (int) op.dX().columns();
    return windows.gather(
        op,
        op.dX(),
        dX,
        (place, tap, to) -> {
          float factor = 1f / windows.count(place);
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
        height,
        (worker, image, y) -> {
          for (int column = 0; column < width; column++) {
            int to = sums.offset() + position(image, y, column) * channels;
            Arrays.fill(sums.array(), to, to + channels, 0);
            forEachTap(image, y, column, tap, to);
          }
        });
  }

  /// Visits the taps that are over a position, in their order.
  private void forEachTap(int image, int y, int x, Tap tap, int to) {
    for (int i = 0; i < kernelHeight; i++) {
      int line = placeOver(y + top, i, outHeight);
      for (int j = 0; line >= 0 && j < kernelWidth; j++) {
        int column = placeOver(x + left, j, outWidth);
        if (column >= 0) {
          tap.add(place(image, line, column), i * kernelWidth + j, to);
        }
      }
    }
  }

  private int position(int image, int y, int x) {
    return (image * height + y) * width + x;
  }

  private int place(int image, int y, int x) {
    return (image * outHeight + y) * outWidth + x;
  }

  private void unfold(FloatSpan x, FloatSpan out, int channels, int image, int y) {
    int run = kernelWidth * channels;
    int to = out.offset() + place(image, y, 0) * kernelHeight * run;
    for (int place = 0; place < outWidth; place++) {
      int first = place * stride - left;
      int from = Math.max(0, -first);
      int end = Math.min(kernelWidth, width - first);
      for (int i = 0; i < kernelHeight; i++) {
        int line = y * stride + i - top;
        if (line < 0 || line >= height || from >= end) {
          Arrays.fill(out.array(), to, to + run, 0);
        } else {
          int at = x.offset() + position(image, line, first + from) * channels;
          Arrays.fill(out.array(), to, to + from * channels, 0);
          System.arraycopy(
              x.array(), at, out.array(), to + from * channels, (end - from) * channels);
          Arrays.fill(out.array(), to + end * channels, to + run, 0);
        }
        to += run;
      }
    }
  }

  /// The place at which a tap is over a line or column, or -1.
  ///
  /// @param index of the line or column, what lies outside the image before it included
  private int placeOver(int index, int tap, int places) {
    int distance = index - tap;
    int place = distance / stride;
    return distance >= 0 && place * stride == distance && place < places ? place : -1;
  }

  private static void add(float[] x, int from, float factor, float[] out, int to, int count) {
    for (int c = 0; c < count; c++) {
      out[to + c] += factor * x[from + c];
    }
  }

  /// The taps inside the image at a place, which is a row of all.
  private int count(int place) {
    int inImage = place % (outHeight * outWidth);
    return count(inImage / outWidth, inImage % outWidth);
  }

  private int count(int y, int x) {
    return inside(y * stride - top, kernelHeight, height)
        * inside(x * stride - left, kernelWidth, width);
  }

  private static int inside(int first, int kernel, int size) {
    return Math.min(size, first + kernel) - Math.max(0, first);
  }

  private void averagePool(FloatSpan x, FloatSpan out, int channels, int image, int y) {
    for (int place = 0; place < outWidth; place++) {
      int to = out.offset() + place(image, y, place) * channels;
      Arrays.fill(out.array(), to, to + channels, 0);
      for (int i = 0; i < kernelHeight; i++) {
        int line = y * stride + i - top;
        for (int j = 0; line >= 0 && line < height && j < kernelWidth; j++) {
          int column = place * stride + j - left;
          if (column >= 0 && column < width) {
            int from = x.offset() + position(image, line, column) * channels;
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
