package dev.descent.program;

import java.util.Locale;
import java.util.Objects;

/// How a kernel moves over the positions of an image: a step of `stride` down and to the right each
/// time.
///
/// The position (y, x) of an image is row `y * width + x` of its part of a tensor. Tap (i, j) of
/// the kernel at the place (p, q) is over the position (p * stride + i - top, q * stride + j -
/// left), which may lie outside the image.
///
/// @param height of the image, at least 1
/// @param width of the image, at least 1
/// @param kernelHeight at least 1, with [Padding#VALID] at most the height
/// @param kernelWidth at least 1, with [Padding#VALID] at most the width
/// @param stride at least 1
/// @param padding what becomes of the image's edges
public record Window(
    int height, int width, int kernelHeight, int kernelWidth, int stride, Padding padding) {
  /// Checks the sizes.
  ///
  /// @throws IllegalArgumentException if one is below 1, or the kernel does not fit into
  ///     an image without padding
  public Window {
    Objects.requireNonNull(padding, "padding");
    if (height < 1 || width < 1 || kernelHeight < 1 || kernelWidth < 1 || stride < 1) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "a kernel of %d x %d with stride %d over an image of %d x %d; all must be >= 1",
              kernelHeight,
              kernelWidth,
              stride,
              height,
              width));
    }
    if (padding == Padding.VALID && (kernelHeight > height || kernelWidth > width)) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "a kernel of %d x %d is larger than its image of %d x %d",
              kernelHeight,
              kernelWidth,
              height,
              width));
    }
    if ((long) kernelHeight * kernelWidth > Integer.MAX_VALUE
        || (long) height * width > Integer.MAX_VALUE) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "a kernel of %d x %d over an image of %d x %d is too large",
              kernelHeight,
              kernelWidth,
              height,
              width));
    }
  }

  /// {@return the places of the kernel from top to bottom}
  public int outHeight() {
    return places(height, kernelHeight);
  }

  /// {@return the places of the kernel from left to right}
  public int outWidth() {
    return places(width, kernelWidth);
  }

  private int places(int size, int kernel) {
    return padding == Padding.SAME ? (size - 1) / stride + 1 : (size - kernel) / stride + 1;
  }

  /// {@return the positions that the kernel's first place reaches over the top}
  public int top() {
    return before(height, kernelHeight, outHeight());
  }

  /// {@return the positions that the kernel's first place reaches over the left side}
  public int left() {
    return before(width, kernelWidth, outWidth());
  }

  private int before(int size, int kernel, int places) {
    long reach = (places - 1L) * stride + kernel - size;
    return padding == Padding.SAME ? (int) (Math.max(0, reach) / 2) : 0;
  }

  /// {@return the positions of an image}
  public int positions() {
    return height * width;
  }

  /// {@return the kernel's places in an image}
  public int places() {
    return outHeight() * outWidth();
  }

  /// {@return the taps of the kernel}
  public int taps() {
    return kernelHeight * kernelWidth;
  }

  /// `28 x 28, kernel 3 x 3, stride 1, same`
  @Override
  public String toString() {
    return String.format(
        Locale.ROOT,
        "%d x %d, kernel %d x %d, stride %d, %s",
        height,
        width,
        kernelHeight,
        kernelWidth,
        stride,
        padding == Padding.SAME ? "same" : "valid");
  }
}
