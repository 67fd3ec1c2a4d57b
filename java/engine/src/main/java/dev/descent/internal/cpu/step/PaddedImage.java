package dev.descent.internal.cpu.step;

import dev.descent.program.Window;

/// How an image lies in a worker's memory with zeros around it, and between its positions where a
/// stride has to be made up for: so that the taps of a line of the kernel are neighbours, and none
/// is outside.
///
/// @param height of the image
/// @param width of the image
/// @param channels of the image
/// @param top the lines of zeros above it
/// @param left the columns of zeros before it
/// @param step how far its positions lie apart
/// @param paddedHeight the lines, zeros included
/// @param paddedWidth the columns from a line to the next
record PaddedImage(
    int height,
    int width,
    int channels,
    int top,
    int left,
    int step,
    int paddedHeight,
    int paddedWidth) {
  /// What a convolution reads.
  static PaddedImage input(Window window, int channels) {
    return new PaddedImage(
        window.height(),
        window.width(),
        channels,
        window.top(),
        window.left(),
        1,
        (window.outHeight() - 1) * window.stride() + window.kernelHeight(),
        pitch(
            window.width(),
            window.left(),
            (window.outWidth() - 1) * window.stride() + window.kernelWidth()));
  }

  /// What its derivative by the input reads, a convolution of the derivative by the output.
  static PaddedImage output(Window window, int filters) {
    int left = window.kernelWidth() - 1 - window.left();
    return new PaddedImage(
        window.outHeight(),
        window.outWidth(),
        filters,
        window.kernelHeight() - 1 - window.top(),
        left,
        window.stride(),
        window.height() + window.kernelHeight() - 1,
        pitch(
            (window.outWidth() - 1) * window.stride() + 1,
            left,
            window.width() + window.kernelWidth() - 1));
  }

  /// How far lines lie apart: the zeros before a line are also those behind the line above it.
  ///
  /// @param width of a line
  /// @param left the zeros before it
  /// @param reach of the kernel along a line, zeros included
  private static int pitch(int width, int left, int reach) {
    return Math.max(reach - left, left + Math.min(width, reach - left));
  }

  /// The number of elements.
  int size() {
    return Math.multiplyExact(
        Math.addExact(Math.multiplyExact(paddedHeight, paddedWidth), left), channels);
  }

  /// The elements of a line.
  int line() {
    return paddedWidth * channels;
  }

  /// Copies the n-th image into memory whose zeros are there already.
  void copy(FloatSpan images, int image, float[] padded, int start) {
    int lines = Math.min(height, (paddedHeight - 1 - top) / step + 1);
    int columns = Math.min(width, (paddedWidth - 1 - left) / step + 1);
    int from = images.offset() + image * height * width * channels;
    for (int y = 0; y < lines; y++) {
      int to = start + ((top + y * step) * paddedWidth + left) * channels;
      if (step == 1) {
        System.arraycopy(images.array(), from, padded, to, columns * channels);
      } else {
        for (int x = 0; x < columns; x++) {
          System.arraycopy(
              images.array(), from + x * channels, padded, to + x * step * channels, channels);
        }
      }
      from += width * channels;
    }
  }
}
