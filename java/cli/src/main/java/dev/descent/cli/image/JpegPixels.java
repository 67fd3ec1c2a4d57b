package dev.descent.cli.image;

import dev.descent.cli.image.PictureHeader.Colours;

/// Turns the channels of a JPEG into grey levels. Java's own decoder knows neither CMYK nor when it
/// is inverted, and takes some YCbCr for RGB: so its conversion is not used at all.
///
/// YCbCr becomes RGB as in T.871 section 7, in 16-bit fixed point as most decoders do; ink becomes
/// light as the product of what each ink and black let through; RGB becomes luminance (ITU-R
/// BT.601).
final class JpegPixels {
  private static final int HALF = 1 << 15;

  private JpegPixels() {}

  /// What is taken of a colour.
  @FunctionalInterface
  interface Mix {
    double of(int red, int green, int blue);
  }

  /// What is taken of the colour of a pixel, 0 to 255.
  ///
  /// @param samples channels of pixels, one pixel after the other
  /// @param at the pixel's first channel
  static double level(Mix mix, Colours colours, int[] samples, int at) {
    if (colours == Colours.GREY) {
      return samples[at];
    }
    int a = samples[at];
    int b = samples[at + 1];
    int c = samples[at + 2];
    return switch (colours) {
      case RGB -> mix.of(a, b, c);
      case YCBCR -> mix.of(red(a, c), green(a, b, c), blue(a, b));
      case CMYK -> mix.of(255 - a, 255 - b, 255 - c) * (255 - samples[at + 3]) / 255;
      case INVERTED_CMYK -> mix.of(a, b, c) * samples[at + 3] / 255;
      case YCCK ->
          mix.of(255 - red(a, c), 255 - green(a, b, c), 255 - blue(a, b)) * samples[at + 3] / 255;
      default -> throw new IllegalArgumentException("no channels of a JPEG: " + colours);
    };
  }

  /// The luminance of a colour.
  static double luminance(int red, int green, int blue) {
    return 0.299 * red + 0.587 * green + 0.114 * blue;
  }

  private static int red(int y, int cr) {
    return Math.clamp(y + ((91_881 * (cr - 128) + HALF) >> 16), 0, 255);
  }

  private static int green(int y, int cb, int cr) {
    return Math.clamp(y + ((-22_554 * (cb - 128) - 46_802 * (cr - 128) + HALF) >> 16), 0, 255);
  }

  private static int blue(int y, int cb) {
    return Math.clamp(y + ((116_130 * (cb - 128) + HALF) >> 16), 0, 255);
  }
}
