package dev.descent.cli.lesson;

import dev.descent.internal.page.Scale;
import dev.descent.internal.page.Svg;

/// Draws a line beside the lesson's points, with its errors as dashed pieces.
final class LineFit {
  private static final Scale X = Scale.linear(0, 3);
  private static final Scale Y = Scale.linear(0, 8);

  private LineFit() {}

  static Svg draw(Words words, Line line) {
    Curves curves =
        new Curves(words.text("fit.title"), words.text("fit.description"), X, "x", Y, "y");
    curves.function(line::predict, "series1", words.text("fit.line"));
    double[] xs = new double[LineLesson.points()];
    double[] ys = new double[xs.length];
    for (int i = 0; i < xs.length; i++) {
      xs[i] = LineLesson.x(i);
      ys[i] = LineLesson.y(i);
      curves.line(
          new double[] {xs[i], xs[i]},
          new double[] {ys[i], line.predict(xs[i])},
          "series2 dashed",
          i == 0 ? words.text("fit.error") : "");
    }
    return curves.dots(xs, ys, 5, "mark").svg(false, false);
  }
}
