package dev.descent.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.descent.testing.Inputs;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

final class SplitsTest {
  private static DataSet rows(int[] labels, int classes) {
    float[][] values = new float[labels.length][];
    Arrays.setAll(values, i -> new float[] {i, -i});
    List<String> names = IntStream.range(0, classes).mapToObj(Integer::toString).toList();
    return DataSet.classes("rows", values, labels, names);
  }

  private static int[] ids(DataSet data) {
    return IntStream.range(0, data.size()).map(i -> (int) data.floats()[2 * i]).toArray();
  }

  private static void assertEachOnce(int size, DataSet one, DataSet other) {
    int[] all = IntStream.concat(Arrays.stream(ids(one)), Arrays.stream(ids(other))).toArray();
    Arrays.sort(all);
    assertArrayEquals(IntStream.range(0, size).toArray(), all);
  }

  @Test
  void stratifiedPartsHaveTheSharesOfTheWhole() {
    Inputs.check(
        50,
        random -> {
          int classes = random.nextInt(1, 6);
          int size = random.nextInt(2, 300);
          int[] labels = random.ints(size, 0, classes).toArray();
          double share = 0.05 + 0.9 * random.nextDouble();
          DataSet data = rows(labels, classes);
          TrainTest parts = data.splitStratified(share, random.nextLong());
          assertEachOnce(size, parts.train(), parts.test());
          for (int label = 0; label < classes; label++) {
            int wanted = label;
            long whole = Arrays.stream(labels).filter(l -> l == wanted).count();
            long test = Arrays.stream(parts.test().labels()).filter(l -> l == wanted).count();
            if (whole > 1) {
              assertTrue(
                  Math.abs(test - share * whole) <= 1.0001, whole + " " + share + " " + test);
              assertTrue(test < whole && test > 0, whole + " " + test);
            }
          }
          assertEquals(
              data.labels()[ids(parts.test())[0]], parts.test().labels()[0], "answers go along");
        });
  }

  @Test
  void eachFoldIsTheTestOnce() {
    Inputs.check(
        30,
        random -> {
          int size = random.nextInt(4, 200);
          int parts = random.nextInt(2, Math.min(size, 11) + 1);
          int[] labels = random.ints(size, 0, 3).toArray();
          DataSet data = rows(labels, 3);
          List<TrainTest> folds = data.folds(parts, 5);
          int[] seen = new int[size];
          for (TrainTest fold : folds) {
            assertEachOnce(size, fold.train(), fold.test());
            Arrays.stream(ids(fold.test())).forEach(id -> seen[id]++);
            assertTrue(Math.abs(fold.test().size() - size / (double) parts) < 1);
            for (int label = 0; label < 3; label++) {
              int wanted = label;
              long whole = Arrays.stream(labels).filter(l -> l == wanted).count();
              long test = Arrays.stream(fold.test().labels()).filter(l -> l == wanted).count();
              assertTrue(Math.abs(test - whole / (double) parts) < 1);
            }
          }
          assertEquals(parts, folds.size());
          assertTrue(Arrays.stream(seen).allMatch(count -> count == 1));
        });
    DataSet one = rows(new int[] {0, 1}, 2);
    assertThrows(IllegalArgumentException.class, () -> one.folds(3, 1));
    assertThrows(IllegalArgumentException.class, () -> one.folds(1, 1));
  }

  @Test
  void arraysOfRowsAreChecked() {
    float[][] ragged = {{1, 2}, {3}};
    String message =
        assertThrows(IllegalArgumentException.class, () -> DataSet.unanswered("x", ragged))
            .getMessage();
    assertTrue(message.contains("row 1 has 1 values, row 0 has 2"), message);
    assertThrows(IllegalArgumentException.class, () -> DataSet.unanswered("x", new float[0][]));
    float[][] nan = {{1}, {Float.NaN}};
    assertThrows(dev.descent.DataException.class, () -> DataSet.unanswered("x", nan));
    DataSet bare = DataSet.unanswered("x", new float[][] {{1, 2}, {3, 4}});
    assertEquals("x: 2 rows of 2 floats, no answers", bare.toString());
    assertEquals(0, bare.outputs());
    DataSet targets =
        DataSet.targets("t", new float[][] {{1}, {2}}, new float[][] {{1, 2}, {3, 4}});
    assertArrayEquals(new float[] {1, 2, 3, 4}, targets.targets());
  }
}
