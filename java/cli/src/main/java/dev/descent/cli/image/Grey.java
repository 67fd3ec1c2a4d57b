package dev.descent.cli.image;

/// A grey image.
///
/// @param width in pixels
/// @param height in pixels
/// @param pixels `height x width` levels, 0 black to 255 white; not copied
@SuppressWarnings("ArrayRecordComponent") // copying would double a picture's memory
public record Grey(int width, int height, byte[] pixels) {
  private static final int MIDDLE_GREY = 127;

  /// The picture as a model takes it: brought to size by averaging areas; its proportions are kept
  /// only where it is centred.
  ///
  /// @param name the file's name, for the message
  /// @param invert whether to take the negative: for dark ink on bright paper
  /// @param centre whether to find what is bright on dark ground (after inverting), fit it into the
  ///     middle 20/28 of the image and put its centre of mass in the middle, as MNIST does
  /// @return `newHeight x newWidth` bytes, row-major
  /// @throws dev.descent.DataException if there is nothing to centre
  public byte[] fitted(String name, int newWidth, int newHeight, boolean invert, boolean centre) {
    if (newWidth < 1 || newHeight < 1) {
      throw new IllegalArgumentException("an image of " + newWidth + " x " + newHeight + " pixels");
    }
    Grey drawing = invert ? inverted() : this;
    Grey image =
        centre
            ? Centring.centred(name, drawing, newWidth, newHeight)
            : drawing.scaled(0, 0, width, height, newWidth, newHeight);
    return image.pixels();
  }

  /// Whether the border of the picture, brought to this size, is bright on the whole.
  ///
  /// @param name the file's name, for messages
  public boolean hasBrightBorder(String name, int newWidth, int newHeight) {
    byte[] small = fitted(name, newWidth, newHeight, false, false);
    long sum = 0;
    int count = 0;
    for (int y = 0; y < newHeight; y++) {
      for (int x = 0; x < newWidth; x++) {
        if (y == 0 || x == 0 || y == newHeight - 1 || x == newWidth - 1) {
          sum += small[y * newWidth + x] & 0xFF;
          count++;
        }
      }
    }
    return sum > (long) count * MIDDLE_GREY;
  }

  /// The picture turned upright.
  ///
  /// @param orientation where the first row and the first column belong, as EXIF numbers it: 1 top
  ///     and left, 2 top and right, 3 bottom and right, 4 bottom and left, 5 left and top, 6 right
  ///     and top, 7 right and bottom, 8 left and bottom
  Grey upright(int orientation) {
    if (orientation == 1) {
      return this;
    }
    boolean turned = orientation >= 5;
    int newWidth = turned ? height : width;
    int newHeight = turned ? width : height;
    byte[] upright = new byte[pixels.length];
    for (int y = 0; y < newHeight; y++) {
      for (int x = 0; x < newWidth; x++) {
        int column = turned ? y : x;
        int row = turned ? x : y;
        // Which of the picture's own axes run the other way.
        boolean backwards =
            switch (orientation) {
              case 2, 3, 7, 8 -> true;
              default -> false;
            };
        boolean upwards =
            switch (orientation) {
              case 3, 4, 6, 7 -> true;
              default -> false;
            };
        upright[y * newWidth + x] =
            pixels[
                (upwards ? height - 1 - row : row) * width
                    + (backwards ? width - 1 - column : column)];
      }
    }
    return new Grey(newWidth, newHeight, upright);
  }

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
