package dev.descent.cli.inspect;

import dev.descent.cli.shell.Text;
import dev.descent.internal.format.Visible;
import dev.descent.train.ClassMetrics;
import dev.descent.train.ConfusionMatrix;
import java.util.ArrayList;
import java.util.List;

/// How well a model tells each class apart, and what it takes it for otherwise.
final class ClassTable {
  private static final String ROW = "%-14s %9s %9s %7s %7s %7s  %s";
  private static final int LONGEST_NAME = 14;

  private ClassTable() {}

  /// The table's lines.
  static List<String> of(ClassMetrics metrics) {
    ConfusionMatrix matrix = metrics.matrix();
    List<ConfusionMatrix.Mistake> mistakes = matrix.mistakes();
    List<String> lines = new ArrayList<>();
    lines.add("");
    lines.add(
        Text.format(
            ROW, "class", "samples", "precision", "recall", "F1", "AUC", "most often taken for"));
    for (int label = 0; label < matrix.classes(); label++) {
      int actual = label;
      String mistaken =
          mistakes.stream()
              .filter(m -> m.actual() == actual)
              .findFirst()
              .map(m ->
                  Text.format(
                      "%s (%,d)", Visible.value(matrix.classNames().get(m.predicted())), m.count()))
              .orElse("");
      lines.add(line(metrics, label, mistaken));
    }
    return lines;
  }

  private static String line(ClassMetrics metrics, int label, String mistaken) {
    ConfusionMatrix matrix = metrics.matrix();
    return Text.format(
            ROW,
            shortened(Visible.value(matrix.classNames().get(label))),
            Text.format("%,d", matrix.samples(label)),
            MetricOptions.figure(metrics.precision(label)),
            MetricOptions.figure(metrics.recall(label)),
            MetricOptions.figure(metrics.f1(label)),
            MetricOptions.figure(metrics.auc(label)),
            mistaken)
        .stripTrailing();
  }

  private static String shortened(String name) {
    return name.length() <= LONGEST_NAME ? name : name.substring(0, LONGEST_NAME - 2) + "..";
  }
}
