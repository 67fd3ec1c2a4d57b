package dev.descent.data.known;

import dev.descent.internal.RandomStream;

/// The path of the pen as it writes one digit: a shape of [DigitShapes] as an unsteady hand writes
/// it, in pixels. One object draws many digits, one after the other.
///
/// In this order: every point is moved a little; a smooth curve is laid through the points (Catmull
/// and Rom 1974); it is scaled, slanted and turned; a random field that changes slowly over the
/// plane displaces it (the elastic distortion of Simard, Steinkraus and Platt 2003); and it is
/// brought to size.
final class DigitPath {
  /// Pieces of line between two points of a shape.
  private static final int PIECES = 6;

  private static final int MOST_POINTS = 256;

  /// Standard deviations and ranges, in heights of the digit unless said otherwise. Chosen by eye
  /// beside MNIST, and so that the usual network reaches 98 to 99 % on it, as it does on MNIST.
  private static final double POINT_JITTER = 0.032;

  private static final double NARROWEST = 0.6;
  private static final double WIDEST = 1.1;
  private static final double SLANT = 0.24;
  private static final double TURN_RADIANS = 0.14;
  private static final double ELASTIC = 0.05;
  private static final int GRID = 4;

  private final double[] x = new double[MOST_POINTS];
  private final double[] y = new double[MOST_POINTS];
  private final boolean[] penUp = new boolean[MOST_POINTS];
  private final double[] field = new double[2 * GRID * GRID];
  private int size;

  /// The number of points.
  int size() {
    return size;
  }

  /// The horizontal place of a point, in pixels from the middle.
  double x(int point) {
    return x[point];
  }

  /// The vertical place of a point, in pixels from the middle, downwards.
  double y(int point) {
    return y[point];
  }

  /// Whether the pen is in the air on its way to this point.
  boolean penUp(int point) {
    return penUp[point];
  }

  /// Writes a digit.
  ///
  /// @param extent the length of its longer side, in pixels
  void write(int digit, double extent, RandomStream random) {
    size = 0;
    double[][] strokes = DigitShapes.shape(digit, random.nextInt(DigitShapes.count(digit)));
    for (double[] stroke : strokes) {
      curve(jittered(stroke, random));
    }
    transform(random);
    distort(random);
    fit(extent);
  }

  /// A copy with every point moved, a corner's two points together.
  private static double[] jittered(double[] stroke, RandomStream random) {
    double[] points = stroke.clone();
    for (int i = 0; i < points.length; i += 2) {
      boolean corner = i > 0 && stroke[i] == stroke[i - 2] && stroke[i + 1] == stroke[i - 1];
      points[i] = corner ? points[i - 2] : points[i] + POINT_JITTER * random.nextGaussian();
      points[i + 1] = corner ? points[i - 1] : points[i + 1] + POINT_JITTER * random.nextGaussian();
    }
    return points;
  }

  private void curve(double[] points) {
    int last = points.length / 2 - 1;
    add(points[0], points[1], true);
    for (int i = 0; i < last; i++) {
      int before = 2 * Math.max(0, i - 1);
      int after = 2 * Math.min(last, i + 2);
      boolean standing =
          points[2 * i] == points[2 * i + 2] && points[2 * i + 1] == points[2 * i + 3];
      for (int piece = 1; piece <= PIECES && !standing; piece++) {
        double t = piece / (double) PIECES;
        add(
            spline(points[before], points[2 * i], points[2 * i + 2], points[after], t),
            spline(points[before + 1], points[2 * i + 1], points[2 * i + 3], points[after + 1], t),
            false);
      }
    }
  }

  private static double spline(double p0, double p1, double p2, double p3, double t) {
    double a = 3 * (p1 - p2) + p3 - p0;
    double b = 2 * p0 - 5 * p1 + 4 * p2 - p3;
    return p1 + 0.5 * t * (p2 - p0 + t * (b + t * a));
  }

  private void add(double px, double py, boolean up) {
    x[size] = px;
    y[size] = py;
    penUp[size++] = up;
  }

  private void transform(RandomStream random) {
    double width = random.nextDouble(NARROWEST, WIDEST);
    double slant = SLANT * random.nextGaussian();
    double turn = TURN_RADIANS * random.nextGaussian();
    double cos = StrictMath.cos(turn);
    double sin = StrictMath.sin(turn);
    for (int i = 0; i < size; i++) {
      double v = y[i] - 0.5;
      double u = (x[i] - 0.5) * width - slant * v;
      x[i] = cos * u - sin * v;
      y[i] = sin * u + cos * v;
    }
  }

  private void distort(RandomStream random) {
    for (int i = 0; i < field.length; i++) {
      field[i] = ELASTIC * random.nextGaussian();
    }
    for (int i = 0; i < size; i++) {
      double u = Math.clamp((x[i] + 0.6) / 1.2, 0, 0.999_999) * (GRID - 1);
      double v = Math.clamp((y[i] + 0.6) / 1.2, 0, 0.999_999) * (GRID - 1);
      x[i] += displacement(0, u, v);
      y[i] += displacement(1, u, v);
    }
  }

  /// One coordinate of the field between four nodes, smoothly.
  private double displacement(int coordinate, double u, double v) {
    int column = (int) u;
    int row = (int) v;
    double s = smooth(u - column);
    double t = smooth(v - row);
    int node = 2 * (row * GRID + column) + coordinate;
    double above = field[node] + s * (field[node + 2] - field[node]);
    int below = node + 2 * GRID;
    double under = field[below] + s * (field[below + 2] - field[below]);
    return above + t * (under - above);
  }

  private static double smooth(double t) {
    return t * t * (3 - 2 * t);
  }

  private void fit(double extent) {
    double left = x[0];
    double right = x[0];
    double top = y[0];
    double bottom = y[0];
    for (int i = 1; i < size; i++) {
      left = Math.min(left, x[i]);
      right = Math.max(right, x[i]);
      top = Math.min(top, y[i]);
      bottom = Math.max(bottom, y[i]);
    }
    double scale = extent / Math.max(right - left, bottom - top);
    for (int i = 0; i < size; i++) {
      x[i] = (x[i] - (left + right) / 2) * scale;
      y[i] = (y[i] - (top + bottom) / 2) * scale;
    }
  }
}
