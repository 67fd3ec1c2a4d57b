package dev.descent.data.read;

import dev.descent.DataException;
import dev.descent.data.Missing;
import dev.descent.data.Preparation.CategoryColumn;
import dev.descent.data.Preparation.Table;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// Reads the rows of a table.
final class TableRows {
  /// A whole number of so many digits is exact as a double.
  private static final int MOST_DIGITS = 15;

  /// Above, a whole number is no label of the fast way.
  private static final int MOST_LABEL = 1_000_000;

  private static final int LARGEST_BYTE = 255;
  private static final int FEW_ROWS = 256;
  private static final int MOST_TARGETS = Integer.MAX_VALUE - 8;

  private final DataFile data;
  private final String file;
  private final CsvFormat format;
  private final Layout layout;
  private final char delimiter;
  private final char decimal;
  private final Layout.Kind[] kinds;
  private final int[] slots;
  private final Missing missing;
  private final FeatureStore features;
  private final Labels labels;
  private final @Nullable Categories[] categories;

  /// Of each column that holds texts.
  private final @Nullable CodeCache[] caches;

  private final List<String> kept = new ArrayList<>();
  private float[] targets;
  private final float[] rowTargets;
  private int rows;
  private final LeftOut leftOutRows = new LeftOut();

  /// The row being read.
  private byte[] bytes = new byte[0];

  private int at;
  private int to;
  private boolean leftOut;
  private int rowLabel;
  private @Nullable String rowKept;

  /// @param expected how many rows there will be, at most; 0 if it is not known
  TableRows(DataFile data, CsvFormat format, Layout layout, CsvOptions options, long expected) {
    this.data = data;
    this.file = data.name();
    this.format = format;
    this.layout = layout;
    this.delimiter = format.delimiter();
    this.decimal = format.decimal();
    this.missing = options.missing();
    int count = format.count();
    this.kinds = new Layout.Kind[count];
    this.slots = new int[count];
    this.caches = new CodeCache[count];
    for (int i = 0; i < count; i++) {
      kinds[i] = layout.kind(i);
      slots[i] = layout.slot(i);
      if (kinds[i] == Layout.Kind.CATEGORY || kinds[i] == Layout.Kind.LABEL) {
        caches[i] = new CodeCache();
      }
    }
    this.features =
        new FeatureStore(
            data,
            layout.width(),
            options.values(),
            layout.pixels(),
            expected * layout.preparedWidth());
    this.rowTargets = new float[layout.targets()];
    int room = Math.clamp(expected, FEW_ROWS, Integer.MAX_VALUE / 2);
    this.labels = new Labels(file, options.classes(), layout.hasLabel() ? room : 0);
    this.targets = new float[(int) Math.min((long) room * layout.targets(), MOST_TARGETS)];
    data.claim((long) Float.BYTES * (targets.length + (layout.hasLabel() ? room : 0)));
    Table known = layout.known();
    this.categories = new Categories[layout.width()];
    for (int slot = 0; slot < categories.length; slot++) {
      if (layout.isCategory(slot)) {
        categories[slot] =
            new Categories(
                known == null ? null : ((CategoryColumn) known.columns().get(slot)).values());
      }
    }
  }

  /// Adds a row.
  void add(CsvLines line) {
    bytes = line.buffer();
    at = line.from();
    to = line.to();
    leftOut = false;
    features.startRow();
    int count = kinds.length;
    int column = 0;
    while (true) {
      int end = column < count ? cell(line, column) : slowEnd(line);
      column++;
      if (end == to) {
        break;
      }
      at = end + 1;
    }
    if (column != count) {
      throw new DataException(
          String.format(
              Locale.ROOT,
              "%s: row %d: expected %d columns, found %d",
              file,
              line.number(),
              count,
              column));
    }
    if (rowKept != null) {
      kept.add(rowKept);
    }
    if (leftOut) {
      leftOutRows.add(rows + leftOutRows.count());
      return;
    }
    features.endRow();
    if (layout.hasLabel()) {
      labels.add(data, rowLabel);
    }
    if (rowTargets.length > 0) {
      addTargets();
    }
    rows++;
  }

  private void addTargets() {
    int used = rows * rowTargets.length;
    if (used + rowTargets.length > targets.length) {
      int length = Math.max(2 * used, used + rowTargets.length);
      data.claim((long) length * Float.BYTES);
      targets = Arrays.copyOf(targets, length);
    }
    System.arraycopy(rowTargets, 0, targets, used, rowTargets.length);
  }

