package dev.descent.contract;

import dev.descent.program.ReductionOperation.Accuracy;
import dev.descent.program.ReductionOperation.SumRows;
import dev.descent.program.Tensor;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

/// Sums and counts.
interface ReductionContract extends OperationTests {
  /// Adds up rows of odd shapes.
  @Test
  default void sums() {
    Shape shape = (rows, columns) -> sums(rows, columns, inputs().floats((long) rows * columns));
    forOddShapes(shape);
    // Where nothing cancels, what is left out of a long sum is more than its rounding.
    forLargeShapes(
        (rows, columns) -> sums(rows, columns, inputs().uniform((long) rows * columns, 0.25f, 1)));
  }

  /// What is not finite is in the sum of its row and of its column, and in no other.
  @Test
  default void sumsOfWhatIsNotFinite() {
    forOddShapes((rows, columns) -> {
      float[] x = inputs().floats((long) rows * columns);
      x[inputs().nextInt(x.length)] = Float.NaN;
      x[inputs().nextInt(x.length)] = Float.POSITIVE_INFINITY;
      x[x.length - 1] = Float.NEGATIVE_INFINITY;
      sums(rows, columns, x);
    });
  }

  private void sums(int rows, int columns, float[] x) {
    double[] rowScale = new double[columns];
    for (int i = 0; i < x.length; i++) {
      rowScale[i % columns] += Math.abs(x[i]);
    }
    var c = new OperationCase("SumRows");
    Tensor out = c.output("out", 1, columns, Bound.sum(rows));
    c.scale(out, rowScale);
    check(c.add(new SumRows(c.input("x", rows, columns, x), out)));
  }

  /// Counts the rows that are right, by class and by target values.
  @Test
  default void accuracy() {
    Shape shape =
        (rows, columns) -> {
          // Few distinct scores, so that some are equal and some 0: the first of equal ones counts.
          float[] scores = new float[rows * columns];
          for (int i = 0; i < scores.length; i++) {
            scores[i] = inputs().nextInt(-2, 3);
          }
          accuracyOfClasses(rows, columns, scores);
          accuracyOfAnswers(rows, columns, scores);
        };
    forOddShapes(shape);
    forLargeShapes(shape);
  }

  /// The largest score of a long row may stand anywhere.
  @Test
  default void accuracyOfLongRows() {
    for (int columns : new int[] {1025, 5000, 70_001}) {
      int rows = 9;
      float[] scores = inputs().uniform((long) rows * columns, -1, 1);
      int[] targets = inputs().indices(rows, columns);
      targets[0] = 0;
      targets[1] = columns - 1;
      for (int i = 0; i < rows; i++) {
        scores[i * columns + targets[i]] = i % 4 == 3 ? -3 : 3;
      }
      accuracy("Accuracy of long rows", rows, columns, scores, targets);
    }
  }

  private void accuracyOfClasses(int rows, int columns, float[] scores) {
    accuracy("Accuracy of classes", rows, columns, scores, inputs().indices(rows, columns));
    // All right, by the same rule: of equal scores the first.
    int[] first = new int[rows];
    int[] last = new int[rows];
    for (int i = 0; i < rows; i++) {
      for (int j = 0; j < columns; j++) {
        first[i] = scores[i * columns + j] > scores[i * columns + first[i]] ? j : first[i];
        last[i] = scores[i * columns + j] >= scores[i * columns + last[i]] ? j : last[i];
      }
    }
    accuracy("Accuracy where all are right", rows, columns, scores, first);
    accuracy("Accuracy of the last of equal scores", rows, columns, scores, last);
  }

  private void accuracyOfAnswers(int rows, int columns, float[] scores) {
    float[] targets = inputs().uniform((long) rows * columns, 0, 1);
    for (int i = 0; i < targets.length; i++) {
      targets[i] =
          switch (inputs().nextInt(4)) {
            case 0 -> 0.5f;
            case 1 -> Math.round(targets[i]);
            default -> targets[i];
          };
    }
    accuracy("Accuracy of yes-or-no answers", rows, columns, scores, targets);
  }

  /// A score of 0 and a target of 0.5 are both no, next to them they are yes.
  @Test
  default void accuracyOfAnswersAtTheLimits() {
    float[] scores = {0, -0f, Float.MIN_NORMAL, -Float.MIN_NORMAL, Float.NaN, 1, -1, 1};
    float[] targets = {0.5f, Math.nextUp(0.5f), Math.nextDown(0.5f), 0, 1, Float.NaN, 1};
    for (float score : scores) {
      for (float target : targets) {
        accuracy(
            "Accuracy of " + score + " for " + target,
            1,
            1,
            new float[] {score},
            new float[] {target});
      }
    }
    accuracy("Accuracy at the limits", 7, 1, Arrays.copyOf(scores, 7), targets);
  }

  /// Counts among scores that are NaN or infinite.
  @Test
  default void accuracyOfWhatIsNotFinite() {
    float nan = Float.NaN;
    float infinity = Float.POSITIVE_INFINITY;
    float[] scores = {
      nan, 1, 2, nan, nan, nan, 3, nan, 1, -infinity, -infinity, -infinity, nan, -infinity, -3e38f,
      1, infinity, infinity, nan, -infinity, -infinity, -infinity, nan, nan, -1, nan, -2
    };
    // Each answer by itself, so that no two faults cancel.
    for (int row = 0; row < scores.length / 3; row++) {
      float[] one = {scores[3 * row], scores[3 * row + 1], scores[3 * row + 2]};
      for (int target = 0; target < 3; target++) {
        accuracy("Accuracy of row " + row + " for " + target, 1, 3, one, new int[] {target});
      }
    }
    accuracy("Accuracy of NaN", 9, 3, scores, new int[] {2, 0, 0, 0, 2, 1, 0, 0, 0});
    // Long rows, in which several look for the largest.
    int columns = 500;
    float[] rows = new float[3 * columns];
    Arrays.fill(rows, nan);
    Arrays.fill(rows, columns, 2 * columns, -infinity);
    rows[2 * columns + 400] = -3e38f;
    accuracy("Accuracy of long rows of NaN", 3, columns, rows, new int[] {0, 0, 400});
  }

  private void accuracy(String name, int rows, int columns, float[] scores, Object targets) {
    var c = new OperationCase(name);
    Tensor s = c.input("scores", rows, columns, scores);
    Tensor t = c.input("targets", rows, targets instanceof int[] ? 1 : columns, targets);
    Tensor state = c.state(2, inputs().nextInt(4), 7);
    check(c.add(new Accuracy(s, t, state, OperationTests.countSlots(c))));
  }
}
