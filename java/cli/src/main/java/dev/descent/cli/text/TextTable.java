package dev.descent.cli.text;

import dev.descent.internal.page.TextWidth;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/// Lays out a table: the first column to the left, the others to the right, as numbers stand. One
/// that is too wide is cut into several below each other, each with the first column again.
public final class TextTable {
  private static final int INDENT = 2;
  private static final int GAP = 2;

  private final List<List<String>> rows = new ArrayList<>();
  private final int[] widths;

  /// @param rows each as long as the header
  public TextTable(List<String> header, List<List<String>> rows) {
    this.rows.add(header);
    this.rows.addAll(rows);
    widths =
        IntStream.range(0, header.size())
            .map(column ->
                this.rows.stream().mapToInt(row -> TextWidth.of(row.get(column))).max().orElse(0))
            .toArray();
  }

  /// The lines, at most `width` columns wide where the columns' own widths allow it.
  public List<String> lines(int width) {
    List<String> lines = new ArrayList<>();
    int from = 1;
    do {
      int to = Math.min(from + 1, widths.length);
      int used = INDENT + widths[0] + IntStream.range(from, to).map(c -> GAP + widths[c]).sum();
      while (to < widths.length && used + GAP + widths[to] <= width) {
        used += GAP + widths[to];
        to++;
      }
      if (from > 1) {
        lines.add("");
      }
      for (List<String> row : rows) {
        lines.add(line(row, from, to));
      }
      from = to;
    } while (from < widths.length);
    return lines;
  }

  private String line(List<String> row, int from, int to) {
    var line = new StringBuilder(" ".repeat(INDENT));
    line.append(row.getFirst()).append(" ".repeat(widths[0] - TextWidth.of(row.getFirst())));
    for (int column = from; column < to; column++) {
      String cell = row.get(column);
      line.append(" ".repeat(GAP + widths[column] - TextWidth.of(cell))).append(cell);
    }
    return line.toString().stripTrailing();
  }
}
