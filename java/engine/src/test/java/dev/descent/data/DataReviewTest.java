package dev.descent.data;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.descent.testing.Inputs;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

final class DataReviewTest {
  private static final int CLASSES = 5;

  private static DataSet rows(int... labels) {
    float[][] values = new float[labels.length][];
    Arrays.setAll(values, i -> new float[] {i});
    List<String> names = IntStream.range(0, CLASSES).mapToObj(i -> "c" + i).toList();
    return DataSet.classes("rows", values, labels, names);
  }

  private static int count(@Nullable DataSet data, int label) {
    return data == null ? 0 : (int) Arrays.stream(data.labels()).filter(l -> l == label).count();
  }

  /// Some rows of any classes, at times none.
  private static @Nullable DataSet part(Inputs random) {
    return random.nextInt(4) == 0
        ? null
        : rows(random.ints(random.nextInt(1, 5), 0, CLASSES).toArray());
  }

  /// The warning with these words that tells of the class.
  private static boolean tells(List<String> warnings, int label, String words) {
    return warnings.stream().anyMatch(line -> line.contains("c" + label) && line.contains(words));
  }

  @Test
  void classesThatAPartLacksAreToldOf() {
    Inputs.check(
        300,
        random -> {
          // Two classes at least, or they are refused.
          int[] more = random.ints(random.nextInt(0, 6), 0, CLASSES).toArray();
          DataSet train = rows(IntStream.concat(IntStream.of(0, 1), Arrays.stream(more)).toArray());
          DataSet validation = part(random);
          DataSet test = part(random);
          List<String> warnings = DataReview.of(train, validation, test, true);
          for (int label = 0; label < CLASSES; label++) {
            int learned = count(train, label);
            int judged = count(validation, label);
            boolean absent = learned == 0 && judged + count(test, label) > 0;
            boolean notJudged = learned == 1 && validation != null && judged == 0;
            String told = label + ": " + warnings;
            assertEquals(absent, tells(warnings, label, " no sample to train on"), told);
            assertEquals(learned == 1, tells(warnings, label, " a single sample"), told);
            assertEquals(notJudged, tells(warnings, label, " none to validate on"), told);
          }
        });
  }
}
