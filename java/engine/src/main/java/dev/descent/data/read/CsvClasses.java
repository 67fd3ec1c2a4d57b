package dev.descent.data.read;

import dev.descent.DataException;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// Turns the labels of a CSV file into classes 0, 1, 2, ... without gaps.
final class CsvClasses {
  /// More are no classes; the column then holds something else.
  private static final int MOST_CLASSES = 1 << 16;

  private final String file;
  private final List<String> names;
  private final Map<Integer, Integer> known = new HashMap<>();
  private final List<Integer> allowed;

  CsvClasses(String file, CsvOptions options) {
    this.file = file;
    this.names = options.classNames();
    this.allowed = options.labels();
    for (int i = 0; i < allowed.size(); i++) {
      known.put(allowed.get(i), i);
    }
  }

  /// Classes, and their names.
  record Mapped(int[] labels, List<String> names) {}

  /// Checks a label as it is read.
  ///
  /// @return the class if classes are given, else the label itself
  int check(int label, long row) {
    if (!allowed.isEmpty()) {
      Integer index = known.get(label);
      if (index == null) {
        throw new DataException(
            "%s: row %d: label %d is not one of the %d labels %s"
                .formatted(file, row, label, allowed.size(), ranges(allowed)));
      }
      return index;
    }
    if (!names.isEmpty() && label >= names.size()) {
      throw new DataException(
          "%s: row %d: label %d is outside the classes 0 to %d"
              .formatted(file, row, label, names.size() - 1));
    }
    return label;
  }

  /// The classes of all rows.
  Mapped map(int[] labels) {
    if (!names.isEmpty()) {
      return new Mapped(labels, names);
    }
    if (!allowed.isEmpty()) {
      return new Mapped(labels, allowed.stream().map(String::valueOf).toList());
    }
    int[] sorted = labels.clone();
    Arrays.sort(sorted);
    int count = 0;
    for (int label : sorted) {
      if (count == 0 || label != sorted[count - 1]) {
        sorted[count++] = label;
      }
    }
    int[] used = Arrays.copyOf(sorted, count);
    if (used.length > MOST_CLASSES) {
      throw new DataException(
          "%s: %,d different labels; is another column meant?".formatted(file, used.length));
    }
    int[] classes = Arrays.stream(labels).map(l -> Arrays.binarySearch(used, l)).toArray();
    return new Mapped(classes, Arrays.stream(used).mapToObj(Integer::toString).toList());
  }

  /// Labels in short: `0-8, 10-24`.
  private static String ranges(List<Integer> labels) {
    int[] sorted = labels.stream().mapToInt(Integer::intValue).sorted().toArray();
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < sorted.length; i++) {
      int first = sorted[i];
      while (i + 1 < sorted.length && sorted[i + 1] == sorted[i] + 1) {
        i++;
      }
      text.append(text.isEmpty() ? "" : ", ").append(first);
      if (sorted[i] > first) {
        text.append('-').append(sorted[i]);
      }
    }
    return text.toString();
  }
}
