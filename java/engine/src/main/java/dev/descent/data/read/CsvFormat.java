package dev.descent.data.read;

import dev.descent.DataException;
import dev.descent.internal.format.Visible;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// How a table's text is laid out, as its beginning shows where it was not said.
///
/// @param delimiter what stands between values
/// @param decimal what stands before decimals
/// @param header whether the first record holds names
/// @param names the columns' names, each once, or their numbers from 1 where there is no header
/// @param repeated the names that stood in the header several times
/// @param sample the first records with values
/// @param decimalTold whether what stands before decimals was told, not guessed
record CsvFormat(
    char delimiter,
    char decimal,
    boolean header,
    List<String> names,
    List<String> repeated,
    List<List<String>> sample,
    boolean decimalTold) {
  private static final char[] DELIMITERS = {',', ';', '\t', '|'};
  private static final String DEFAULT_LABEL = "label";
  private static final int DELIMITER_ROWS = 50;
  private static final int SAMPLE_ROWS = 1000;
  private static final int SAMPLE_CELLS = 400_000;

  /// So many different numbers are no names of categories.
  private static final int MANY_NUMBERS = 20;

  private static final Pattern DECIMAL_COMMA = Pattern.compile("[-+]?\\d*,\\d+([eE][-+]?\\d+)?");

  /// Digits of any script with what stands around and between them, and a unit behind them.
  private static final Pattern MARKED =
      Pattern.compile(
          "(?U)[-+\u2212(<>~\u2264\u2265\u2248'\\p{Sc}\\s]*\\d[\\d.,'\u2019\u066b\u066c\\s]*"
              + "(?:[eE][-+\u2212]?\\d+)?"
              + "(?:[%\u2030*)'\\p{Sc}\\s-]*|\\s?(?<unit>[\\p{L}\u00b0][^\\s\\d]{0,9}))");

  private static final Pattern DATE =
      Pattern.compile("\\d{1,4}([-./])\\d{1,2}\\1\\d{1,4}([T ].*)?");
  private static final Pattern THOUSANDS = Pattern.compile("[-+]?\\d{1,3}(,\\d{3})+");

  /// Looks at the beginning of a file; nothing of it is consumed.
  ///
  /// @param known names that a header would hold
  static CsvFormat of(CsvLines lines, CsvOptions.Format asked, Collection<String> known) {
    char delimiter =
        asked.delimiter() != 0
            ? asked.delimiter()
            : lines.told() != 0 ? lines.told() : guessDelimiter(lines);
    List<List<String>> records = records(lines, delimiter, SAMPLE_ROWS);
    if (records.isEmpty()) {
      throw new DataException(lines.fileName() + ": is empty");
    }
    char decimal = asked.decimal() != 0 ? asked.decimal() : guessDecimal(records, delimiter);
    List<String> first = records.getFirst();
    List<List<String>> rest = records.subList(1, records.size());
    boolean header =
        switch (asked.header()) {
          case PRESENT -> true;
          case ABSENT -> false;
          case AUTO -> isHeader(first, rest, decimal, known);
        };
    if (header && first.size() > 2 && first.stream().filter(name -> !name.isEmpty()).count() == 1) {
      throw new DataException(
          String.format(
              Locale.ROOT,
              "%s: row 1: names one of %d columns; if it is a title, take it out",
              lines.fileName(),
              first.size()));
    }
    List<String> names =
        header
            ? unique(first)
            : IntStream.rangeClosed(1, first.size()).mapToObj(Integer::toString).toList();
    return new CsvFormat(
        delimiter,
        decimal,
        header,
        names,
        header ? repeated(first) : List.of(),
        header ? rest : records,
        asked.decimal() != 0);
  }

  /// The first records, as far as the beginning of the file reaches.
  private static List<List<String>> records(CsvLines lines, char delimiter, int most) {
    CsvLines head = lines.head();
    List<List<String>> records = new ArrayList<>();
    int cells = 0;
    while (records.size() < most && cells < SAMPLE_CELLS && head.next()) {
      List<String> record = record(head, delimiter);
      if (record == null) {
        break;
      }
      if (records.isEmpty()) {
        head.expect(delimiter, record.size());
      }
      records.add(record);
      cells += record.size();
    }
    return records;
  }

  /// The cells of a record; null where it does not end.
  private static @Nullable List<String> record(CsvLines lines, char delimiter) {
    List<String> cells = new ArrayList<>();
    int at = lines.from();
    while (true) {
      int end = Cells.end(lines.buffer(), at, lines.to(), delimiter);
      while (end < 0) {
        int moved = lines.extend();
        if (moved < 0) {
          return null;
        }
        at -= moved;
        end = Cells.end(lines.buffer(), at, lines.to(), delimiter);
      }
      cells.add(Cells.text(lines.buffer(), at, end));
      if (end == lines.to()) {
        return cells;
      }
      at = end + 1;
    }
  }

  /// The one that gives most rows one number of columns, with cells that hold no other delimiter.
  private static char guessDelimiter(CsvLines lines) {
    char best = DELIMITERS[0];
    double bestScore = 0;
    for (char delimiter : DELIMITERS) {
      double score = score(records(lines, delimiter, DELIMITER_ROWS), delimiter);
      if (score > bestScore) {
        bestScore = score;
        best = delimiter;
      }
    }
    return best;
  }

  private static double score(List<List<String>> records, char delimiter) {
    Map<Integer, Integer> counts = new HashMap<>();
    long cells = 0;
    long clean = 0;
    for (List<String> record : records) {
      counts.merge(record.size(), 1, Integer::sum);
      cells += record.size();
      clean += record.stream().filter(cell -> isClean(cell, delimiter)).count();
    }
    int columns = 1;
    int rows = 0;
    for (Map.Entry<Integer, Integer> count : counts.entrySet()) {
      if (count.getValue() > rows || (count.getValue() == rows && count.getKey() > columns)) {
        columns = count.getKey();
        rows = count.getValue();
      }
    }
    // Among equals the one with more columns.
    return columns < 2
        ? 0
        : (double) rows / records.size() * clean / cells + 1e-9 * Math.min(columns, 1000);
  }

  private static boolean isClean(String cell, char delimiter) {
    for (char other : DELIMITERS) {
      if (other != delimiter
          && cell.indexOf(other) >= 0
          && !(other == ',' && DECIMAL_COMMA.matcher(cell).matches())) {
        return false;
      }
    }
    return true;
  }

  private static char guessDecimal(List<List<String>> records, char delimiter) {
    boolean commas = false;
    for (List<String> record : records) {
      for (String cell : record) {
        if (cell.indexOf('.') >= 0 && Numbers.isNumber(cell)) {
          return '.';
        }
        commas |=
            cell.indexOf(',') >= 0
                && DECIMAL_COMMA.matcher(cell).matches()
                && (delimiter != ',' || !THOUSANDS.matcher(cell).matches());
      }
    }
    return commas ? ',' : '.';
  }

  /// A first row is a header if a name that is looked for is in it, or if more of its columns
  /// differ in kind from those below than not.
  private static boolean isHeader(
      List<String> first, List<List<String>> rest, char decimal, Collection<String> known) {
    for (String cell : first) {
      if (isWord(cell, decimal) && (cell.equalsIgnoreCase(DEFAULT_LABEL) || known.contains(cell))) {
        return true;
      }
    }
    int votes = 0;
    boolean words = true;
    for (int column = 0; column < first.size(); column++) {
      boolean word = isWord(first.get(column), decimal);
      words &= word || Cells.isMissing(first.get(column));
      int numbers = 0;
      int texts = 0;
      boolean again = false;
      for (List<String> row : rest) {
        String cell = column < row.size() ? row.get(column) : "";
        if (isWord(cell, decimal)) {
          texts++;
          again |= cell.equals(first.get(column));
        } else if (!Cells.isMissing(cell)) {
          numbers++;
        }
      }
      if (!word) {
        votes -= Cells.isMissing(first.get(column)) ? 0 : 1;
      } else if (numbers > texts) {
        votes++;
      } else {
        votes -= again ? 1 : 0;
      }
    }
    return votes > 0 || (votes == 0 && words && repeated(first).isEmpty());
  }

  private static boolean isWord(String cell, char decimal) {
    return !Cells.isMissing(cell) && !isNumberOrInfinite(cell, decimal);
  }

  /// Whether a text is more than signs, a number with marks, an infinity or what a spreadsheet
  /// writes of an error, such as `#DIV/0!`.
  static boolean isName(String text) {
    return Character.isLetter(text.codePointAt(0)) && !isNumberOrInfinite(text, '.');
  }

  private static boolean isNumberOrInfinite(String cell, char decimal) {
    return isNumber(cell, decimal)
        || cell.equalsIgnoreCase("inf")
        || cell.equalsIgnoreCase("-inf")
        || cell.equalsIgnoreCase("infinity")
        || cell.equalsIgnoreCase("-infinity");
  }

  static boolean isNumber(String cell, char decimal) {
    return Numbers.isNumber(decimal == ',' ? cell.replace(',', '.') : cell);
  }

  /// The names that stand there several times.
  private static List<String> repeated(List<String> cells) {
    Set<String> seen = new HashSet<>();
    return cells.stream().filter(cell -> !cell.isEmpty() && !seen.add(cell)).distinct().toList();
  }

  /// A second column of a name gets a number: `a (2)`.
  private static List<String> unique(List<String> cells) {
    Map<String, Integer> seen = new LinkedHashMap<>();
    Set<String> all = new HashSet<>(cells);
    List<String> names = new ArrayList<>();
    for (String cell : cells) {
      int count = seen.merge(cell, 1, Integer::sum);
      String name = count == 1 ? cell : cell + " (" + count + ")";
      while (count > 1 && all.contains(name)) {
        name += "'";
      }
      names.add(name);
    }
    return List.copyOf(names);
  }

  /// The number of columns, the answers' included.
  int count() {
    return names.size();
  }

  /// A column in an error message.
  String describe(int column) {
    boolean named = header && !names.get(column).isEmpty();
    return "column " + (named ? Cells.shown(names.get(column)) : Integer.toString(column + 1));
  }

  /// A column as an option of the command line takes it: its name, or its number from 0 where that is
  /// none or looks like a number.
  String reference(int column) {
    String name = names.get(column);
    boolean named = header && !name.isEmpty() && !name.matches("-?\\d+");
    return named ? Visible.argument(List.of(name)) : Integer.toString(column);
  }

  /// Whether most values of a column, in the sample, are no numbers.
  boolean isText(int column) {
    int numbers = 0;
    int texts = 0;
    for (List<String> row : sample) {
      String cell = column < row.size() ? row.get(column) : "";
      if (isWord(cell, decimal)) {
        texts++;
      } else if (!Cells.isMissing(cell)) {
        numbers++;
      }
    }
    return texts > numbers;
  }

  /// How many different values a column has, in the sample, without gaps.
  int different(int column) {
    return (int)
        values(column)
            .filter(cell -> !Cells.isMissing(cell))
            .map(cell -> Labels.canonical(cell, decimal))
            .distinct()
            .count();
  }

  /// Whether nothing is in a column, in the sample.
  boolean isEmpty(int column) {
    return values(column).allMatch(String::isEmpty);
  }

  /// The values of a column, in the sample.
  Stream<String> values(int column) {
    return sample.stream().filter(row -> column < row.size()).map(row -> row.get(column));
  }

  /// A value of a column that is a number but for what is around it or in it, such as `$1,000` or
  /// `7 kg`, where most of its texts are, with one unit; null where they are not.
  @Nullable String marked(int column) {
    List<String> texts = values(column).filter(text -> isWord(text, decimal)).toList();
    Map<String, List<String>> byUnit =
        texts.stream()
            .filter(text -> !DATE.matcher(text).matches())
            .map(MARKED::matcher)
            .filter(Matcher::matches)
            .collect(
                Collectors.groupingBy(
                    match -> Objects.requireNonNullElse(match.group("unit"), ""),
                    Collectors.mapping(Matcher::group, Collectors.toList())));
    return byUnit.values().stream()
        .filter(marked -> 2 * marked.size() > texts.size())
        .map(List::getFirst)
        .findFirst()
        .orElse(null);
  }

  /// A value of a column of texts that is one.
  String word(int column) {
    return values(column).filter(text -> isWord(text, decimal)).findFirst().orElse("");
  }

  /// A number in a column of texts that holds many different ones; null where it does not.
  @Nullable String numberAmongTexts(int column) {
    List<String> numbers =
        values(column)
            .filter(text -> isNumber(text, decimal))
            .distinct()
            .limit(MANY_NUMBERS)
            .toList();
    return numbers.size() == MANY_NUMBERS ? numbers.getFirst() : null;
  }

  /// The delimiter in a message.
  String shownDelimiter() {
    return delimiter == '\t' ? "tab" : "'" + delimiter + "'";
  }
}
