package dev.descent.cli.image;

/// A grey image.
///
/// @param width in pixels
/// @param height in pixels
/// @param pixels `height x width` levels, 0 black to 255 white; not copied
record Grey(int width, int height, byte[] pixels) {

  /// A level, 0 to 255.
  int at(int x, int y) {
    return pixels[y * width + x] & 0xFF;
  }

  /// The negative. A new image.
  Grey inverted() {
    byte[] negative = new byte[pixels.length];
    for (int i = 0; i < pixels.length; i++) {
      negative[i] = (byte) ~pixels[i];
    }
    return new Grey(width, height, negative);
  }

  /// A part of the image brought to another size: each new pixel is the mean of the area that it
  /// covers.
  ///
  /// @param left to partHeight the part, inside the image
  Grey scaled(int left, int top, int partWidth, int partHeight, int newWidth, int newHeight) {
    byte[] scaled = new byte[newWidth * newHeight];
    double stepX = partWidth / (double) newWidth;
    double stepY = partHeight / (double) newHeight;
    for (int y = 0; y < newHeight; y++) {
      for (int x = 0; x < newWidth; x++) {
        double mean =
            mean(
                left + x * stepX,
                Math.min(left + (x + 1) * stepX, width),
                top + y * stepY,
                Math.min(top + (y + 1) * stepY, height));
        scaled[y * newWidth + x] = (byte) Math.clamp(Math.round(mean), 0, 255);
      }
    }
    return new Grey(newWidth, newHeight, scaled);
  }

  private double mean(double x0, double x1, double y0, double y1) {
    double sum = 0;
    double area = 0;
    for (int y = (int) y0; y < y1; y++) {
      double rowShare = Math.min(y + 1, y1) - Math.max(y, y0);
      for (int x = (int) x0; x < x1; x++) {
        double share = rowShare * (Math.min(x + 1, x1) - Math.max(x, x0));
        sum += share * at(x, y);
        area += share;
      }
    }
    return sum / area;
  }
}
