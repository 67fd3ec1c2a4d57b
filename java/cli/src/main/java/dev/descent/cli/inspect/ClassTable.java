package dev.descent.cli.inspect;

import dev.descent.cli.shell.Text;
import dev.descent.data.DataSet;
import dev.descent.internal.format.Visible;
import dev.descent.train.ConfusionMatrix;
import dev.descent.train.Predictions;
import java.util.ArrayList;
import java.util.List;

/// How often a model is right on each class, and what it takes it for otherwise.
final class ClassTable {
  private static final String ROW = "%-14s %9s %10s  %s";
  private static final int LONGEST_NAME = 14;

  private ClassTable() {}

  /// The table's lines.
  static List<String> of(DataSet data, Predictions predictions) {
    ConfusionMatrix matrix = ConfusionMatrix.of(data, predictions);
    List<ConfusionMatrix.Mistake> mistakes = matrix.mistakes();
    List<String> lines = new ArrayList<>();
    lines.add("");
    lines.add(Text.format(ROW, "class", "samples", "accuracy", "most often taken for"));
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
      lines.add(line(matrix, label, mistaken));
    }
    return lines;
  }

  private static String line(ConfusionMatrix matrix, int label, String mistaken) {
    int samples = matrix.samples(label);
    String accuracy =
        samples == 0 ? "-" : Text.format("%.4f", matrix.count(label, label) / (double) samples);
    String name = shortened(Visible.value(matrix.classNames().get(label)));
    return Text.format(ROW, name, Text.format("%,d", samples), accuracy, mistaken).stripTrailing();
  }

  private static String shortened(String name) {
    return name.length() <= LONGEST_NAME ? name : name.substring(0, LONGEST_NAME - 2) + "..";
  }
}
