package dev.descent.cli.lesson;

import dev.descent.internal.page.Chart;
import dev.descent.internal.page.Scale;
import dev.descent.internal.page.Svg;
import dev.descent.internal.page.Svg.Anchor;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/// Draws the loss of the lesson's line as contour lines over slope and intercept: a long valley, on
/// which paths of training are shown.
final class Valley {
  static final int WIDTH = 400;
  static final int HEIGHT = 350;
  static final Chart.Area AREA = new Chart.Area(60, 14, 328, 286);

  private static final double[] LEVELS = {0.1, 0.5, 1, 2.5, 5, 10, 20, 50, 100};

  /// Levels that have room for their numbers.
  private static final double[] LABELLED = {1, 5, 20};

  private static final Scale M = Scale.linear(-4, 5);
  private static final Scale B = Scale.linear(-1, 7);
  private static final int GRID = 80;

  /// Steps that get a dot of their own.
  private static final int DOTS = 11;

  private final Svg svg;
  private final Chart chart;
  private final Words words;

  /// @param description what is shown, for those who can't see it
  Valley(Words words, String description) {
    this.words = words;
    svg = new Svg(WIDTH, HEIGHT, words.text("valley.title"), description);
    chart = new Chart(svg, AREA, M, B);
    chart.axes("", words.text("valley.m"), words.text("valley.b"));
    Contours contours = new Contours(grid(M), grid(B), (m, b) -> LineLesson.mse(new Line(m, b)));
    for (double level : LEVELS) {
      for (Contours.Curve curve : contours.at(level)) {
        chart.line(curve.xs(), curve.ys(), "contour");
      }
    }
  }

  /// Writes each level on its line, where a ray from the minimum up the steepest slope meets it.
  Valley levels() {
    LineLesson.Hessian h = LineLesson.hessian();
    double length = Math.hypot(h.mb(), h.largest() - h.mm());
    for (double level : LABELLED) {
      // Along an eigenvector the loss is 1/2 eigenvalue distance^2.
      double distance = Math.sqrt(2 * level / h.largest());
      double m = LineLesson.MINIMUM.m() + distance * h.mb() / length;
      double b = LineLesson.MINIMUM.b() + distance * (h.largest() - h.mm()) / length;
      chart.note(m, b, 0, 4, Anchor.MIDDLE, "small faint halo", Numbers.plain(level));
    }
    return this;
  }

  /// Draws a path until it leaves the picture, with dots for its first ten steps.
  Valley path(List<Line> path, String classes) {
    List<Line> shown = new ArrayList<>();
    for (Line line : path) {
      shown.add(line);
      if (!isShown(line)) {
        break;
      }
    }
    chart.line(ms(shown), bs(shown), classes);
    List<Line> first = shown.subList(0, Math.min(DOTS, shown.size()));
    chart.dots(ms(first), bs(first), 3, "dot " + classes);
    return this;
  }

  /// Marks start and minimum.
  Valley ends() {
    return mark(LineLesson.START, "valley.start").mark(LineLesson.MINIMUM, "valley.minimum");
  }

  /// Marks where a path has come to.
  Valley at(Line line, String classes) {
    chart.dots(new double[] {line.m()}, new double[] {line.b()}, 5, "dot " + classes);
    return this;
  }

  /// Writes beside a point.
  Valley note(Line line, double right, double down, Anchor anchor, String text) {
    chart.note(line.m(), line.b(), right, down, anchor, "small halo", text);
    return this;
  }

  Svg svg() {
    return svg;
  }

  private Valley mark(Line line, String key) {
    chart.dots(new double[] {line.m()}, new double[] {line.b()}, 5, "mark");
    chart.note(line.m(), line.b(), -9, 17, Anchor.END, "halo", words.text(key));
    return this;
  }

  private static boolean isShown(Line line) {
    double m = M.at(line.m());
    double b = B.at(line.b());
    return m >= 0 && m <= 1 && b >= 0 && b <= 1;
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
