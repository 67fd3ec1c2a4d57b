package dev.descent.train;

import dev.descent.data.DataSet;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;

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
  /// @return the counts
  /// @throws IllegalArgumentException if predictions and data do not fit together
  public static ConfusionMatrix of(DataSet data, Predictions predictions) {
    return of(data, predictions, Double.NaN);
  }

  /// Counts the predictions for a data set of two classes, the second of which is predicted where
  /// its probability is above a threshold.
  ///
  /// @param data its rows have classes
  /// @param predictions one for each row
  /// @param threshold from 0 to 1; NaN for the most probable class, of any number of classes
  /// @return the counts
  /// @throws IllegalArgumentException if predictions and data do not fit together, or there is a
  ///     threshold for more than two classes
  public static ConfusionMatrix of(DataSet data, Predictions predictions, double threshold) {
    boolean chosen = !Double.isNaN(threshold);
    if (chosen && (data.outputs() != 2 || !(threshold >= 0 && threshold <= 1))) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "a threshold of %s for %d classes; it is for two, from 0 to 1",
              threshold,
              data.outputs()));
    }
    if (predictions.size() != data.size() || predictions.classes() != data.outputs()) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "%d predictions of %d classes for data set %s with %d rows of %d",
              predictions.size(),
              predictions.classes(),
              data.name(),
              data.size(),
              data.outputs()));
    }
    int[][] counts = new int[data.outputs()][data.outputs()];
    for (int row = 0; row < data.size(); row++) {
      int predicted =
          chosen ? predictions.probability(row, 1) > threshold ? 1 : 0 : predictions.best(row);
      counts[data.labels()[row]][predicted]++;
    }
    return new ConfusionMatrix(data.classNames(), counts);
  }

  /// {@return how many classes there are}
  public int classes() {
    return counts.length;
  }

  /// {@return the classes' names, in order}
  public List<String> classNames() {
    return classNames;
  }

  /// {@return how many samples of one class were taken for another, or for the same}
  ///
  /// @param actual the index of the class that they are of
  /// @param predicted the index of the class that they were taken for
  public int count(int actual, int predicted) {
    return counts[actual][predicted];
  }

  /// {@return how many samples a class has}
  ///
  /// @param actual the index of the class that they are of
  public int samples(int actual) {
    int samples = 0;
    for (int count : counts[actual]) {
      samples += count;
    }
    return samples;
  }

  /// {@return how many samples were taken for a class}
  ///
  /// @param predicted the index of the class that they were taken for
  public int predicted(int predicted) {
    int sum = 0;
    for (int[] row : counts) {
      sum += row[predicted];
    }
    return sum;
  }

  /// {@return how many samples were taken for what they are}
  public int right() {
    int right = 0;
    for (int label = 0; label < counts.length; label++) {
      right += counts[label][label];
    }
    return right;
  }

  /// {@return the mistakes that were made, the most frequent first; among equals in the order of
  /// the classes}
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
