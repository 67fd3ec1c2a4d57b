package dev.descent.internal.cpu.step;

import dev.descent.internal.cpu.kernel.Places;
import dev.descent.program.Window;
import java.util.stream.IntStream;

/// Where a kernel's taps are at each of its places, with what is asked for often at hand.
final class Windows {
  final int height;
  final int width;
  final int kernelHeight;
  final int kernelWidth;
  final int stride;
  final int top;
  final int left;
  final int outHeight;
  final int outWidth;

  /// The places of a line at which no tap is beside the image.
  private final int firstWhole;

  private final int endWhole;

  Windows(Window window) {
    this.height = window.height();
    this.width = window.width();
    this.kernelHeight = window.kernelHeight();
    this.kernelWidth = window.kernelWidth();
    this.stride = window.stride();
    this.top = window.top();
    this.left = window.left();
    this.outHeight = window.outHeight();
    this.outWidth = window.outWidth();
    this.firstWhole = Math.min((left + stride - 1) / stride, outWidth);
    int end = Math.floorDiv(width + left - kernelWidth, stride) + 1;
    this.endWhole = Math.clamp(end, firstWhole, outWidth);
  }

  /// What is done at neighbouring places.
  interface Run {
    /// Does it.
    ///
    /// @param place the row of the first of them among the kernel's places in all images
    void at(Places places, int place);
  }

  /// An instance for [#forEach] of each worker.
  Places[] places(int channels, int workers) {
    return IntStream.range(0, workers)
        .mapToObj(worker -> new Places(kernelHeight * kernelWidth, channels, stride * channels))
        .toArray(Places[]::new);
  }

  /// Visits the places of a line, at once those that have the same taps.
  ///
  /// @param places modified
  /// @param offset where the images begin
  void forEach(Places places, int image, int y, int offset, Run run) {
    for (int x = 0; x < outWidth; ) {
      int count = x == firstWhole && x < endWhole ? endWhole - x : 1;
      places.begin(count);
      for (int i = 0; i < kernelHeight; i++) {
        int line = y * stride + i - top;
        for (int j = 0; line >= 0 && line < height && j < kernelWidth; j++) {
          int column = x * stride + j - left;
          if (column >= 0 && column < width) {
            int start = offset + position(image, line, column) * places.channels();
            places.add(i * kernelWidth + j, start);
          }
        }
      }
      run.at(places, place(image, y, x));
      x += count;
    }
  }

  /// Whether no position has more than one tap over it.
  boolean areApart() {
    return stride >= Math.max(kernelHeight, kernelWidth);
  }

  /// Whether a tap is over a line, at one of the kernel's places; of windows that are apart.
  boolean coverLine(int y) {
    return cover(y + top, kernelHeight, outHeight);
  }

  /// Whether a tap is over a column, at one of the kernel's places; of windows that are apart.
  boolean coverColumn(int x) {
    return cover(x + left, kernelWidth, outWidth);
  }

  private boolean cover(int index, int kernel, int places) {
    return index % stride < kernel && index / stride < places;
  }

  /// The place at which a tap is over a line or column, or -1.
  ///
  /// @param index of the line or column, what lies outside the image before it included
  int placeOver(int index, int tap, int places) {
    int distance = index - tap;
    int place = distance / stride;
    return distance >= 0 && place * stride == distance && place < places ? place : -1;
  }

  /// The row of a position among those of all images.
  int position(int image, int y, int x) {
    return (image * height + y) * width + x;
  }

  /// The row of a place among those of all images.
  int place(int image, int y, int x) {
    return (image * outHeight + y) * outWidth + x;
  }
}