  /// Reads the cell at `at`: numbers of up to 15 digits at once, in quotes or not, all else in a slower
  /// way.
  ///
  /// @return where it ends
  private int cell(CsvLines line, int column) {
    Layout.Kind kind = kinds[column];
    if (kind != Layout.Kind.NUMBER && kind != Layout.Kind.LABEL && kind != Layout.Kind.TARGET) {
      return otherCell(line, column);
    }
    byte[] b = bytes;
    int end = at;
    int limit = to;
    boolean quoted = end < limit && b[end] == '"';
    if (quoted) {
      end++;
    }
    boolean negative = end < limit && b[end] == '-';
    if (negative) {
      end++;
    }
    int first = end;
    long mantissa = 0;
    int more;
    do {
      long word = TextBytes.word(b, end);
      more = Numbers.digits(word);
      mantissa = mantissa * Numbers.power(more) + Numbers.whole(word, more);
      end += more;
    } while (more == Long.BYTES);
    int digits = end - first;
    int decimals = 0;
    if (end < limit && b[end] == (byte) decimal) {
      first = ++end;
      do {
        long word = TextBytes.word(b, end);
        more = Numbers.digits(word);
        mantissa = mantissa * Numbers.power(more) + Numbers.whole(word, more);
        end += more;
      } while (more == Long.BYTES);
      decimals = end - first;
    }
    if (quoted && end < limit && b[end] == '"') {
      end++;
      quoted = false;
    }
    if (quoted
        || digits == 0
        || digits + decimals > MOST_DIGITS
        || (end < limit && b[end] != (byte) delimiter)) {
      return oddCell(line, column);
    }
    if (decimals == 0 && !negative && mantissa <= MOST_LABEL) {
      if (kind == Layout.Kind.LABEL) {
        rowLabel = labels.code((int) mantissa, line.number());
      } else if (kind == Layout.Kind.TARGET) {
        rowTargets[slots[column]] = mantissa;
      } else if (!features.putWhole(slots[column], (int) mantissa)) {
        throw notByte(line, column, at, end);
      }
      return end;
    }
    float value = Numbers.decimal(mantissa, decimals);
    if (kind == Layout.Kind.LABEL || Float.isNaN(value)) {
      return oddCell(line, column);
    }
    put(line, column, negative ? -value : value, end);
    return end;
  }

  private void put(CsvLines line, int column, float value, int end) {
    if (kinds[column] == Layout.Kind.TARGET) {
      rowTargets[slots[column]] = value;
    } else if (!features.put(slots[column], value)) {
      throw notByte(line, column, at, end);
    }
  }

  /// The end of the cell at `at`, whose quotes may reach over line ends.
  private int slowEnd(CsvLines line) {
    int end = Cells.end(bytes, at, to, delimiter);
    while (end < 0) {
      at -= line.extend();
      bytes = line.buffer();
      to = line.to();
      end = Cells.end(bytes, at, to, delimiter);
    }
    return end;
  }

  private int otherCell(CsvLines line, int column) {
    int end = slowEnd(line);
    switch (kinds[column]) {
      case CATEGORY -> category(line, column, end);
      case KEPT -> rowKept = Cells.text(bytes, at, end);
      default -> {
        // Passed over.
      }
    }
    return end;
  }

  private void category(CsvLines line, int column, int end) {
    int slot = slots[column];
    CodeCache cache = Objects.requireNonNull(caches[column]);
    int code = cache.find(bytes, at, end);
    if (code == CodeCache.UNKNOWN) {
      String text = Cells.text(bytes, at, end);
      if (Cells.isMissing(text)) {
        code = Categories.NONE;
        gap(line, column, text);
      } else if (Cells.isError(text)) {
        throw odd(line, column, text);
      } else {
        code = Objects.requireNonNull(categories[slot]).code(Labels.canonical(text, decimal));
      }
      if (code != Categories.NONE) {
        cache.put(bytes, at, end, code);
      }
    }
    features.put(slot, code);
  }

  /// A number in quotes, with blanks, an exponent or many digits; a gap; a label in words.
  private int oddCell(CsvLines line, int column) {
    int end = slowEnd(line);
    int first = afterBlanks(at, end);
    int last = beforeBlanks(first, end);
    if (last - first >= 2 && bytes[first] == '"' && bytes[last - 1] == '"') {
      first = afterBlanks(first + 1, last - 1);
      last = beforeBlanks(first, last - 1);
    }
    if (kinds[column] == Layout.Kind.LABEL) {
      label(line, column, end);
      return end;
    }
    float value = Numbers.parse(bytes, first, last, decimal);
    if (Float.isFinite(value)) {
      put(line, column, value, end);
      return end;
    }
    String text = Cells.text(bytes, at, end);
    if (!Cells.isMissingNumber(text)) {
      throw odd(line, column, text);
    }
    gap(line, column, text);
    if (!leftOut && !features.put(slots[column], Float.NaN)) {
      throw notByte(line, column, at, end);
    }
    return end;
  }

