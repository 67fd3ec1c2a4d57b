package dev.descent.data.read;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/// Tells which columns of numbers may not be what they are read as, by the beginning of the file.
final class ColumnReview {
  /// Names of columns that number the rows; pandas writes one without a name.
  private static final Pattern NUMBERING =
      Pattern.compile("(?i:id|index|row|rownum|no|nr|unnamed: ?\\d+|.*[ _-]id)|.*[a-z]I[dD]");

  private static final Pattern THOUSANDS = Pattern.compile("[-+]?[1-9]\\d{0,2}[.,]\\d{3}");

  /// Fewer rows are no evidence.
  private static final int FEW_ROWS = 10;

  /// More rows tell no more of how exact numbers are.
  private static final int ENOUGH_ROWS = 100;

  /// Shorter numbers are exact enough as floats.
  private static final int FLOAT_DIGITS = 7;

  private final CsvFormat format;

  ColumnReview(CsvFormat format) {
    this.format = format;
  }

  /// Whether a name says that its column numbers the rows.
  static boolean isNumbering(String name) {
    return NUMBERING.matcher(name).matches();
  }

  /// What may be wrong with columns that are learned from or predicted, a line for each doubt.
  ///
  /// @param features columns of numbers that are learned from
  /// @param numbers those and columns of target values
  List<String> toTrain(List<Integer> features, List<Integer> numbers) {
    List<String> lines = new ArrayList<>();
    features.stream()
        .filter(this::numbersRows)
        .map(column ->
            "%s seems to number the rows, and would be learned by heart; --drop %s leaves it out"
                .formatted(format.describe(column), format.reference(column)))
        .forEach(lines::add);
    numbers.stream()
        .filter(this::isTooExact)
        .map(column ->
            ("%s has numbers that differ behind their seventh digit alone, which a float does not"
                    + " keep; subtract one number from all of them, or say --drop %s")
                .formatted(format.describe(column), format.reference(column)))
        .forEach(lines::add);
    lines.addAll(marks(numbers));
    return lines;
  }

  /// Columns whose mark of decimals may stand between thousands, a line for each: a comma where that
  /// was a guess; a point between semicolons, which spreadsheets write where decimals have commas.
  List<String> marks(List<Integer> numbers) {
    boolean doubtful = format.decimal() == ',' || format.delimiter() == ';';
    if (format.decimalTold() || !doubtful) {
      return List.of();
    }
    return numbers.stream().flatMap(column -> thousands(column).stream()).toList();
  }

  private List<String> thousands(int column) {
    List<String> marked =
        format.values(column).filter(text -> text.indexOf(format.decimal()) >= 0).toList();
    if (marked.isEmpty() || !marked.stream().allMatch(text -> THOUSANDS.matcher(text).matches())) {
      return List.of();
    }
    String first = marked.getFirst();
    boolean comma = format.decimal() == ',';
    return List.of(
        ("%s: %s is read as %s; if the %s stands between thousands, take it out of the column, else"
                + " say --decimal %s")
            .formatted(
                format.describe(column),
                Cells.shown(first),
                first.replace(',', '.'),
                comma ? "comma" : "point",
                comma ? "comma" : "point"));
  }

  private boolean numbersRows(int column) {
    String name = format.names().get(column);
    List<String> values = texts(column).toList();
    return format.header()
        && (name.isEmpty() || isNumbering(name))
        && values.size() >= FEW_ROWS
        && values.size() == new HashSet<>(values).size();
  }

  private boolean isTooExact(int column) {
    Set<Double> doubles = new HashSet<>();
    Set<Float> floats = new HashSet<>();
    texts(column)
        .limit(ENOUGH_ROWS)
        .filter(text -> text.length() > FLOAT_DIGITS && CsvFormat.isNumber(text, format.decimal()))
        .forEach(text -> {
          double value = Double.parseDouble(text.replace(',', '.'));
          doubles.add(value);
          floats.add((float) value);
        });
    return doubles.size() >= FEW_ROWS && 2 * floats.size() < doubles.size();
  }

  private Stream<String> texts(int column) {
    return format.values(column).filter(text -> !Cells.isMissing(text));
  }
}
