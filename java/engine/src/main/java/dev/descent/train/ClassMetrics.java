package dev.descent.train;

import dev.descent.data.DataSet;
import java.util.Comparator;
import java.util.function.IntToDoubleFunction;
import java.util.stream.IntStream;

/// How well a model tells classes apart: precision, recall, F1 and the area under the ROC curve of
/// each class, their means over the classes, and top-k accuracy.
///
/// A precision or recall whose denominator is 0 is 0, as in scikit-learn; of a class that occurs
/// neither among the samples nor among the predictions there is none, and it does not count in a
/// mean. The mean counts all classes alike (macro average), so that a rare class weighs as much as
/// a frequent one. Immutable.
public final class ClassMetrics {
  private final DataSet data;
  private final Predictions predictions;
  private final ConfusionMatrix matrix;

  private ClassMetrics(DataSet data, Predictions predictions, ConfusionMatrix matrix) {
    this.data = data;
    this.predictions = predictions;
    this.matrix = matrix;
  }

  /// Measures the predictions for a data set: the most probable class of each row.
  ///
  /// @param data its rows have classes
  /// @param predictions one for each row
  /// @return the figures of all classes
  /// @throws IllegalArgumentException if predictions and data do not fit together
  public static ClassMetrics of(DataSet data, Predictions predictions) {
    return of(data, predictions, Double.NaN);
  }

  /// Measures the predictions for a data set of two classes, the second of which is predicted where
  /// its probability is above a threshold.
  ///
  /// @param data with classes
  /// @param predictions for each row of the data
  /// @param threshold from 0 to 1; NaN for the most probable class, of any number of classes
  /// @return the figures of both classes
  /// @throws IllegalArgumentException if predictions and data do not fit together, or there is a
  ///     threshold for more than two classes
  public static ClassMetrics of(DataSet data, Predictions predictions, double threshold) {
    return new ClassMetrics(data, predictions, ConfusionMatrix.of(data, predictions, threshold));
  }

  /// {@return what was predicted for each class}
  public ConfusionMatrix matrix() {
    return matrix;
  }

  /// {@return the share of correct predictions}
  public double accuracy() {
    return (double) matrix.right() / data.size();
  }

  /// {@return the share of a class's samples among those that were taken for it; NaN where there is
  /// neither}
  ///
  /// @param label the index of the class
  public double precision(int label) {
    return share(label, matrix.predicted(label));
  }

  /// {@return the share of a class's samples that were taken for it; NaN where there is neither}
  ///
  /// @param label the index of the class
  public double recall(int label) {
    return share(label, matrix.samples(label));
  }

  /// {@return the harmonic mean of precision and recall; NaN where there is neither}
  ///
  /// @param label the index of the class
  public double f1(int label) {
    return share(label, (matrix.samples(label) + (double) matrix.predicted(label)) / 2);
  }

  private double share(int label, double of) {
    if (matrix.samples(label) == 0 && matrix.predicted(label) == 0) {
      return Double.NaN;
    }
    return of == 0 ? 0 : matrix.count(label, label) / of;
  }

  /// {@return the area under the ROC curve of a class against all others: how probable it is that a
  /// sample of the class gets a higher probability of it than a sample of another, where equal ones
  /// count half (the statistic of Mann and Whitney)} NaN where all samples or none are of the
  /// class.
  ///
  /// @param label the index of the class
  public double auc(int label) {
    int[] labels = data.labels();
    long positives = matrix.samples(label);
    long negatives = labels.length - positives;
    if (positives == 0 || negatives == 0) {
      return Double.NaN;
    }
    int[] order =
        IntStream.range(0, labels.length)
            .boxed()
            .sorted(Comparator.comparingDouble(row -> predictions.probability(row, label)))
            .mapToInt(Integer::intValue)
            .toArray();
    double ranks = 0;
    for (int from = 0; from < order.length; ) {
      int to = from + 1;
      while (to < order.length
          && predictions.probability(order[to], label)
              == predictions.probability(order[from], label)) {
        to++;
      }
      // Ranks count from 1; equal ones share their mean.
      double rank = (from + 1.0 + to) / 2;
      for (int i = from; i < to; i++) {
        ranks += labels[order[i]] == label ? rank : 0;
      }
      from = to;
    }
    return (ranks - positives * (positives + 1.0) / 2) / ((double) positives * negatives);
  }

  /// {@return the mean precision of the classes}
  public double precision() {
    return mean(this::precision);
  }

  /// {@return the mean recall of the classes}
  public double recall() {
    return mean(this::recall);
  }

  /// {@return the mean F1 of the classes}
  public double f1() {
    return mean(this::f1);
  }

  /// {@return the mean area under the ROC curves of the classes}
  public double auc() {
    return mean(this::auc);
  }

  private double mean(IntToDoubleFunction figure) {
    return IntStream.range(0, matrix.classes())
        .mapToDouble(figure)
        .filter(value -> !Double.isNaN(value))
        .average()
        .orElse(Double.NaN);
  }

  /// {@return the share of samples whose class is among the k most probable; among equals the lower
  /// class comes first}
  ///
  /// @param k at least 1
  public double top(int k) {
    int found = 0;
    for (int row = 0; row < data.size(); row++) {
      int label = data.labels()[row];
      double own = predictions.probability(row, label);
      int before = 0;
      for (int other = 0; other < predictions.classes(); other++) {
        double p = predictions.probability(row, other);
        before += p > own || (p == own && other < label) ? 1 : 0;
      }
      found += before < k && !Double.isNaN(own) ? 1 : 0;
    }
    return (double) found / data.size();
  }
}
