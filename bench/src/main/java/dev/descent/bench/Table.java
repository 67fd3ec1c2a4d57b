package dev.descent.bench;

import dev.descent.internal.format.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/// Makes a Markdown table of JMH's results (its JSON form): a row each, with the middle of the
/// iterations and the spread between the fastest and the slowest.
final class Table {
  private Table() {}

  /// Prints the table.
  ///
  /// @param args the file with JMH's results
  /// @throws IOException if it can't be read
  public static void main(String[] args) throws IOException {
    Path file = Path.of(args[0]);
    rows(Json.parse(Files.readAllBytes(file), file.toString())).forEach(System.out::println);
  }

  static List<String> rows(Json results) {
    var rows = new ArrayList<String>();
    rows.add("| benchmark | parameters | median | fastest | slowest | iterations | unit |");
    rows.add("|---|---|---:|---:|---:|---:|---|");
    for (Json result : array(results)) {
      rows.add(row(object(result)));
    }
    return rows;
  }

  private static String row(Json.Members result) {
    Json.Members metric = object(get(result, "primaryMetric"));
    double[] times =
        array(get(metric, "rawData")).stream()
            .flatMap(fork -> array(fork).stream())
            .mapToDouble(Table::number)
            .sorted()
            .toArray();
    int n = times.length;
    String name = text(get(result, "benchmark")).replace("dev.descent.bench.", "");
    return String.format(
        Locale.ROOT,
        "| %s | %s | %s | %s | %s | %d | %s |",
        name,
        parameters(result),
        figure((times[(n - 1) / 2] + times[n / 2]) / 2),
        figure(times[0]),
        figure(times[n - 1]),
        n,
        text(get(metric, "scoreUnit")));
  }

  private static String parameters(Json.Members result) {
    return result.get("params") instanceof Json.Members members
        ? members.members().entrySet().stream()
            .map(e -> e.getKey() + "=" + text(e.getValue()))
            .collect(Collectors.joining(", "))
        : "";
  }

  private static String figure(double value) {
    return String.format(Locale.ROOT, "%.3f", value);
  }

  private static Json get(Json.Members object, String name) {
    Json value = object.get(name);
    if (value == null) {
      throw new IllegalArgumentException("JMH's results have no " + name + " in " + object);
    }
    return value;
  }

  private static Json.Members object(Json value) {
    return (Json.Members) value;
  }

  private static List<Json> array(Json value) {
    return ((Json.Array) value).elements();
  }

  private static String text(Json value) {
    return ((Json.Text) value).value();
  }

  private static double number(Json value) {
    return switch (value) {
      case Json.Whole whole -> whole.value();
      case Json.Real real -> real.value();
      default -> throw new IllegalArgumentException(value + " is no number");
    };
  }
}
