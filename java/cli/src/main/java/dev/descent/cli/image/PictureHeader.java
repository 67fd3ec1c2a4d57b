package dev.descent.cli.image;

import dev.descent.DataException;
import java.nio.file.Path;
import java.util.Locale;

/// What a picture's file says of itself, found by walking through all of it before anything is
/// decoded: so that a damaged file is refused, and one that says more than it has costs nothing.
///
/// @param format `png` or `jpeg`
/// @param width in pixels, before it is turned
/// @param height in pixels, before it is turned
/// @param orientation how it must be turned to stand upright, as EXIF numbers it (see
///     [Grey#upright])
/// @param colours what the channels of a JPEG are; the decoder knows those of a PNG
record PictureHeader(String format, int width, int height, int orientation, Colours colours) {
  /// The longest side that JPEG has; each row costs time however short it is.
  private static final int LONGEST_SIDE = 65_535;

  private static final long MOST_PIXELS = 50_000_000;

  /// A picture of more pixels is decoded to every second, third, ... pixel of each side.
  private static final long MOST_DECODED = 16_000_000;

  /// Deflate makes at most 1,032 bytes of one; a JPEG has a bit for each block of 64 pixels in one
  /// of its channels, the smallest of which may have a sixteenth of the pixels.
  private static final long MOST_RATIO = 1032;

  /// The time that a picture takes grows with its unpacked bytes, or with its pixels times its
  /// scans. Within these numbers it stays around a second.
  private static final long FREE_WORK = 64L << 20;

  /// Beyond [#FREE_WORK], a picture is believed if it has one byte for so many; photographs have
  /// one for 2 to 20.
  private static final long BELIEVED_RATIO = 100;

  /// What the channels of a picture mean.
  enum Colours {
    /// Whatever the decoder makes of them.
    DECODED,
    GREY,
    RGB,
    YCBCR,
    /// Ink: 0 none.
    CMYK,
    /// Ink as Adobe's programs write it: 255 none.
    INVERTED_CMYK,
    /// Inverted CMYK whose first three channels are turned into YCbCr.
    YCCK
  }

  /// Fails if the picture is too large, or larger than its file can hold.
  ///
  /// @param work what decoding it costs, in bytes or pixels
  /// @param fileBytes those that the picture's content has
  void requireModest(Path file, long work, long fileBytes) {
    long pixels = (long) width * height;
    if (width < 1 || height < 1 || Math.max(width, height) > LONGEST_SIDE || pixels > MOST_PIXELS) {
      throw new DataException(
          String.format(
              Locale.ROOT,
              "%s: says that it has %d x %d pixels; pictures of 1 to %,d, at most %,d a side, are read",
              file,
              width & 0xFFFF_FFFFL,
              height & 0xFFFF_FFFFL,
              MOST_PIXELS,
              LONGEST_SIDE));
    }
    if (pixels / 8 > fileBytes * MOST_RATIO) {
      throw new DataException(
          String.format(
              Locale.ROOT,
              "%s: says that it has %d x %d pixels, more than its %,d bytes can hold: damaged",
              file,
              width,
              height,
              fileBytes));
    }
    if (work > Math.max(FREE_WORK, fileBytes * BELIEVED_RATIO)) {
      throw new DataException(
          String.format(
              Locale.ROOT,
              "%s: its %,d bytes unpack to a picture of %d x %d pixels, suspiciously many;"
                  + " save it smaller",
              file,
              fileBytes,
              width,
              height));
    }
  }

  /// Of how many pixels in a row, and rows, one is decoded.
  int step() {
    int step = 1;
    while ((long) Math.ceilDiv(width, step) * Math.ceilDiv(height, step) > MOST_DECODED) {
      step++;
    }
    return step;
  }
}
