package dev.descent.data.read;

import dev.descent.DataException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/// How a table's text is laid out, as its beginning shows where it was not said.
///
/// @param delimiter what stands between values
/// @param decimal what stands before decimals
/// @param header whether the first record holds names
/// @param names the columns' names, each once, or their numbers from 1 where there is no header
/// @param sample the first records with values
record CsvFormat(
    char delimiter, char decimal, boolean header, List<String> names, List<List<String>> sample) {
  private static final char[] DELIMITERS = {',', ';', '\t', '|'};
  private static final String DEFAULT_LABEL = "label";
  private static final int DELIMITER_ROWS = 50;
  private static final int SAMPLE_ROWS = 1000;
  private static final int SAMPLE_CELLS = 400_000;
  private static final Pattern DECIMAL_COMMA = Pattern.compile("[-+]?\\d*,\\d+([eE][-+]?\\d+)?");
  private static final Pattern MARKED =
      Pattern.compile("[-+(\\p{Sc}]*\\s*[-+]?\\d[\\d.,'\\s]*[%)\\p{Sc}]*");
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
    List<String> names =
        header
            ? unique(first)
            : IntStream.rangeClosed(1, first.size()).mapToObj(Integer::toString).toList();
    return new CsvFormat(delimiter, decimal, header, names, header ? rest : records);
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
    return votes > 0 || (votes == 0 && words && new HashSet<>(first).size() == first.size());
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
    return "column " + (header ? Cells.shown(names.get(column)) : names.get(column));
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
        sample.stream()
            .map(row -> column < row.size() ? row.get(column) : "")
            .filter(cell -> !Cells.isMissing(cell))
            .map(cell -> Labels.canonical(cell, decimal))
            .distinct()
            .count();
  }

  /// Whether nothing is in a column, in the sample.
  boolean isEmpty(int column) {
    return sample.stream().allMatch(row -> column >= row.size() || row.get(column).isEmpty());
  }

  /// A value of a column that is a number but for what is around it or in it, such as `$1,000`,
  /// where most of its texts are; null where they are not.
  @Nullable String marked(int column) {
    List<String> texts =
        sample.stream()
            .filter(row -> column < row.size() && isWord(row.get(column), decimal))
            .map(row -> row.get(column))
            .toList();
    List<String> marked = texts.stream().filter(text -> MARKED.matcher(text).matches()).toList();
    return 2 * marked.size() > texts.size() ? marked.getFirst() : null;
  }

  /// The delimiter in a message.
  String shownDelimiter() {
    return delimiter == '\t' ? "tab" : "'" + delimiter + "'";
  }
}
