package dev.descent.model;

import dev.descent.program.Activation;
import dev.descent.program.Padding;
import dev.descent.program.Window;
import java.util.Locale;

/// What layers have in common: kernels that move over images, and how settings are written.
final class Kernels {
  private Kernels() {}

  /// @throws IllegalArgumentException if a size or the stride is below 1
  static void require(int height, int width, int stride) {
    if (height < 1 || width < 1 || stride < 1) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "a kernel of %d x %d with stride %d; all must be >= 1",
              height,
              width,
              stride));
    }
  }

  /// @throws IllegalArgumentException if the kernel does not fit the image
  static Window window(Shape input, int height, int width, int stride, Padding padding) {
    if (padding == Padding.VALID && (height > input.height() || width > input.width())) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "it takes images of at least %d x %d, its kernel's size",
              height,
              width));
    }
    return new Window(input.height(), input.width(), height, width, stride, padding);
  }

  /// `3x3 stride 2 same`; what is usual is left out: the stride, and that the kernel stays inside.
  ///
  /// @param usual the stride that is left out
  static String text(int height, int width, int stride, int usual, Padding padding) {
    return height
        + (height == width && usual == height ? "" : "x" + width)
        + (stride == usual ? "" : " stride " + stride)
        + (padding == Padding.VALID ? "" : " " + Settings.word(padding));
  }

  /// Takes the padding from a layer's words; [Padding#VALID] if there is none.
  static Padding padding(LayerWords words) {
    Padding padding = words.constant(Padding.class);
    return padding == null ? Padding.VALID : padding;
  }

  /// ` relu he_normal`: an activation, and how weights start, each left out where it is usual.
  static String text(Activation activation, Initializer initializer) {
    return (activation == Activation.LINEAR ? "" : " " + Settings.word(activation))
        + (initializer == Initializer.suits(activation) ? "" : " " + Settings.word(initializer));
  }

  /// Takes the activation from a layer's words; [Activation#LINEAR] if there is none.
  static Activation activation(LayerWords words) {
    Activation activation = words.constant(Activation.class);
    return activation == null ? Activation.LINEAR : activation;
  }

  /// Takes from a layer's words how weights start before an activation.
  static Initializer initializer(LayerWords words, Activation before) {
    Initializer initializer = words.constant(Initializer.class);
    return initializer == null ? Initializer.suits(before) : initializer;
  }
}
