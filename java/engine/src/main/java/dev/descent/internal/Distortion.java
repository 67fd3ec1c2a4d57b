package dev.descent.internal;

import dev.descent.program.Augmentation;
import dev.descent.program.DataOperation.Augment;

/// What [Augment] draws for a sample, as the map from a position of the result to one of the
/// picture: `x = xx j + xy i + x0`, `y = yx j + yy i + y0` in column j and row i. Drawn again for
/// each sample; for one thread.
public final class Distortion {
  private static final double UNIT = 0x1p-24;
  private static final int UNUSED_BITS = 8;

  private final Augment operation;
  private final int[] words = new int[4];
  private double xx;
  private double xy;
  private double x0;
  private double yx;
  private double yy;
  private double y0;
  private double brightness;
  private double contrast;

  public Distortion(Augment operation) {
    this.operation = operation;
  }

  /// Draws.
  ///
  /// @param sample the row in the batch
  /// @param step how many updates came before
  public void draw(int sample, int step) {
    Augmentation ranges = operation.augmentation();
    int width = operation.width();
    int height = operation.height();
    block(sample, 0, step);
    double angle = Math.toRadians(ranges.rotation() * symmetric(0));
    double ex = ranges.shift() * width * symmetric(1);
    double ey = ranges.shift() * height * symmetric(2);
    double mirror = ranges.flip() && unit(3) < 0.5 ? -1 : 1;
    block(sample, 1, step);
    double zx = 1 + ranges.zoom() * symmetric(0);
    double zy = 1 + ranges.zoom() * symmetric(1);
    brightness = 1 + ranges.brightness() * symmetric(2);
    contrast = 1 + ranges.contrast() * symmetric(3);
    block(sample, 2, step);
    double side = Math.sqrt(ranges.crop() + (1.0 - ranges.crop()) * unit(0));
    ex += (1 - side) * width * symmetric(1) / 2;
    ey += (1 - side) * height * symmetric(2) / 2;
    place(angle, side * zx * mirror, side * zy, ex, ey);
  }

  private void place(double angle, double scaleX, double scaleY, double ex, double ey) {
    double cos = Math.cos(angle);
    double sin = Math.sin(angle);
    double middleX = (operation.width() - 1) / 2.0;
    double middleY = (operation.height() - 1) / 2.0;
    xx = cos * scaleX;
    xy = -sin * scaleY;
    x0 = cos * ex - sin * ey + middleX - xx * middleX - xy * middleY;
    yx = sin * scaleX;
    yy = cos * scaleY;
    y0 = sin * ex + cos * ey + middleY - yx * middleX - yy * middleY;
  }

  private void block(int sample, int number, int step) {
    Philox.block(sample, number, step, operation.stream(), operation.seed(), words);
  }

  private double unit(int word) {
    return (words[word] >>> UNUSED_BITS) * UNIT;
  }

  private double symmetric(int word) {
    return 2 * unit(word) - 1;
  }

  /// The column of the picture, not brought within it.
  public double x(int row, int column) {
    return xx * column + xy * row + x0;
  }

  /// The row of the picture, not brought within it.
  public double y(int row, int column) {
    return yx * column + yy * row + y0;
  }

  /// By how much [#x] grows with the column.
  public double xx() {
    return xx;
  }

  /// By how much [#y] grows with the column.
  public double yx() {
    return yx;
  }

  /// What all values are multiplied by.
  public double brightness() {
    return brightness;
  }

  /// What the values' distances from their mean are multiplied by.
  public double contrast() {
    return contrast;
  }
}
