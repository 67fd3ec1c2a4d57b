package dev.descent.cli.text;

import java.util.ArrayList;
import java.util.List;

/// Grey images side by side, made of letters: each letter shows two pixels, one above the other,
/// since letters are twice as tall as wide.
public final class Thumbnails {
  /// Columns between two images.
  public static final int GAP = 2;

  /// From black to white.
  private static final String SHADES = " .:-=+*#%@";

  private static final String UPPER = "▀";
  private static final String LOWER = "▄";
  private static final String BOTH = "█";

  /// The greys of a terminal with 256 colours: 24 from nearly black to nearly white.
  private static final int DARKEST = 232;

  private static final int GREYS = 24;
  private static final String RESET = "\u001B[0m";

  /// An image.
  ///
  /// @param pixels holds `height x width` levels, 0 black to 255 white, from `first`; not copied
  public record Image(byte[] pixels, int first, int width, int height) {
    private int at(int x, int y) {
      return pixels[first + Math.min(y, height - 1) * width + x] & 0xFF;
    }
  }

  /// What images are drawn with.
  public enum Ink {
    /// Ten signs of ASCII: what every terminal and file can show.
    SHADES,
    /// Half blocks, bright or dark.
    BLOCKS,
    /// Half blocks in greys.
    GREYS;

    /// The best that a terminal can show.
    ///
    /// @param terminal whether there is one
    public static Ink of(boolean terminal, boolean colours, Letters letters) {
      if (!terminal || !letters.have(UPPER + LOWER + BOTH)) {
        return SHADES;
      }
      return colours ? GREYS : BLOCKS;
    }
  }

  private Thumbnails() {}

  /// How many images fit side by side.
  public static int fitting(int imageWidth, int width) {
    return (width + GAP) / (imageWidth + GAP);
  }

  /// Draws images of the same size.
  public static List<String> lines(List<Image> images, Ink ink) {
    List<String> lines = new ArrayList<>();
    for (int y = 0; y < images.getFirst().height(); y += 2) {
      var line = new StringBuilder();
      for (Image image : images) {
        line.append(line.isEmpty() ? "" : " ".repeat(GAP));
        switch (ink) {
          case SHADES -> shades(line, image, y);
          case BLOCKS -> blocks(line, image, y);
          case GREYS -> greys(line, image, y);
        }
      }
      lines.add(line.toString().stripTrailing());
    }
    return lines;
  }

  private static void shades(StringBuilder line, Image image, int y) {
    for (int x = 0; x < image.width(); x++) {
      int level = (image.at(x, y) + image.at(x, y + 1)) / 2;
      line.append(SHADES.charAt(level * SHADES.length() / 256));
    }
  }

  /// Bright is what lies above the middle between the image's darkest and brightest pixel.
  private static void blocks(StringBuilder line, Image image, int y) {
    int middle = middle(image);
    for (int x = 0; x < image.width(); x++) {
      boolean upper = image.at(x, y) > middle;
      boolean lower = image.at(x, y + 1) > middle;
      line.append(upper ? (lower ? BOTH : UPPER) : lower ? LOWER : " ");
    }
  }

  private static int middle(Image image) {
    int least = 255;
    int most = 0;
    for (int y = 0; y < image.height(); y++) {
      for (int x = 0; x < image.width(); x++) {
        least = Math.min(least, image.at(x, y));
        most = Math.max(most, image.at(x, y));
      }
    }
    return (least + most) / 2;
  }

  private static void greys(StringBuilder line, Image image, int y) {
    int before = -1;
    for (int x = 0; x < image.width(); x++) {
      int upper = DARKEST + image.at(x, y) * GREYS / 256;
      int lower = DARKEST + image.at(x, y + 1) * GREYS / 256;
      int both = upper * 256 + lower;
      if (both != before) {
        line.append("\u001B[38;5;").append(upper).append(";48;5;").append(lower).append('m');
        before = both;
      }
      line.append(UPPER);
    }
    line.append(RESET);
  }
}