  private int afterBlanks(int from, int end) {
    int first = from;
    while (first < end && Cells.isBlank(bytes[first])) {
      first++;
    }
    return first;
  }

  private int beforeBlanks(int from, int end) {
    int last = end;
    while (from < last && Cells.isBlank(bytes[last - 1])) {
      last--;
    }
    return last;
  }

  private void label(CsvLines line, int column, int end) {
    CodeCache cache = Objects.requireNonNull(caches[column]);
    rowLabel = cache.find(bytes, at, end);
    if (rowLabel != CodeCache.UNKNOWN) {
      return;
    }
    String text = Cells.text(bytes, at, end);
    if (Cells.isError(text)) {
      throw odd(line, column, text);
    }
    if (!Cells.isMissing(text)) {
      rowLabel = labels.code(text, decimal, line.number());
      cache.put(bytes, at, end, rowLabel);
    } else if (missing.kind() == Missing.Kind.DROP) {
      leftOut = true;
    } else {
      throw problem(line, column, expected(column), text, "; --missing drop leaves such rows out");
    }
  }

  private void gap(CsvLines line, int column, String text) {
    if (missing.kind() == Missing.Kind.DROP) {
      leftOut = true;
      return;
    }
    boolean target = kinds[column] == Layout.Kind.TARGET;
    boolean refused =
        target || (layout.known() != null ? !takesGaps(column) : missing.equals(Missing.REFUSE));
    if (refused) {
      throw problem(
          line,
          column,
          expected(column),
          text,
          target
              ? "; --missing drop leaves such rows out"
              : layout.known() != null
                  ? "; the model was trained without gaps: train with --missing mean or median, or"
                      + " leave such rows out with --missing drop"
                  : "; --missing says what becomes of gaps: drop, mean, median or a number");
    }
  }

  private boolean takesGaps(int column) {
    return switch (kinds[column]) {
      case NUMBER, CATEGORY -> layout.takesGaps(slots[column]);
      default -> false;
    };
  }

  private String expected(int column) {
    return switch (kinds[column]) {
      case LABEL -> "expected a label, found";
      case CATEGORY -> "expected a text, found";
      default -> "expected a finite number, found";
    };
  }

  /// A cell that holds neither what its column does nor a gap.
  private DataException odd(CsvLines line, int column, String text) {
    boolean feature = kinds[column] == Layout.Kind.NUMBER || kinds[column] == Layout.Kind.CATEGORY;
    boolean fits = feature && layout.known() == null;
    String remedy =
        takesGaps(column) || missing.kind() == Missing.Kind.DROP
            ? "; mend the cell or empty it"
            : "; mend the cell, or empty it and say --missing " + (fits ? "mean" : "drop");
    boolean word = fits && kinds[column] == Layout.Kind.NUMBER && CsvFormat.isName(text);
    if (layout.pixels()) {
      remedy = "; mend the cell";
    } else if (LastRow.isTotal(text)) {
      remedy = "; if the row is a total of others, take it out";
    } else if (word) {
      remedy +=
          "; if texts are meant, --category takes them for categories, --drop leaves the column out";
    }
    return problem(line, column, expected(column), text, remedy);
  }

  private DataException notByte(CsvLines line, int column, int from, int end) {
    return problem(
        line,
        column,
        "expected a whole number from 0 to " + LARGEST_BYTE + ", found",
        Cells.text(bytes, from, end),
        "");
  }

  private DataException problem(
      CsvLines line, int column, String what, String value, String remedy) {
    return new DataException(
        String.format(
            Locale.ROOT,
            "%s: row %d, %s: %s %s%s",
            file,
            line.number(),
            format.describe(column),
            what,
            Cells.shown(value),
            remedy));
  }

  /// What was read.
  RawTable finish() {
    if (rows == 0) {
      throw new DataException(
          file
              + (leftOutRows.count() > 0
                  ? ": each row has a gap, so none is left"
                  : format.header() ? ": has a header, but no rows" : ": has no rows"));
    }
    return new RawTable(
        file,
        layout,
        rows,
        features,
        layout.hasLabel() ? labels.map() : null,
        layout.targets() == 0 ? null : targets,
        categories,
        kept,
        leftOutRows.rows());
  }
}
