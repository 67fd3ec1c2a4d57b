package dev.descent.data.read;

import dev.descent.DataException;
import dev.descent.internal.format.Decimal;
import dev.descent.internal.format.Visible;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.stream.IntStream;

/// Turns the labels of a table into classes 0, 1, 2, ... without gaps. Labels that are the same
/// number are the same: `1`, `1.0` and `+1`.
final class Labels {
  /// More are no classes; the column then holds something else.
  private static final int MOST_CLASSES = 1 << 16;

  private static final int CACHED = 1 << 10;

  private final String file;
  private final boolean fixed;
  private final List<String> names = new ArrayList<>();
  private final List<String> texts = new ArrayList<>();
  private final Map<String, Integer> known = new HashMap<>();
  private final int[] cache = new int[CACHED];
  private int[] codes;
  private int rows;

  /// @param classes that may occur; empty for those that do
  /// @param room for so many rows
  Labels(String file, List<CsvOptions.NamedClass> classes, int room) {
    this.file = file;
    this.codes = new int[room];
    this.fixed = !classes.isEmpty();
    Arrays.fill(cache, -1);
    for (CsvOptions.NamedClass named : classes) {
      known.put(canonical(named.label(), '.'), texts.size());
      texts.add(named.label());
      names.add(named.name());
    }
  }

  /// The number of a label.
  int code(int label, long line) {
    int code = label < CACHED ? cache[label] : -1;
    if (code < 0) {
      code = code(Integer.toString(label), line);
      if (label < CACHED) {
        cache[label] = code;
      }
    }
    return code;
  }

  /// The number of a label.
  int code(String label, char decimal, long line) {
    return code(canonical(label, decimal), line);
  }

  /// Adds the label of a row.
  void add(DataFile data, int code) {
    if (rows == codes.length) {
      data.claim(2L * rows * Integer.BYTES);
      codes = Arrays.copyOf(codes, 2 * rows);
    }
    codes[rows++] = code;
  }

  private int code(String label, long line) {
    Integer code = known.get(label);
    if (code != null) {
      return code;
    }
    if (fixed) {
      throw new DataException(
          String.format(
              Locale.ROOT,
              "%s: row %d: label %s is %s",
              file,
              line,
              Visible.value(label),
              outside()));
    }
    if (texts.size() == MOST_CLASSES) {
      throw new DataException(
          String.format(
              Locale.ROOT,
              "%s: more than %,d different labels; is another column meant?",
              file,
              MOST_CLASSES));
    }
    known.put(label, texts.size());
    texts.add(label);
    return texts.size() - 1;
  }

  private String outside() {
    boolean counted =
        IntStream.range(0, texts.size()).allMatch(i -> texts.get(i).equals(Integer.toString(i)));
    return counted
        ? "outside the classes 0 to " + (texts.size() - 1)
        : String.format(Locale.ROOT, "not one of the %d labels %s", texts.size(), ranges(texts));
  }

  /// Labels in short: `0-8, 10-24`, or the first few.
  private static String ranges(List<String> labels) {
    if (!labels.stream().allMatch(label -> label.matches("\\d{1,9}"))) {
      return Visible.list(labels);
    }
    int[] sorted = labels.stream().mapToInt(Integer::parseInt).sorted().toArray();
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

  /// The one form of a label: of a number its shortest.
  static String canonical(String label, char decimal) {
    String text = label.strip();
    if (!CsvFormat.isNumber(text, decimal)) {
      return text;
    }
    return Decimal.shortest(Double.parseDouble(text.replace(',', '.')));
  }

  /// The classes of all rows, and their names.
  record Mapped(int[] labels, List<String> names) {
    /// The same with the classes of a list that has them all.
    Mapped in(List<String> others) {
      int[] index = names.stream().mapToInt(others::indexOf).toArray();
      return new Mapped(Arrays.stream(labels).map(label -> index[label]).toArray(), others);
    }
  }

  /// The classes: those that were given, else numbers in their order, or texts in theirs.
  Mapped map() {
    int[] labels = rows == codes.length ? codes : Arrays.copyOf(codes, rows);
    if (fixed) {
      return new Mapped(labels, names);
    }
    List<String> words = texts.stream().filter(text -> !Numbers.isNumber(text)).toList();
    if (words.size() == 1 && texts.size() > 2) {
      int word = texts.indexOf(words.getFirst());
      if (Arrays.stream(labels).limit(rows).filter(code -> code == word).count() == 1) {
        throw new DataException(
            String.format(
                Locale.ROOT,
                "%s: label %s is in a single row, the labels of all others are numbers; mend that"
                    + " row or take it out",
                file,
                Cells.shown(words.getFirst())));
      }
    }
    boolean numbers = words.isEmpty();
    Comparator<String> order =
        numbers ? Comparator.comparingDouble(Double::parseDouble) : Comparator.naturalOrder();
    List<String> sorted = texts.stream().sorted(order).toList();
    int[] index = new int[sorted.size()];
    for (int i = 0; i < index.length; i++) {
      index[Objects.requireNonNull(known.get(sorted.get(i)))] = i;
    }
    Arrays.setAll(labels, i -> index[labels[i]]);
    return new Mapped(labels, sorted);
  }
}
