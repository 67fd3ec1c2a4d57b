package dev.descent.cli.lesson;

import dev.descent.internal.page.Chart;
import dev.descent.internal.page.Scale;
import dev.descent.internal.page.Svg;
import java.util.ArrayList;
import java.util.List;
import java.util.function.DoubleUnaryOperator;
import java.util.stream.IntStream;

/// A chart of lines with a legend, of the size that lessons show side by side.
final class Curves {
  private static final int SAMPLES = 200;

  private final Svg svg;
  private final Chart chart;
  private final Scale x;
  private final List<Chart.Key> keys = new ArrayList<>();

  /// @param title what is shown, for those who can't see it
  Curves(String title, String description, Scale x, String nameX, Scale y, String nameY) {
    this.x = x;
    svg = new Svg(Valley.WIDTH, Valley.HEIGHT, title, description);
    chart = new Chart(svg, Valley.AREA, x, y);
    chart.axes("", nameX, nameY);
  }

  /// A line through values at 0, 1, 2, ...
  Curves line(double[] values, String classes, String label) {
    return line(
        IntStream.range(0, values.length).asDoubleStream().toArray(), values, classes, label);
  }

  /// @param label for the legend; empty leaves it out
  Curves line(double[] xs, double[] ys, String classes, String label) {
    chart.line(xs, ys, classes);
    if (!label.isEmpty()) {
      keys.add(new Chart.Key(classes, label));
    }
    return this;
  }

  /// The curve of a function.
  Curves function(DoubleUnaryOperator function, String classes, String label) {
    double[] xs =
        IntStream.rangeClosed(0, SAMPLES)
            .mapToDouble(i -> x.low() + (x.high() - x.low()) * i / SAMPLES)
            .toArray();
    return line(
        xs,
        IntStream.range(0, xs.length).mapToDouble(i -> function.applyAsDouble(xs[i])).toArray(),
        classes,
        label);
  }

  Curves dots(double[] xs, double[] ys, double radius, String classes) {
    chart.dots(xs, ys, radius, classes);
    return this;
  }

  Curves label(double atX, double atY, String text) {
    chart.label(atX, atY, "small halo", text);
    return this;
  }

  /// The drawing, with its legend in a corner.
  Svg svg(boolean right, boolean bottom) {
    chart.legend(right, bottom, keys);
    return svg;
  }
}
