package dev.descent.peers;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Consumer;

/// Sides that multiply matrices by turns.
final class ProductRace {
  private final Path peers;
  private final Path logs;
  private final List<Product> products;
  private final double seconds;
  private final int repeats;
  private final Consumer<String> progress;

  /// @param peers the folder of all sides
  /// @param logs the folder for what they print
  /// @param products at least one; the first is compared with the others
  /// @param seconds of a reading; the first of so many readings is not counted
  /// @param repeats readings of each side and shape, at least 1
  /// @param progress is told what happens, in lines
  ProductRace(
      Path peers,
      Path logs,
      List<Product> products,
      double seconds,
      int repeats,
      Consumer<String> progress) {
    this.peers = peers;
    this.logs = logs;
    this.products = List.copyOf(products);
    this.seconds = seconds;
    this.repeats = repeats;
    this.progress = progress;
  }

  /// What the sides came to for a shape.
  ///
  /// @param times seconds of one product, a side each, in their order
  record Result(Shape shape, List<Spread> times, int repeated, int disturbed) {}

  /// Runs all sides.
  ///
  /// @param descriptions receives what each says of itself
  List<Result> run(List<Shape> shapes, int threads, Map<Product, String> descriptions) {
    Map<Product, SideProcess> sides = new LinkedHashMap<>();
    try {
      for (Product product : products) {
        List<String> arguments = List.of(Integer.toString(threads), product.variant());
        SideProcess side = product.start(peers, "Multiplication", arguments, threads, logs);
        sides.put(product, side);
        descriptions.put(product, side.description());
      }
      return shapes.stream().map(shape -> measure(shape, threads, sides)).toList();
    } finally {
      sides.values().forEach(SideProcess::close);
    }
  }

  private Result measure(Shape shape, int threads, Map<Product, SideProcess> sides) {
    String request = shape + " " + seconds;
    List<Referee> referees = new ArrayList<>();
    sides
        .values()
        .forEach(side -> {
          // Compiles what it must, and checks the result. The JVM needs more than one reading for
          // it.
          side.ask(shape + " " + Math.max(1, seconds));
          referees.add(new Referee(side));
        });
    for (int repeat = 0; repeat < repeats; repeat++) {
      referees.forEach(referee -> referee.read(request, Double::parseDouble));
    }
    progress.accept(shape + " on " + threads + " threads");
    return new Result(
        shape,
        referees.stream().map(Referee::spread).toList(),
        referees.stream().mapToInt(Referee::repeated).sum(),
        referees.stream().mapToInt(Referee::disturbed).sum());
  }

  /// Adds a table of the results.
  ///
  /// @param ceilings of the machine with these threads
  static void table(
      Report report,
      List<Product> products,
      int threads,
      MachineCeilings ceilings,
      List<Result> results) {
    List<String> columns = new ArrayList<>();
    columns.add("m x k x n");
    Product first = products.getFirst();
    for (Product product : products) {
      columns.add(product + ", GFLOP/s (slowest, fastest)");
      columns.add("of the ceiling");
    }
    products.stream().skip(1).forEach(product -> columns.add(first + " / " + product));
    columns.addAll(List.of("readings", "repeated", "disturbed"));
    report.table(threads + (threads == 1 ? " thread" : " threads"), columns);
    results.forEach(result -> report.row(row(result, products, ceilings)));
  }

  private static List<String> row(Result result, List<Product> products, MachineCeilings ceilings) {
    List<String> cells = new ArrayList<>();
    cells.add(result.shape().toString());
    double operations = result.shape().operations();
    for (int side = 0; side < products.size(); side++) {
      Spread times = result.times().get(side);
      cells.add(
          String.format(
              Locale.ROOT,
              "%.1f (%.1f, %.1f)",
              operations / times.median() * 1e-9,
              operations / times.most() * 1e-9,
              operations / times.least() * 1e-9));
      cells.add(Report.share(operations / times.median(), ceilings.of(products.get(side))));
    }
    Spread first = result.times().getFirst();
    result.times().stream()
        .skip(1)
        .forEach(times -> cells.add(Report.number("%.2f", first.timesAsFastAs(times))));
    cells.add(Integer.toString(first.count()));
    cells.add(Integer.toString(result.repeated()));
    cells.add(Integer.toString(result.disturbed()));
    return cells;
  }
}
