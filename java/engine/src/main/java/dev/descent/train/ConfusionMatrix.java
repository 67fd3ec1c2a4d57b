package dev.descent.train;

import dev.descent.data.DataSet;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/// How often a model took the samples of each class for which class.
public final class ConfusionMatrix {
  private final List<String> classNames;
  private final int[][] counts;

  private ConfusionMatrix(List<String> classNames, int[][] counts) {
    this.classNames = classNames;
    this.counts = counts;
  }

  /// A mistake and how often it was made.
  ///
  /// @param actual the class of the samples
  /// @param predicted the other class, which they were taken for
  /// @param count above 0
  public record Mistake(int actual, int predicted, int count) {}

  /// Counts the predictions for a data set.
  ///
  /// @param data its rows have classes
  /// @param predictions one for each row
  /// @throws IllegalArgumentException if predictions and data do not fit together
  public static ConfusionMatrix of(DataSet data, Predictions predictions) {
    if (predictions.size() != data.size() || predictions.classes() != data.outputs()) {
      throw new IllegalArgumentException(
          "%d predictions of %d classes for data set %s with %d rows of %d"
              .formatted(
                  predictions.size(),
                  predictions.classes(),
                  data.name(),
                  data.size(),
                  data.outputs()));
    }
    int[][] counts = new int[data.outputs()][data.outputs()];
    for (int row = 0; row < data.size(); row++) {
      counts[data.labels()[row]][predictions.best(row)]++;
    }
    return new ConfusionMatrix(data.classNames(), counts);
  }

  /// How many classes there are.
  public int classes() {
    return counts.length;
  }

  /// The classes' names, in order.
  public List<String> classNames() {
    return classNames;
  }

  /// How many samples of one class were taken for another, or for the same.
  public int count(int actual, int predicted) {
    return counts[actual][predicted];
  }

  /// How many samples a class has.
  public int samples(int actual) {
    int samples = 0;
    for (int count : counts[actual]) {
      samples += count;
    }
    return samples;
  }

  /// How many samples were taken for what they are.
  public int right() {
    int right = 0;
    for (int label = 0; label < counts.length; label++) {
      right += counts[label][label];
    }
    return right;
  }

  /// The mistakes that were made, the most frequent first; among equals in the order of the classes.
  public List<Mistake> mistakes() {
    List<Mistake> mistakes = new ArrayList<>();
    for (int actual = 0; actual < counts.length; actual++) {
      for (int predicted = 0; predicted < counts.length; predicted++) {
        if (actual != predicted && counts[actual][predicted] > 0) {
          mistakes.add(new Mistake(actual, predicted, counts[actual][predicted]));
        }
      }
    }
    mistakes.sort(Comparator.comparingInt(Mistake::count).reversed());
    return List.copyOf(mistakes);
  }
}
