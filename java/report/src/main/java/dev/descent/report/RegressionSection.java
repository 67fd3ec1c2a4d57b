package dev.descent.report;

import dev.descent.data.DataSet;
import dev.descent.data.Preparation.Target;
import dev.descent.internal.format.Visible;
import dev.descent.internal.page.Chart;
import dev.descent.internal.page.Html;
import dev.descent.internal.page.Scale;
import dev.descent.internal.page.Svg;
import dev.descent.train.RegressionMetrics;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;

/// How far predicted values are from the true ones, in each target's own unit: the errors in
/// figures, the values against each other, the residuals, and the samples that are furthest off.
final class RegressionSection {
  private static final double WIDTH = 440;
  private static final double HEIGHT = 360;
  private static final Chart.Area AREA = new Chart.Area(76, 38, WIDTH - 90, HEIGHT - 96);
  private static final double DOT = 2.4;

  /// More points cover each other, and make the page large.
  private static final int MOST_POINTS = 1500;

  /// Targets whose charts are shown; those of more are folded away.
  private static final int MOST_OPEN = 4;

  private static final int WORST = 12;
  private static final int VALUES = 6;

  private final DataSet data;
  private final List<Column> columns = new ArrayList<>();

  /// A target's values in its own unit.
  private record Column(RegressionMetrics metrics, double[] actual, double[] predicted) {
    double error(int row) {
      return predicted[row] - actual[row];
    }

    /// How far off a row is; what is no number is furthest.
    double distance(int row) {
      double distance = Math.abs(error(row));
      return Double.isNaN(distance) ? Double.POSITIVE_INFINITY : distance;
    }

    /// A name from outside that does not push the chart apart.
    String name() {
      return Figures.isolated(Visible.value(metrics.target()));
    }
  }

  /// @param outputs the model's, `size x outputs`, row-major; not modified
  /// @throws IllegalArgumentException if there are not as many as target values
  RegressionSection(DataSet data, float[] outputs) {
    this.data = data;
    List<RegressionMetrics> metrics = RegressionMetrics.of(data, outputs);
    float[] values = data.targets();
    List<Target> targets = RegressionMetrics.targets(data);
    for (int i = 0; i < targets.size(); i++) {
      Target target = targets.get(i);
      columns.add(
          new Column(
              metrics.get(i),
              inUnit(target, i, targets.size(), values),
              inUnit(target, i, targets.size(), outputs)));
    }
  }

  private static double[] inUnit(Target target, int column, int width, float[] values) {
    return IntStream.range(0, values.length / width)
        .mapToDouble(row -> target.value(values[row * width + column]))
        .toArray();
  }

  Html html() {
    List<Html> charts = new ArrayList<>();
    for (Column column : columns) {
      Html both =
          Html.row(
              Html.figure(against(column), caption()),
              Html.figure(
                  residuals(column),
                  "Predicted less true. A pattern here, such as a bend or a fan, is what the model"
                      + " has not learned."));
      charts.add(columns.size() > MOST_OPEN ? Report.folded(column.name(), both, false) : both);
    }
    return Html.of(
        Html.element("h2", Html.text("Predicted and true values")),
        Html.paragraph(
            Figures.format(
                "%,d samples of %s, in %s own unit.",
                data.size(),
                Figures.isolated(data.name()),
                columns.size() == 1 ? "the target's" : "each target's")),
        figures(),
        Html.of(charts),
        worst());
  }

  private Html figures() {
    List<List<String>> rows = new ArrayList<>();
    for (Column column : columns) {
      RegressionMetrics of = column.metrics();
      double[] actual = column.actual();
      rows.add(
          List.of(
              of.target(),
              Figures.number(of.mae()),
              Figures.number(of.rmse()),
              Figures.number(of.mse()),
              Figures.number(of.r2()),
              Figures.number(DoubleStream.of(actual).average().orElse(Double.NaN)),
              Figures.number(DoubleStream.of(actual).min().orElse(Double.NaN)),
              Figures.number(DoubleStream.of(actual).max().orElse(Double.NaN))));
    }
    return Html.of(
        Html.table(
            List.of("target", "MAE", "RMSE", "MSE", "R²", "true mean", "least", "most"), rows),
        Html.paragraph(
            "MAE: the mean of the absolute errors. RMSE: the root of MSE, the mean of their"
                + " squares, in which large errors weigh more. R²: the share of the values'"
                + " variance that the model explains; 1 is all, 0 is no better than always the"
                + " mean."));
  }

