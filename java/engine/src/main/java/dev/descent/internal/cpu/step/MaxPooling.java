package dev.descent.internal.cpu.step;

import dev.descent.internal.cpu.kernel.Elementwise;
import dev.descent.internal.cpu.kernel.Places;
import dev.descent.program.WindowedOperation.MaxPool;
import dev.descent.program.WindowedOperation.MaxPoolBackward;
import java.util.Arrays;

/// The largest of each window, and its derivative.
final class MaxPooling {
  private MaxPooling() {}

  /// @param workers of the team
  static LinesWork of(MaxPool op, Elementwise math, Storage storage, int workers) {
    var windows = new Windows(op.window());
    FloatSpan x = storage.floats(op.x());
    FloatSpan out = storage.floats(op.out());
    IntSpan taps = storage.ints(op.taps());
    int channels = (int) op.x().columns();
    Places[] own = windows.places(channels, workers);
    Windows.Run largest =
        (places, place) -> {
          int to = place * channels;
          math.largest(
              x.array(), places, out.array(), out.offset() + to, taps.array(), taps.offset() + to);
        };
    return new LinesWork(
        op,
        windows.outHeight,
        (worker, image, y) -> windows.forEach(own[worker], image, y, x.offset(), largest));
  }

  /// @param workers of the team
  static LinesWork of(MaxPoolBackward op, Elementwise math, Storage storage, int workers) {
    var windows = new Windows(op.window());
    FloatSpan dOut = storage.floats(op.dOut());
    FloatSpan dX = storage.floats(op.dX());
    IntSpan taps = storage.ints(op.taps());
    int channels = (int) op.dX().columns();
    return windows.areApart()
        ? spread(op, windows, dOut, taps, dX, channels, math, workers)
        : gather(op, windows, dOut, taps, dX, channels, math, workers);
  }

  /// Sums for each position what belongs to it, in the order of the taps.
  private static LinesWork gather(
      MaxPoolBackward op,
      Windows windows,
      FloatSpan dOut,
      IntSpan taps,
      FloatSpan dX,
      int channels,
      Elementwise math,
      int workers) {
    int[][] lines =
        over(windows, windows.height, windows.top, windows.kernelHeight, windows.outHeight);
    int[][] columns =
        over(windows, windows.width, windows.left, windows.kernelWidth, windows.outWidth);
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

  /// Spreads each window over its positions, where no two windows overlap.
  private static LinesWork spread(
      MaxPoolBackward op,
      Windows windows,
      FloatSpan dOut,
      IntSpan taps,
      FloatSpan dX,
      int channels,
      Elementwise math,
      int workers) {
    Places[] own = windows.places(channels, workers);
    Windows.Run run =
        (places, place) -> {
          int at = place * channels;
          math.spreadLargest(
              dOut.array(),
              dOut.offset() + at,
              taps.array(),
              taps.offset() + at,
              places,
              dX.array());
        };
    return new LinesWork(
        op,
        windows.outHeight,
        (worker, image, y) -> {
          // All of it, though little of it stays: memory that is filled in order is in the cache
          // when it is written in windows, which takes a third less time.
          int first = y == 0 ? 0 : y * windows.stride - windows.top;
          int end =
              y == windows.outHeight - 1 ? windows.height : (y + 1) * windows.stride - windows.top;
          int from = dX.offset() + windows.position(image, first, 0) * channels;
          int count = (end - first) * windows.width * channels;
          Arrays.fill(dX.array(), from, from + count, 0);
          windows.forEach(own[worker], image, y, dX.offset(), run);
        });
  }

  /// For each line or column the places with a tap over it, each with the tap.
  private static int[][] over(Windows windows, int size, int before, int kernel, int places) {
    int[][] over = new int[size][];
    for (int index = 0; index < size; index++) {
      int[] found = new int[2 * kernel];
      int count = 0;
      for (int tap = 0; tap < kernel; tap++) {
        int place = windows.placeOver(index + before, tap, places);
        if (place >= 0) {
          found[count++] = place;
          found[count++] = tap;
        }
      }
      over[index] = Arrays.copyOf(found, count);
    }
    return over;
  }
}
