package dev.descent.cli.data;

import dev.descent.cli.option.TaskData;
import dev.descent.cli.shell.Text;
import dev.descent.cli.text.Thumbnails;
import dev.descent.cli.text.Thumbnails.Ink;
import dev.descent.data.DataSet;
import dev.descent.internal.format.Visible;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/// What is in a data set, as lines of text: its classes and how often each occurs, the range of its
/// values, and what the first samples look like.
final class DataPage {
  private static final int ROWS_SHOWN = 2;
  private static final int VALUES_SHOWN = 8;
  static final int MOST_IMAGES = 6;

  private DataPage() {}

  /// @param width of the terminal, in columns
  /// @param ink what images are drawn with
  static List<String> of(TaskData data, int width, Ink ink) {
    List<String> lines = new ArrayList<>();
    lines.add(range(data.train()));
    lines.add("");
    if (data.train().isClassified()) {
      classes(lines, data.train(), data.validation());
    }
    lines.add("");
    if (data.train().isBytes() && data.train().imageWidth() > 0) {
      lines.addAll(images(data.train(), differing(data.train(), MOST_IMAGES), width, ink));
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
    int[] training = train.classCounts();
    int[] validating = validation == null ? new int[train.outputs()] : validation.classCounts();
    for (int label = 0; label < train.outputs(); label++) {
      lines.add(
          Text.format(
              "%-14s %,9d %,11d",
              Visible.value(train.classNames().get(label)), training[label], validating[label]));
    }
  }

  private static String answer(DataSet data, int sample) {
    if (data.isClassified()) {
      return Visible.value(data.classNames().get(data.labels()[sample]));
    }
    return Float.toString(data.targets()[sample * data.outputs()]);
  }

  /// Images side by side, as many as fit, each under its class.
  ///
  /// @param samples which ones
  static List<String> images(DataSet data, int[] samples, int width, Ink ink) {
    int fitting = Math.min(samples.length, Thumbnails.fitting(data.imageWidth(), width));
    if (fitting == 0) {
      return List.of(
          String.format(
              Locale.ROOT,
              "images of %d columns are too wide to be shown here",
              data.imageWidth()));
    }
    var captions = new StringBuilder();
    List<Thumbnails.Image> images = new ArrayList<>();
    for (int sample : Arrays.copyOf(samples, fitting)) {
      int room = data.imageWidth() + Thumbnails.GAP;
      String name = Visible.value(data.classNames().get(data.labels()[sample]));
      String shown = name.substring(0, Math.min(name.length(), room - 1));
      captions.append(Text.format("%-" + room + "s", shown));
      images.add(
          new Thumbnails.Image(
              data.bytes(), sample * data.features(), data.imageWidth(), data.imageHeight()));
    }
    List<String> lines = new ArrayList<>();
    lines.add(captions.toString().stripTrailing());
    lines.addAll(Thumbnails.lines(images, ink));
    return lines;
  }

  /// The first sample of each of so many classes, in the order in which they come.
  private static int[] differing(DataSet data, int count) {
    boolean[] seen = new boolean[data.outputs()];
    return IntStream.range(0, data.size())
        .filter(i -> {
          boolean first = !seen[data.labels()[i]];
          seen[data.labels()[i]] = true;
          return first;
        })
        .limit(count)
        .toArray();
  }

  private static void rows(List<String> lines, DataSet data) {
    for (int sample = 0; sample < Math.min(ROWS_SHOWN, data.size()); sample++) {
      float[] row = data.row(sample);
      String values =
          String.join(
              ", ",
              IntStream.range(0, Math.min(VALUES_SHOWN, row.length))
                  .mapToObj(i -> Float.toString(row[i]))
                  .toList());
      lines.add(
          "%s: %s%s"
              .formatted(answer(data, sample), values, row.length > VALUES_SHOWN ? ", ..." : ""));
    }
  }
}
