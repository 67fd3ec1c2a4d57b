package dev.descent.model;

/// The shape of one sample: `height` x `width` positions of `channels` values each. A row of values
/// is 1 x 1 x n.
///
/// A batch of samples is a matrix of `batch x height x width` rows and `channels` columns, row-major
/// (NHWC): so what works on rows works on the positions of images.
///
/// @param height at least 1
/// @param width at least 1
/// @param channels at least 1
public record Shape(int height, int width, int channels) {
  public Shape {
    if (height < 1 || width < 1 || channels < 1) {
      throw new IllegalArgumentException(
          "a shape of %d x %d x %d; all must be >= 1".formatted(height, width, channels));
    }
    if ((double) height * width * channels > Integer.MAX_VALUE) {
      throw new IllegalArgumentException(
          "a shape of %d x %d x %d has more than %,d values"
              .formatted(height, width, channels, Integer.MAX_VALUE));
    }
  }

  /// The shape of a row of values.
  public static Shape row(int values) {
    return new Shape(1, 1, values);
  }

  /// Whether this is a row of values, with one position.
  public boolean isRow() {
    return positions() == 1;
  }

  /// The rows that a sample takes in a batch's matrix: height x width.
  public int positions() {
    return height * width;
  }

  /// The values of a sample: height x width x channels.
  public int size() {
    return height * width * channels;
  }

  /// `784`, or `28 x 28 x 1`.
  @Override
  public String toString() {
    return isRow() ? Integer.toString(channels) : height + " x " + width + " x " + channels;
  }
}
