package dev.descent.peers;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Consumer;

/// Sides that train by turns, an epoch each.
final class TrainingRace {
  private final Path peers;
  private final Path logs;
  private final List<Product> products;
  private final int warmUp;
  private final int epochs;
  private final Consumer<String> progress;

  /// @param peers the folder of all sides
  /// @param logs the folder for what they print
  /// @param products at least one; the first is what the others are compared with
  /// @param warmUp epochs of each side that are not counted
  /// @param epochs that are, at least 1
  /// @param progress is told what happens, in lines
  TrainingRace(
      Path peers,
      Path logs,
      List<Product> products,
      int warmUp,
      int epochs,
      Consumer<String> progress) {
    this.peers = peers;
    this.logs = logs;
    this.products = List.copyOf(products);
    this.warmUp = warmUp;
    this.epochs = epochs;
    this.progress = progress;
  }

  /// What a side came to.
  ///
  /// @param seconds of an epoch
  /// @param trained epochs in all, the first and the dropped ones too
  /// @param loss mean training loss of the last epoch
  /// @param accuracy share of correct predictions on the test images after it
  record Result(
      Product product,
      Spread seconds,
      int trained,
      int repeated,
      int disturbed,
      double loss,
      double accuracy) {}

  /// Runs all sides.
  ///
  /// @param descriptions receives what each says of itself
  /// @param ceilings are measured in each round
  List<Result> run(Task task, Map<Product, String> descriptions, MachineCeilings ceilings) {
    Map<Product, Referee> sides = new LinkedHashMap<>();
    try {
      for (Product product : products) {
        var own =
            new Task(
                task.network(),
                task.data(),
                task.batch(),
                task.threads(),
                task.limit(),
                product.variant());
        SideProcess side = product.start(peers, "Training", own.arguments(), task.threads(), logs);
        sides.put(product, new Referee(side));
        descriptions.put(product, side.description());
      }
      for (int epoch = 1; epoch <= warmUp; epoch++) {
        sides.forEach(
            (product, referee) -> tell(task, product, "warm-up", referee.side().ask(Worker.EPOCH)));
      }
      for (int epoch = 1; epoch <= epochs; epoch++) {
        ceilings.measure();
        sides.forEach((product, referee) -> {
          referee.read(Worker.EPOCH, answer -> word(answer, 0));
          tell(task, product, "measured", referee.last());
        });
      }
      List<Result> results = new ArrayList<>();
      sides.forEach((product, referee) -> results.add(result(product, referee)));
      return results;
    } finally {
      sides.values().forEach(referee -> referee.side().close());
    }
  }

  private Result result(Product product, Referee referee) {
    return new Result(
        product,
        referee.spread(),
        warmUp + epochs + referee.repeated(),
        referee.repeated(),
        referee.disturbed(),
        word(referee.last(), 1),
        Double.parseDouble(referee.side().ask(Worker.ACCURACY)));
  }

  private void tell(Task task, Product product, String what, String answer) {
    progress.accept(
        String.format(
            Locale.ROOT,
            "%s, batch %d, %s, %s epoch: %.3f s, loss %.4f",
            task.network().word(),
            task.batch(),
            product,
            what,
            word(answer, 0),
            word(answer, 1)));
  }

  private static double word(String answer, int index) {
    return Double.parseDouble(answer.split(" ", -1)[index]);
  }

  /// Adds a table of the results.
  ///
  /// @param samples of an epoch
  /// @param ceilings of the machine with these threads
  static void table(
      Report report, Task task, int samples, MachineCeilings ceilings, List<Result> results) {
    Product first = results.getFirst().product();
    report.table(
        String.format(
            Locale.ROOT,
            "%s, batch %d, %d threads",
            task.network().word(),
            task.batch(),
            task.threads()),
        List.of(
            "side",
            "s an epoch, median",
            "fastest",
            "slowest",
            "epochs measured",
            "repeated",
            "disturbed",
            "GFLOP/s",
            "of the ceiling",
            "takes x times " + first,
            "epochs trained",
            "training loss",
            "test accuracy"));
    double operations = samples * task.network().operations();
    for (Result result : results) {
      Spread seconds = result.seconds();
      double rate = operations / seconds.median();
      report.row(
          List.of(
              result.product().toString(),
              Report.number("%.3f", seconds.median()),
              Report.number("%.3f", seconds.least()),
              Report.number("%.3f", seconds.most()),
              Integer.toString(seconds.count()),
              Integer.toString(result.repeated()),
              Integer.toString(result.disturbed()),
              Report.number("%.1f", rate * 1e-9),
              Report.share(rate, ceilings.of(result.product())),
              Report.number("%.2f", results.getFirst().seconds().timesAsFastAs(seconds)),
              Integer.toString(result.trained()),
              Report.number("%.4f", result.loss()),
              Report.number("%.2f %%", 100 * result.accuracy())));
    }
  }
}
