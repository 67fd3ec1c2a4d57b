package dev.descent.cli;

import dev.descent.data.DataSet;
import java.util.ArrayList;
import java.util.List;

/// How often a model is right on each class, and what it takes it for otherwise.
final class ClassTable {
  private static final String ROW = "%-14s %9s %10s  %s";
  private static final int LONGEST_NAME = 14;

  private ClassTable() {}

  /// The table's lines.
  static List<String> of(DataSet data, Answers answers) {
    int classes = data.outputs();
    int[][] counts = new int[classes][classes];
    for (int row = 0; row < data.size(); row++) {
      counts[data.labels()[row]][answers.best(row)]++;
    }
    List<String> lines = new ArrayList<>();
    lines.add("");
    lines.add(Text.format(ROW, "class", "samples", "accuracy", "most often taken for"));
    for (int label = 0; label < classes; label++) {
      lines.add(line(data.classNames(), label, counts[label]));
    }
    return lines;
  }

  private static String line(List<String> names, int label, int[] counts) {
    int samples = 0;
    int mistaken = label == 0 ? 1 : 0;
    for (int taken = 0; taken < counts.length; taken++) {
      samples += counts[taken];
      if (taken != label && counts[taken] > counts[mistaken]) {
        mistaken = taken;
      }
    }
    String accuracy = samples == 0 ? "-" : Text.format("%.4f", counts[label] / (double) samples);
    boolean never = mistaken >= counts.length || counts[mistaken] == 0;
    String mistake = never ? "" : Text.format("%s (%,d)", names.get(mistaken), counts[mistaken]);
    return Text.format(
            ROW, shortened(names.get(label)), Text.format("%,d", samples), accuracy, mistake)
        .stripTrailing();
  }

  private static String shortened(String name) {
    return name.length() <= LONGEST_NAME ? name : name.substring(0, LONGEST_NAME - 2) + "..";
  }
}
