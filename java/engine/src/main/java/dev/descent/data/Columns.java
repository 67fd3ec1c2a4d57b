package dev.descent.data;

import dev.descent.DataException;
import dev.descent.data.Preparation.CategoryColumn;
import dev.descent.data.Preparation.Column;
import dev.descent.data.Preparation.NumberColumn;
import dev.descent.data.Preparation.Picture;
import dev.descent.data.Preparation.Table;
import dev.descent.internal.format.Decimal;
import dev.descent.internal.format.Visible;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// Single cells under a [Preparation], and columns as text.
final class Columns {
  private static final Pattern NUMBER =
      Pattern.compile("[-+]?(\\d+\\.?\\d*|\\.\\d+)([eE][-+]?\\d+)?");

  private Columns() {}

  /// Writes what the model takes for a cell.
  ///
  /// @param row modified from `at` on; zero there before
  static void prepare(Column column, @Nullable Object cell, float[] row, int at) {
    switch (column) {
      case NumberColumn number -> row[at] = number(number, cell);
      case CategoryColumn category -> {
        String text = cell == null ? "" : text(cell);
        int index = category.values().indexOf(text);
        if (index >= 0) {
          row[at + index] = 1;
        } else if (text.isEmpty() && !category.gaps()) {
          throw gap(category.name());
        }
      }
    }
  }

  /// Whether a text is a decimal number.
  static boolean isNumber(String text) {
    return NUMBER.matcher(text).matches();
  }

  /// Numbers have one form: a category may come as 3 and as 3.0.
  private static String text(Object cell) {
    String text = cell.toString().strip();
    if (!isNumber(text)) {
      return text;
    }
    return Decimal.shortest(Double.parseDouble(text));
  }

  private static float number(NumberColumn column, @Nullable Object cell) {
    double value =
        switch (cell) {
          case null -> Double.NaN;
          case Number number -> number.doubleValue();
          case Boolean truth -> truth ? 1 : 0;
          default -> parse(column.name(), cell.toString().strip());
        };
    if (Double.isInfinite(value)) {
      throw new DataException("column %s: %s is no number".formatted(shown(column.name()), value));
    }
    float prepared = column.prepare(value);
    if (Float.isNaN(prepared)) {
      throw gap(column.name());
    }
    return prepared;
  }

  private static double parse(String column, String text) {
    if (text.isEmpty()) {
      return Double.NaN;
    }
    if (!isNumber(text)) {
      throw new DataException(
          "column %s: expected a number, found %s".formatted(shown(column), shown(text)));
    }
    return Double.parseDouble(text);
  }

  private static DataException gap(String column) {
    return new DataException(
        "column %s: the value is missing, and the model was trained without gaps"
            .formatted(shown(column)));
  }

  /// A table as lines of text; columns that are alike share one.
  static String describe(Table table) {
    List<Column> columns = table.columns();
    Picture picture = table.picture();
    var text = new StringBuilder();
    text.append(
        String.format(Locale.ROOT, "table of %,d columns%s", columns.size(), of(table, picture)));
    for (int first = 0; first < columns.size(); ) {
      int end = first + 1;
      while (end < columns.size() && alike(columns.get(first), columns.get(end))) {
        end++;
      }
      text.append(System.lineSeparator()).append("  ").append(shown(columns.get(first).name()));
      if (end > first + 1) {
        text.append(" to ").append(shown(columns.get(end - 1).name()));
      }
      text.append(": ").append(treatment(columns.get(first)));
      first = end;
    }
    return text.toString();
  }

  private static String of(Table table, @Nullable Picture picture) {
    String names = table.named() ? "" : ", known by their numbers";
    String gaps = gaps(table.missing());
    return picture == null ? names + gaps : names + gaps + ", the pixels of " + picture;
  }

  private static String gaps(@Nullable Missing missing) {
    if (missing == null) {
      return "";
    }
    return switch (missing.kind()) {
      case REFUSE -> "";
      case DROP -> ", rows with gaps left out";
      case MEAN, MEDIAN -> ", the " + missing + " of its column in place of a gap";
      case VALUE -> ", " + missing + " in place of a gap";
    };
  }

  private static boolean alike(Column one, Column other) {
    return one instanceof NumberColumn a
        && other instanceof NumberColumn b
        && a.shift() == b.shift()
        && a.scale() == b.scale()
        && Double.compare(a.missing(), b.missing()) == 0;
  }

  private static String treatment(Column column) {
    return switch (column) {
      case CategoryColumn category ->
          String.format(
              Locale.ROOT,
              "%d categories: %s",
              category.values().size(),
              Visible.list(category.values()));
      case NumberColumn number -> {
        String scale =
            number.shift() == 0 && number.scale() == 1
                ? "number"
                : number.shift() == 0
                    ? String.format(Locale.ROOT, "number, times %.4g", number.scale())
                    : String.format(
                        Locale.ROOT,
                        "number, mean %.4g, deviation %.4g",
                        number.shift(),
                        1 / number.scale());
        yield Double.isNaN(number.missing())
            ? scale
            : scale + String.format(Locale.ROOT, ", gaps become %.4g", number.missing());
      }
    };
  }

  /// A name or value in a message.
  static String shown(String value) {
    return "'" + Visible.value(value) + "'";
  }
}
