package dev.descent.data.read;

import dev.descent.DataException;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import java.util.stream.IntStream;

/// What the first line of a CSV file tells of its columns.
///
/// @param header whether the line holds names
/// @param names the columns' names, or their numbers from 1 where there is no header
/// @param label the index of the column with the labels
/// @param pixels whether the features look like pixels
record CsvColumns(boolean header, List<String> names, int label, boolean pixels) {
  private static final String LABEL = "label";
  private static final Pattern PIXEL = Pattern.compile("(?i)pixel.*|\\d+x\\d+");
  private static final List<String> NOT_NUMBERS =
      List.of("", "nan", "na", "n/a", "null", "inf", "-inf", "infinity", "-infinity");

  /// Without names, fewer columns than these are not taken for an image.
  private static final int SMALLEST_IMAGE = 256;

  /// Reads the first line.
  static CsvColumns of(CsvLines line, CsvOptions options) {
    List<String> cells = CsvCells.split(line.buffer(), line.from(), line.to(), options.delimiter());
    if (cells.size() < 2) {
      throw new DataException(
          "%s: row %d: expected a label and values with '%s' between them, found one column"
              .formatted(line.fileName(), line.number(), printable(options.delimiter())));
    }
    boolean header = isHeader(line, cells, options);
    int label = labelColumn(line.fileName(), cells, header, options);
    boolean pixels = header ? pixelNames(cells, label) : isImage(cells.size() - 1);
    List<String> names = header ? cells : numbers(cells.size());
    return new CsvColumns(header, List.copyOf(names), label, pixels);
  }

  /// The number of columns, the label's included.
  int count() {
    return names.size();
  }

  /// A column in an error message.
  String describe(int column) {
    return "column " + (header ? CsvCells.shown(names.get(column)) : names.get(column));
  }

  private static boolean isHeader(CsvLines line, List<String> cells, CsvOptions options) {
    return switch (options.header()) {
      case PRESENT -> true;
      case ABSENT -> false;
      case AUTO -> {
        List<String> words = cells.stream().filter(CsvColumns::isWord).toList();
        String label = options.labelColumn() == null ? LABEL : options.labelColumn();
        if (words.isEmpty()) {
          yield false;
        }
        if (words.stream().anyMatch(label::equalsIgnoreCase) || 2 * words.size() > cells.size()) {
          yield true;
        }
        throw new DataException(
            "%s: row %d: column %d: %s is not a number, yet the row does not look like a header"
                .formatted(
                    line.fileName(),
                    line.number(),
                    cells.indexOf(words.getFirst()) + 1,
                    CsvCells.shown(words.getFirst())));
      }
    };
  }

  private static boolean isWord(String cell) {
    return !NOT_NUMBERS.contains(cell.toLowerCase(Locale.ROOT)) && !Numbers.isNumber(cell);
  }

  private static int labelColumn(
      String file, List<String> cells, boolean header, CsvOptions options) {
    String name = options.labelColumn();
    if (name != null) {
      return named(file, cells, header, name);
    }
    if (options.labelIndex() >= cells.size()) {
      throw new DataException(
          "%s: expected the labels in column %d, found %d columns"
              .formatted(file, options.labelIndex() + 1, cells.size()));
    }
    if (options.labelIndex() >= 0) {
      return options.labelIndex();
    }
    for (int i = 0; header && i < cells.size(); i++) {
      if (cells.get(i).equalsIgnoreCase(LABEL)) {
        return i;
      }
    }
    return 0;
  }

  private static int named(String file, List<String> cells, boolean header, String name) {
    if (!header) {
      throw new DataException(
          "%s: has no header, so no column %s; give the label column's number"
              .formatted(file, CsvCells.shown(name)));
    }
    int index = cells.indexOf(name);
    if (index < 0 || index != cells.lastIndexOf(name)) {
      throw new DataException(
          "%s: row 1: %s column is called %s"
              .formatted(file, index < 0 ? "no" : "more than one", CsvCells.shown(name)));
    }
    return index;
  }

  private static boolean pixelNames(List<String> cells, int label) {
    for (int i = 0; i < cells.size(); i++) {
      if (i != label && !PIXEL.matcher(cells.get(i)).matches()) {
        return false;
      }
    }
    return true;
  }

  private static boolean isImage(int features) {
    return features >= SMALLEST_IMAGE && side(features) > 0;
  }

  /// The side of a square of so many pixels, or 0 if there is none.
  static int side(int features) {
    int side = (int) Math.round(Math.sqrt(features));
    return side * side == features ? side : 0;
  }

  private static List<String> numbers(int count) {
    return IntStream.rangeClosed(1, count).mapToObj(Integer::toString).toList();
  }

  private static String printable(char delimiter) {
    return delimiter == '\t' ? "tab" : String.valueOf(delimiter);
  }
}
