package dev.descent.cli.image;

import dev.descent.DataException;

/// Brings a drawing of one bright thing on dark ground into the form that MNIST's digits have: the
/// ground black, the ink fitted into the middle 20/28 of the image keeping its proportions, and its
/// centre of mass in the middle.
final class Centring {
  /// The part of the image's side that the ink fills: 20 of 28 pixels.
  private static final double FILL = 20 / 28.0;

  /// Less contrast between ground and brightest ink means that there is none.
  private static final int LEAST_CONTRAST = 32;

  /// The part of the contrast below which a pixel is ground: paper is never quite even.
  private static final double GROUND = 0.2;

  private static final int LEVELS = 256;

  private Centring() {}

  /// Centres a drawing. A new image.
  ///
  /// @param name the file's name, for the message
  /// @throws DataException if there is no ink
  static Grey centred(String name, Grey drawing, int width, int height) {
    Grey clean = withoutGround(name, drawing);
    int[] box = inkBox(clean);
    int boxWidth = box[2] - box[0] + 1;
    int boxHeight = box[3] - box[1] + 1;
    double scale = Math.min(FILL * width / boxWidth, FILL * height / boxHeight);
    int newWidth = Math.clamp(Math.round(boxWidth * scale), 1, width);
    int newHeight = Math.clamp(Math.round(boxHeight * scale), 1, height);
    Grey ink = clean.scaled(box[0], box[1], boxWidth, boxHeight, newWidth, newHeight);
    return placed(ink, width, height);
  }

  /// Makes the ground 0 and the brightest ink 255. The ground is the median level: ink covers less
  /// than half of a drawing.
  private static Grey withoutGround(String name, Grey drawing) {
    int[] histogram = new int[LEVELS];
    for (byte pixel : drawing.pixels()) {
      histogram[pixel & 0xFF]++;
    }
    int median = 0;
    for (int below = histogram[0]; 2L * below < drawing.pixels().length; ) {
      below += histogram[++median];
    }
    int brightest = LEVELS - 1;
    while (histogram[brightest] == 0) {
      brightest--;
    }
    if (brightest - median < LEAST_CONTRAST) {
      throw new DataException(
          name
              + ": found nothing bright on dark ground; if it is dark on bright ground, invert it");
    }
    double ground = median + GROUND * (brightest - median);
    byte[] clean = new byte[drawing.pixels().length];
    for (int i = 0; i < clean.length; i++) {
      double level = ((drawing.pixels()[i] & 0xFF) - ground) / (brightest - ground);
      clean[i] = (byte) Math.round(255 * Math.max(0, level));
    }
    return new Grey(drawing.width(), drawing.height(), clean);
  }

  /// The left, top, right and bottom of what is not black.
  private static int[] inkBox(Grey image) {
    int[] box = {image.width(), image.height(), -1, -1};
    for (int y = 0; y < image.height(); y++) {
      for (int x = 0; x < image.width(); x++) {
        if (image.at(x, y) > 0) {
          box[0] = Math.min(box[0], x);
          box[1] = Math.min(box[1], y);
          box[2] = Math.max(box[2], x);
          box[3] = Math.max(box[3], y);
        }
      }
    }
    return box;
  }

  /// Puts the ink on a black image, its centre of mass in the middle as far as it stays inside.
  private static Grey placed(Grey ink, int width, int height) {
    double mass = 0;
    double momentX = 0;
    double momentY = 0;
    for (int y = 0; y < ink.height(); y++) {
      for (int x = 0; x < ink.width(); x++) {
        mass += ink.at(x, y);
        momentX += (double) ink.at(x, y) * x;
        momentY += (double) ink.at(x, y) * y;
      }
    }
    int left = offset(width, ink.width(), momentX / mass);
    int top = offset(height, ink.height(), momentY / mass);
    byte[] pixels = new byte[width * height];
    for (int y = 0; y < ink.height(); y++) {
      System.arraycopy(
          ink.pixels(), y * ink.width(), pixels, (top + y) * width + left, ink.width());
    }
    return new Grey(width, height, pixels);
  }

  private static int offset(int room, int length, double centre) {
    double wanted = Double.isNaN(centre) ? (room - length) / 2.0 : (room - 1) / 2.0 - centre;
    return Math.clamp(Math.round(wanted), 0, room - length);
  }
}