  private String caption() {
    return data.size() > MOST_POINTS
        ? Figures.format(
            "On the line a prediction is right. Shown are %,d of the samples, evenly chosen.",
            shown().length)
        : "On the line a prediction is right.";
  }

  /// The rows whose points are drawn.
  private int[] shown() {
    int stride = Math.ceilDiv(data.size(), MOST_POINTS);
    return IntStream.iterate(0, row -> row < data.size(), row -> row + stride).toArray();
  }

  private double[] of(double[] values) {
    return IntStream.of(shown()).mapToDouble(row -> values[row]).toArray();
  }

  private Svg against(Column column) {
    Scale scale =
        Scale.around(
            DoubleStream.concat(
                    DoubleStream.of(column.actual()), DoubleStream.of(column.predicted()))
                .toArray());
    Svg svg = drawing("Predicted against true: " + column.name(), column);
    double[] ends = {scale.low(), scale.high()};
    new Chart(svg, AREA, scale, scale)
        .axes("Predicted against true: " + column.name(), "true", "predicted")
        .line(ends, ends, "series2 dashed")
        .dots(of(column.actual()), of(column.predicted()), DOT, "dot series1");
    return svg;
  }

  private Svg residuals(Column column) {
    double[] errors = IntStream.range(0, data.size()).mapToDouble(column::error).toArray();
    Scale x = Scale.around(column.predicted());
    Scale y =
        Scale.around(DoubleStream.concat(DoubleStream.of(errors), DoubleStream.of(0)).toArray());
    Svg svg = drawing("Residuals: " + column.name(), column);
    new Chart(svg, AREA, x, y)
        .axes("Residuals: " + column.name(), "predicted", "predicted − true")
        .line(new double[] {x.low(), x.high()}, new double[] {0, 0}, "series2 dashed")
        .dots(of(column.predicted()), of(errors), DOT, "dot series1");
    return svg;
  }

  private Svg drawing(String title, Column column) {
    RegressionMetrics of = column.metrics();
    return new Svg(
        WIDTH,
        HEIGHT,
        title,
        "RMSE %s, R² %s".formatted(Figures.number(of.rmse()), Figures.number(of.r2())));
  }

  /// The samples with the largest errors, of each target alone.
  private Html worst() {
    List<List<String>> rows = new ArrayList<>();
    for (Column column : columns) {
      for (int row : furthest(column, Math.ceilDiv(WORST, columns.size()))) {
        rows.add(
            List.of(
                Figures.format("%,d", row),
                column.metrics().target(),
                Figures.number(column.actual()[row]),
                Figures.number(column.predicted()[row]),
                Figures.number(column.error(row)),
                PredictionsSection.values(data.row(row), VALUES)));
      }
    }
    return Html.of(
        Html.element("h3", Html.text("The worst predictions")),
        Html.table(
            List.of("row", "target", "true", "predicted", "error", "values, as prepared"), rows));
  }

  /// The rows that are furthest off, the worst first.
  private static List<Integer> furthest(Column column, int count) {
    Comparator<Integer> byDistance = Comparator.comparingDouble(column::distance);
    var worst = new PriorityQueue<>(byDistance.thenComparing(Comparator.reverseOrder()));
    for (int row = 0; row < column.actual().length; row++) {
      worst.add(row);
      if (worst.size() > count) {
        worst.remove();
      }
    }
    return worst.stream().sorted(worst.comparator().reversed()).toList();
  }
}
