package dev.descent.model;

import java.util.Locale;

/// The shape of one sample: `height` x `width` positions of `channels` values each. A row of values
/// is 1 x 1 x n.
///
/// A batch of samples is a matrix of `batch x height x width` rows and `channels` columns,
/// row-major (NHWC): so what works on rows works on the positions of images.
///
/// @param height at least 1
/// @param width at least 1
/// @param channels at least 1
public record Shape(int height, int width, int channels) {
  /// Checks the sizes.
  ///
  /// @throws IllegalArgumentException if one is below 1 or they are too many values together
  public Shape {
    if (height < 1 || width < 1 || channels < 1) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT, "a shape of %d x %d x %d; all must be >= 1", height, width, channels));
    }
    if ((double) height * width * channels > Integer.MAX_VALUE) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "a shape of %d x %d x %d has more than %,d values",
              height,
              width,
              channels,
              Integer.MAX_VALUE));
    }
  }

  /// {@return the shape of a row of values}
  ///
  /// @param values how many
  public static Shape row(int values) {
    return new Shape(1, 1, values);
  }

  /// {@return whether this is a row of values, with one position}
  public boolean isRow() {
    return positions() == 1;
  }

  /// {@return the rows that a sample takes in a batch's matrix: height x width}
  public int positions() {
    return height * width;
  }

  /// {@return the values of a sample: height x width x channels}
  public int size() {
    return height * width * channels;
  }

  /// `784`, or `28 x 28 x 1`.
  @Override
  public String toString() {
    return isRow() ? Integer.toString(channels) : height + " x " + width + " x " + channels;
  }
}
