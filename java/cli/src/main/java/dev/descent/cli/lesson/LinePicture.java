package dev.descent.cli.lesson;

import dev.descent.format.Chart;
import dev.descent.format.Scale;
import dev.descent.format.Svg;
import dev.descent.format.Svg.Anchor;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/// Draws the loss of the lesson's line as a surface over slope and intercept, with the paths that
/// training takes on it, and beside it the loss at each step.
final class LinePicture {
  private static final double[] LEVELS = {0.1, 0.5, 1, 2.5, 5, 10, 20, 50, 100};
  private static final int GRID = 240;
  private static final int STEPS = 1000;
  private static final int CURVE_STEPS = 100;

  private static final Scale M = Scale.linear(-3, 5);
  private static final Scale B = Scale.linear(-1, 7);

  private LinePicture() {}

  static Svg draw() {
    Svg svg =
        new Svg(
            1120,
            660,
            "The loss of y = mx + b, and three learning rates on it",
            "Left: contour lines of the mean squared error over slope m and intercept b, a long"
                + " valley with its minimum at m = 2, b = 1, and the paths of gradient descent from"
                + " m = -1, b = 5. Right: the error after each step. The rate 0.5 diverges, 0.1"
                + " arrives, 0.005 crawls.");
    svg.text(60, 34, Anchor.START, "title", "Three learning rates on the loss of y = mx + b");
    surface(svg);
    curves(svg);
    return svg;
  }

  private static void surface(Svg svg) {
    Chart chart = new Chart(svg, new Chart.Area(60, 86, 520, 520), M, B);
    chart.axes("Mean squared error over slope and intercept", "slope m", "intercept b");
    Contours contours = new Contours(grid(M), grid(B), (m, b) -> LineLesson.mse(new Line(m, b)));
    for (double level : LEVELS) {
      for (Contours.Curve curve : contours.at(level)) {
        chart.line(curve.xs(), curve.ys(), "contour");
      }
    }
    // The slow path is wide and lies below: the other follows the same valley.
    Line slow = path(chart, 2, " wide");
    path(chart, 1, "");
    path(chart, 0, "");
    labelLevels(chart);
    point(chart, LineLesson.START, "start (−1, 5)");
    point(chart, LineLesson.MINIMUM, "minimum (2, 1)");
    chart.dots(new double[] {slow.m()}, new double[] {slow.b()}, 4.5, "dot series3");
    chart.note(slow.m(), slow.b(), -12, 12, Anchor.END, "small halo", "0.005 after 1000 steps");
    List<Line> fast = LineLesson.path(LineLesson.RATES.get(0), 2);
    chart.note(
        fast.get(1).m(), fast.get(1).b(), 0, -10, Anchor.MIDDLE, "small halo", "0.5, step 1");
    chart.note(fast.get(2).m(), fast.get(2).b(), 0, 20, Anchor.MIDDLE, "small halo", "step 2");
    chart.note(3.4, 6.75, 0, 4, Anchor.END, "small halo", "step 3 leaves the picture");
  }

  /// Draws a path until it leaves the picture, with dots for the first ten steps.
  ///
  /// @return where it ends
  private static Line path(Chart chart, int series, String style) {
    List<Line> path = new ArrayList<>();
    for (Line line : LineLesson.path(LineLesson.RATES.get(series), STEPS)) {
      path.add(line);
      if (!isShown(line)) {
        break;
      }
    }
    String classes = "series" + (series + 1);
    chart.line(ms(path), bs(path), classes + style);
    List<Line> first = path.subList(0, Math.min(11, path.size()));
    chart.dots(ms(first), bs(first), 3, "dot " + classes);
    return path.getLast();
  }

  private static boolean isShown(Line line) {
    double m = M.at(line.m());
    double b = B.at(line.b());
    return m >= 0 && m <= 1 && b >= 0 && b <= 1;
  }

  private static void point(Chart chart, Line line, String text) {
    chart.dots(new double[] {line.m()}, new double[] {line.b()}, 5.5, "mark");
    chart.note(line.m(), line.b(), -12, 18, Anchor.END, "halo", text);
  }

  /// Writes each level on its line, where a ray from the minimum up the steepest slope meets it.
  private static void labelLevels(Chart chart) {
    LineLesson.Hessian h = LineLesson.hessian();
    double length = Math.hypot(h.mb(), h.largest() - h.mm());
    double dm = h.mb() / length;
    double db = (h.largest() - h.mm()) / length;
    for (double level : LEVELS) {
      // Along an eigenvector the loss is 1/2 eigenvalue distance^2.
      double distance = Math.sqrt(2 * level / h.largest());
      double m = LineLesson.MINIMUM.m() + distance * dm;
      double b = LineLesson.MINIMUM.b() + distance * db;
      if (level >= 1) {
        chart.note(m, b, 0, 4, Anchor.MIDDLE, "small faint halo", Page.plain(level));
      }
    }
  }

  private static void curves(Svg svg) {
    Scale steps = Scale.linear(0, CURVE_STEPS);
    Scale loss = Scale.log(1e-2, 1e4);
    Chart chart = new Chart(svg, new Chart.Area(670, 86, 420, 520), steps, loss);
    chart.axes("Mean squared error after each step", "step", "MSE");
    List<Chart.Key> keys = new ArrayList<>();
    String[] words = {"diverges", "arrives", "crawls"};
    for (int series = 0; series < words.length; series++) {
      double rate = LineLesson.RATES.get(series);
      List<Line> path = LineLesson.path(rate, CURVE_STEPS);
      String classes = "series" + (series + 1);
      chart.line(
          IntStream.range(0, path.size()).asDoubleStream().toArray(),
          path.stream().mapToDouble(LineLesson::mse).toArray(),
          classes);
      keys.add(new Chart.Key(classes, "learning rate " + Page.plain(rate) + ": " + words[series]));
    }
    chart.legend(true, false, keys);
  }

  private static double[] grid(Scale scale) {
    return IntStream.rangeClosed(0, GRID)
        .mapToDouble(i -> scale.low() + (scale.high() - scale.low()) * i / GRID)
        .toArray();
  }

  private static double[] ms(List<Line> lines) {
    return lines.stream().mapToDouble(Line::m).toArray();
  }

  private static double[] bs(List<Line> lines) {
    return lines.stream().mapToDouble(Line::b).toArray();
  }
}
