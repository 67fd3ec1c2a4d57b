package dev.descent.cli.inspect;

import dev.descent.DescentException;
import dev.descent.cli.option.Converters;
import dev.descent.cli.shell.Text;
import dev.descent.data.DataSet;
import dev.descent.train.ClassMetrics;
import dev.descent.train.Predictions;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/// How classes are told apart, for measuring: the flags, and the lines that come of them.
final class MetricOptions {
  @Option(
      names = "--threshold",
      paramLabel = "X",
      converter = Converters.Share.class,
      description =
          "Of two classes, take the second where its probability is above X. Default: the more"
              + " probable one.")
  private @Nullable Float threshold;

  @Option(
      names = "--top",
      paramLabel = "K",
      converter = Converters.Count.class,
      description = "Also say how often the class is among the K most probable.")
  private @Nullable Integer top;

  /// The lines for predictions: means over the classes, then a table with a line a class, then the
  /// confusion matrix where there are two classes.
  List<String> lines(DataSet data, Predictions predictions) {
    if (threshold != null && data.outputs() != 2) {
      throw new DescentException("--threshold is for two classes; the data have " + data.outputs());
    }
    ClassMetrics metrics =
        ClassMetrics.of(
            data, predictions, threshold == null ? Double.NaN : threshold.doubleValue());
    List<String> lines = new ArrayList<>();
    lines.add(
        "means over the classes: precision %s - recall %s - F1 %s - AUC %s%s"
            .formatted(
                figure(metrics.precision()),
                figure(metrics.recall()),
                figure(metrics.f1()),
                figure(metrics.auc()),
                top == null
                    ? ""
                    : String.format(Locale.ROOT, " - top %d: %s", top, figure(metrics.top(top)))));
    if (threshold != null) {
      lines.add(
          "with the threshold %s: accuracy %s"
              .formatted(Float.toString(threshold), figure(metrics.accuracy())));
    }
    lines.addAll(ClassTable.of(metrics));
    return lines;
  }

  /// A figure, or a dash where there is none.
  static String figure(double value) {
    return Double.isNaN(value) ? "-" : Text.format("%.4f", value);
  }
}
