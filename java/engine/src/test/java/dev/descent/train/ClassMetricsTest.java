package dev.descent.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.descent.data.DataSet;
import dev.descent.testing.Inputs;
import java.util.List;
import org.junit.jupiter.api.Test;

/// Precision, recall, F1, AUC and top-k accuracy, against values worked out by hand and against
/// counting all pairs.
final class ClassMetricsTest {
  private static final List<String> ABC = List.of("a", "b", "c");

  private final Inputs inputs = Inputs.fresh();

  /// Six samples of three classes, of which a and c are taken for each other once.
  @Test
  void figuresAreThoseWorkedOutByHand() {
    int[] labels = {0, 0, 0, 1, 2, 2};
    double[] p = {
      0.6, 0.3, 0.1, //
      0.5, 0.1, 0.4, //
      0.2, 0.1, 0.7, //
      0.1, 0.8, 0.1, //
      0.3, 0.2, 0.5, //
      0.5, 0.3, 0.2
    };
    ClassMetrics metrics = ClassMetrics.of(data(labels, ABC), new Predictions(3, p));
    assertEquals(4.0 / 6, metrics.accuracy());
    check(metrics, 0, 2.0 / 3, 2.0 / 3, 2.0 / 3);
    check(metrics, 1, 1, 1, 1);
    check(metrics, 2, 1.0 / 2, 1.0 / 2, 1.0 / 2);
    assertEquals((2.0 / 3 + 1 + 0.5) / 3, metrics.precision(), 1e-12);
    assertEquals((2.0 / 3 + 1 + 0.5) / 3, metrics.f1(), 1e-12);
    // Of a: 0.6 beats 0.1 0.3 0.5; 0.5 beats 0.1 0.3 and equals 0.5; 0.2 beats 0.1. 6.5 of 9 pairs.
    assertEquals(6.5 / 9, metrics.auc(0), 1e-12);
    assertEquals(1, metrics.auc(1), 1e-12);
    assertEquals(4.0 / 6, metrics.top(1));
    // The third sample's class is the second of three; the last one's is the third.
    assertEquals(5.0 / 6, metrics.top(2));
    assertEquals(1, metrics.top(3));
    assertEquals(1, metrics.top(9));
  }

  private static void check(
      ClassMetrics metrics, int label, double precision, double recall, double f1) {
    assertEquals(precision, metrics.precision(label), 1e-12);
    assertEquals(recall, metrics.recall(label), 1e-12);
    assertEquals(f1, metrics.f1(label), 1e-12);
  }

  /// As scikit-learn: 0 where the denominator is 0; a class that does not occur at all does not
  /// count.
  @Test
  void classesThatDoNotOccurHaveNoFigures() {
    DataSet data = data(new int[] {0, 0, 0}, ABC);
    double[] p = {1, 0, 0, 0.4, 0.6, 0, 1, 0, 0};
    ClassMetrics metrics = ClassMetrics.of(data, new Predictions(3, p));
    check(metrics, 0, 1, 2.0 / 3, 0.8);
    check(metrics, 1, 0, 0, 0);
    check(metrics, 2, Double.NaN, Double.NaN, Double.NaN);
    assertEquals(0.4, metrics.f1(), 1e-12);
    assertEquals(Double.NaN, metrics.auc());
  }

  @Test
  void aThresholdDecidesBetweenTwo() {
    DataSet data = data(new int[] {0, 0, 1, 1}, List.of("no", "yes"));
    var p = new Predictions(2, new double[] {0.9, 0.1, 0.6, 0.4, 0.7, 0.3, 0.2, 0.8});
    assertEquals(0.5, ClassMetrics.of(data, p).recall(1));
    assertEquals(1, ClassMetrics.of(data, p, 0.25).recall(1));
    assertEquals(2.0 / 3, ClassMetrics.of(data, p, 0.25).precision(1), 1e-12);
    // Not above it.
    assertEquals(0.5, ClassMetrics.of(data, p, 0.3).recall(1));
    assertEquals(0, ClassMetrics.of(data, p, 1).recall(1));
    assertEquals(1, ClassMetrics.of(data, p, 0).recall(1));
    assertEquals(0.75, ClassMetrics.of(data, p).auc(1));
    assertThrows(
        IllegalArgumentException.class,
        () -> ClassMetrics.of(data(new int[1], ABC), new Predictions(3, new double[3]), 0.5));
    assertThrows(IllegalArgumentException.class, () -> ClassMetrics.of(data, p, 1.5));
  }

  /// Coarse probabilities, so that many are equal.
  @Test
  void theAreaIsTheShareOfPairsInOrder() {
    for (int rows : new int[] {2, 3, 17, 200}) {
      int[] labels = inputs.indices(rows, 2);
      double[] p = new double[2 * rows];
      for (int i = 0; i < rows; i++) {
        p[2 * i + 1] = inputs.nextInt(7) / 7.0;
        p[2 * i] = 1 - p[2 * i + 1];
      }
      double better = 0;
      double pairs = 0;
      for (int i = 0; i < rows; i++) {
        for (int j = 0; j < rows; j++) {
          if (labels[i] == 1 && labels[j] == 0) {
            pairs++;
            better += (Math.signum(p[2 * i + 1] - p[2 * j + 1]) + 1) / 2;
          }
        }
      }
      ClassMetrics metrics =
          ClassMetrics.of(data(labels, List.of("0", "1")), new Predictions(2, p));
      assertEquals(better / pairs, metrics.auc(1), 1e-12);
    }
  }

  @Test
  void namesAreReadAsTheyAreWritten() {
    for (String name : List.of("precision", "recall", "f1", "auc", "recall:a:b", "auc:", "top5")) {
      if (name.endsWith(":")) {
        assertThrows(IllegalArgumentException.class, () -> Metric.parse(name));
      } else {
        assertEquals(name, Metric.parse(name).name());
        assertEquals("val_" + name, Monitor.named("val_" + name).name());
      }
    }
    for (String wrong : List.of("", "top", "top0", "top5:a", "Recall", "loss", "val_recall")) {
      assertThrows(IllegalArgumentException.class, () -> Metric.parse(wrong), wrong);
    }
    for (String wrong : List.of("recall", "val_", "val_rmse", "val_top0")) {
      assertThrows(IllegalArgumentException.class, () -> Monitor.named(wrong), wrong);
    }
  }

  private static DataSet data(int[] labels, List<String> names) {
    return DataSet.classes("labels", new float[labels.length], 1, labels, names);
  }
}
