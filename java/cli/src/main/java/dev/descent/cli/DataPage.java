package dev.descent.cli;

import dev.descent.data.DataSet;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/// What is in a data set, as lines of text: its classes and how often each occurs, the range of its
/// values, and what the first samples look like.
final class DataPage {
  /// From black to white.
  private static final String SHADES = " .:-=+*#%@";

  private static final int SAMPLES_SHOWN = 2;
  private static final int VALUES_SHOWN = 8;
  private static final int WIDEST_IMAGE = 38;
  private static final int GAP = 4;

  private DataPage() {}

  static List<String> of(TaskData data) {
    List<String> lines = new ArrayList<>();
    lines.add(range(data.train()));
    lines.add("");
    classes(lines, data.train(), data.validation());
    lines.add("");
    if (data.train().isBytes() && data.train().imageWidth() > 0) {
      images(lines, data.train());
    } else {
      rows(lines, data.train());
    }
    return lines;
  }

  private static String range(DataSet data) {
    double least = Double.POSITIVE_INFINITY;
    double most = Double.NEGATIVE_INFINITY;
    double sum = 0;
    int values = data.size() * data.features();
    for (int i = 0; i < values; i++) {
      double value = data.isBytes() ? data.bytes()[i] & 0xFF : data.floats()[i];
      least = Math.min(least, value);
      most = Math.max(most, value);
      sum += value;
    }
    return data.isBytes()
        ? Text.format(
            "values: bytes %.0f to %.0f, mean %.1f; the model sees them as 0 to 1",
            least, most, sum / values)
        : Text.format("values: numbers %.4g to %.4g, mean %.4g", least, most, sum / values);
  }

  private static void classes(List<String> lines, DataSet train, @Nullable DataSet validation) {
    lines.add(Text.format("%-14s %9s %11s", "class", "training", "validation"));
    int[] training = counts(train);
    int[] validating = validation == null ? new int[train.outputs()] : counts(validation);
    for (int label = 0; label < train.outputs(); label++) {
      lines.add(
          Text.format(
              "%-14s %,9d %,11d",
              train.classNames().get(label), training[label], validating[label]));
    }
  }

  private static int[] counts(DataSet data) {
    int[] counts = new int[data.outputs()];
    for (int label : data.labels()) {
      counts[label]++;
    }
    return counts;
  }

  /// The first images side by side, two rows of pixels a line since letters are taller than wide.
  private static void images(List<String> lines, DataSet data) {
    int width = data.imageWidth();
    int[] samples = width > WIDEST_IMAGE ? new int[] {0} : differing(data);
    var captions = new StringBuilder();
    for (int sample : samples) {
      captions.append(
          Text.format("%-" + (width + GAP) + "s", data.classNames().get(data.labels()[sample])));
    }
    lines.add(captions.toString().stripTrailing());
    for (int y = 0; y < data.imageHeight(); y += 2) {
      var line = new StringBuilder();
      for (int sample : samples) {
        for (int x = 0; x < width; x++) {
          line.append(shade(data, sample, x, y));
        }
        line.append(" ".repeat(GAP));
      }
      lines.add(line.toString().stripTrailing());
    }
  }

  /// The first sample, and the first of another class.
  private static int[] differing(DataSet data) {
    return IntStream.concat(
            IntStream.of(0),
            IntStream.range(1, data.size())
                .filter(i -> data.labels()[i] != data.labels()[0])
                .limit(SAMPLES_SHOWN - 1))
        .toArray();
  }

  private static char shade(DataSet data, int sample, int x, int y) {
    int below = Math.min(y + 1, data.imageHeight() - 1);
    int level = (pixel(data, sample, x, y) + pixel(data, sample, x, below)) / 2;
    return SHADES.charAt(level * SHADES.length() / 256);
  }

  private static int pixel(DataSet data, int sample, int x, int y) {
    return data.bytes()[sample * data.features() + y * data.imageWidth() + x] & 0xFF;
  }

  private static void rows(List<String> lines, DataSet data) {
    for (int sample = 0; sample < Math.min(SAMPLES_SHOWN, data.size()); sample++) {
      float[] row = data.row(sample);
      String values =
          String.join(
              ", ",
              IntStream.range(0, Math.min(VALUES_SHOWN, row.length))
                  .mapToObj(i -> Float.toString(row[i]))
                  .toList());
      lines.add(
          "%s: %s%s"
              .formatted(
                  data.classNames().get(data.labels()[sample]),
                  values,
                  row.length > VALUES_SHOWN ? ", ..." : ""));
    }
  }
}
