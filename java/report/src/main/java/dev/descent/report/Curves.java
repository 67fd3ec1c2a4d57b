package dev.descent.report;

import dev.descent.internal.page.Chart;
import dev.descent.internal.page.Scale;
import dev.descent.internal.page.Svg;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.DoubleStream;

/// A chart of figures over the epochs, as wide as a phone, so that its letters can be read there.
final class Curves {
  private static final double WIDTH = 440;
  private static final double HEIGHT = 320;
  private static final Chart.Area AREA = new Chart.Area(62, 38, WIDTH - 76, HEIGHT - 96);

  /// So many colours there are; further lines are dashed.
  private static final int COLOURS = 6;

  /// From this ratio of the largest value to the smallest on a scale is logarithmic. High, because
  /// a validation loss that rises while another falls by decades is seen on a linear scale only.
  private static final double LOGARITHMIC_FROM = 2000;

  /// The same for figures of which only the order of magnitude counts.
  private static final double MAGNITUDES_FROM = 10;

  /// An axis of fewer epochs would have fractions of epochs as ticks.
  private static final int LEAST_EPOCHS = 4;

  private static final int KEYS_A_ROW = 2;
  private static final double KEY_HEIGHT = 19;
  private static final double DOT = 2.6;
  private static final double MARK = 5;

  /// Dots help as long as there are few.
  private static final int MOST_DOTS = 60;

  private final String title;
  private final String axis;
  private final List<Line> lines = new ArrayList<>();
  private final List<Mark> marks = new ArrayList<>();
  private double[] stops = {};
  private double logarithmicFrom = LOGARITHMIC_FROM;
  private boolean fromZero;

  private record Line(String name, double[] epochs, double[] values) {}

  private record Mark(double epoch, double value, String text) {}

  /// @param axis what is on the y axis
  Curves(String title, String axis) {
    this.title = title;
    this.axis = axis;
  }

  /// Adds a line, unless none of its values is a number.
  ///
  /// @param epochs where each value stands: not modified
  /// @param values as many; not modified
  Curves line(String name, double[] epochs, double[] values) {
    if (DoubleStream.of(values).anyMatch(Double::isFinite)) {
      lines.add(new Line(name, epochs, values));
    }
    return this;
  }

  /// Marks a point of note.
  Curves mark(double epoch, double value, String text) {
    marks.add(new Mark(epoch, value, text));
    return this;
  }

  /// Draws a line across where training was stopped and resumed.
  Curves stops(double... positions) {
    stops = positions.clone();
    return this;
  }

  /// Of the values the order of magnitude counts.
  Curves magnitudes() {
    logarithmicFrom = MAGNITUDES_FROM;
    return this;
  }

  /// The y axis begins at 0.
  Curves fromZero() {
    fromZero = true;
    return this;
  }

  boolean isEmpty() {
    return lines.isEmpty();
  }

  Svg draw() {
    double last = lines.stream().flatMapToDouble(l -> Arrays.stream(l.epochs())).max().orElse(1);
    Scale x = Scale.linear(0, Math.max(last, LEAST_EPOCHS));
    double[] all = lines.stream().flatMapToDouble(l -> Arrays.stream(l.values())).toArray();
    Scale y = scale(all);
    double keys = KEY_HEIGHT * Math.ceilDiv(lines.size(), KEYS_A_ROW);
    var svg = new Svg(WIDTH, HEIGHT + keys, title, description());
    var chart = new Chart(svg, AREA, x, y).axes(title, "epoch", axis);
    for (double stop : stops) {
      chart.line(new double[] {stop, stop}, new double[] {y.low(), y.high()}, "frame dashed");
    }
    for (int i = 0; i < lines.size(); i++) {
      Line line = lines.get(i);
      chart.line(line.epochs(), line.values(), classes(i));
      if (line.epochs().length <= MOST_DOTS) {
        chart.dots(line.epochs(), line.values(), DOT, "dot " + classes(i));
      }
    }
    marks.forEach(mark -> draw(chart, mark));
    legend(svg);
    return svg;
  }

  /// How the line of that number looks.
  static String classes(int line) {
    return "series" + (line % COLOURS + 1) + (line / COLOURS % 2 == 1 ? " dashed" : "");
  }

  /// Explains the lines below the frame, where nothing is covered.
  private void legend(Svg svg) {
    for (int i = 0; i < lines.size(); i++) {
      double left = AREA.left() + i % KEYS_A_ROW * AREA.width() / KEYS_A_ROW;
      int row = i / KEYS_A_ROW;
      double middle = HEIGHT + KEY_HEIGHT * row;
      svg.line(left, middle, left + 24, middle, classes(i));
      svg.text(left + 32, middle + 4, Svg.Anchor.START, "small", lines.get(i).name());
    }
  }

  private static void draw(Chart chart, Mark mark) {
    chart.dots(new double[] {mark.epoch()}, new double[] {mark.value()}, MARK, "mark");
    chart.label(mark.epoch(), mark.value(), "small halo", mark.text());
  }

  private Scale scale(double[] values) {
    double[] finite = DoubleStream.of(values).filter(Double::isFinite).toArray();
    double least = DoubleStream.of(finite).min().orElse(0);
    double most = DoubleStream.of(finite).max().orElse(1);
    if (least > 0 && most / least >= logarithmicFrom) {
      return Scale.log(
          Math.pow(10, Math.floor(Math.log10(least))), Math.pow(10, Math.ceil(Math.log10(most))));
    }
    return fromZero ? Scale.around(0, most) : Scale.around(finite);
  }

  /// What the chart shows, for those who can't see it: the last value of each line.
  private String description() {
    List<String> parts = new ArrayList<>();
    for (Line line : lines) {
      parts.add(line.name() + ": last " + Figures.number(line.values()[line.values().length - 1]));
    }
    marks.forEach(mark -> parts.add(mark.text()));
    return String.join("; ", parts);
  }
}
