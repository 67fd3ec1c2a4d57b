package dev.descent.peers;

import dev.descent.DataException;
import dev.descent.DescentException;
import dev.descent.internal.format.AtomicFile;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/// The driver behind `bench/peers/run`, which has the defaults of what depends on where things lie.
@Command(
    name = "bench/peers/run",
    description = "Run Descent and other products by turns on the same work.",
    synopsisSubcommandLabel = "train|matmul")
@SuppressWarnings("NullAway.Init") // picocli sets what is required
final class Peers implements Runnable {
  private static final int FAILED = 1;
  private static final int DATA = 4;

  @Spec private CommandSpec spec;

  private Peers() {}

  public static void main(String[] args) {
    Locale.setDefault(Locale.Category.FORMAT, Locale.ROOT);
    int status =
        new CommandLine(new Peers())
            .setExecutionExceptionHandler((e, line, result) -> report(e))
            .setParameterExceptionHandler((e, arguments) -> {
              System.err.println("peers: " + e.getMessage());
              return CommandLine.ExitCode.USAGE;
            })
            .execute(args);
    System.exit(status);
  }

  private static int report(Exception e) throws Exception {
    int status =
        switch (e) {
          case DataException _ -> DATA;
          case DescentException _, UncheckedIOException _ -> FAILED;
          case IllegalArgumentException _ -> CommandLine.ExitCode.USAGE;
          default -> throw e;
        };
    System.err.println("peers: " + e.getMessage());
    return status;
  }

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "say train or matmul; --help tells more");
  }

  /// The options of both kinds of work.
  static final class Common {
    @Option(names = "--sides", split = ",", required = true)
    private List<String> sides;

    @Option(names = "--out")
    private @Nullable Path out;

    @Option(names = "--peers", required = true, hidden = true)
    private Path peers;

    @Option(names = "--logs", required = true, hidden = true)
    private Path logs;

    @Option(names = "--commit", required = true, hidden = true)
    private String commit;

    @Option(names = "--command", required = true, hidden = true)
    private String command;

    List<Product> products() {
      List<Product> products = sides.stream().map(Product::parse).toList();
      if (products.stream().distinct().count() < products.size()) {
        throw new IllegalArgumentException("a side is named twice: " + String.join(",", sides));
      }
      return products;
    }

    /// Before hours of work, not after them.
    void requireNew() {
      if (out != null && Files.exists(out)) {
        throw new IllegalArgumentException(out + " is there already; move it away or name another");
      }
    }

    Report begin(String title) {
      return Report.begin(title, commit, command);
    }

    void end(Report report) {
      System.out.print(report.text());
      if (out != null) {
        byte[] text = report.text().getBytes(StandardCharsets.UTF_8);
        AtomicFile.write(out, file -> file.write(text));
        System.err.println("table: " + out);
      }
    }
  }

  private static String threads(int count) {
    return count + (count == 1 ? " thread" : " threads");
  }

  private static void requirePositive(String option, double value) {
    if (!(value > 0)) {
      throw new IllegalArgumentException(option + " " + value + "; must be more than 0");
    }
  }

  @Command(name = "train")
  void train(
      @CommandLine.Mixin Common common,
      @Option(names = "--data", required = true) Path data,
      @Option(names = "--model", split = ",", defaultValue = "mlp") List<String> models,
      @Option(names = "--batch", split = ",", defaultValue = "32,128,512") List<Integer> batches,
      @Option(names = "--threads", defaultValue = "2") int threads,
      @Option(names = "--epochs", defaultValue = "5") int epochs,
      @Option(names = "--warm-up", defaultValue = "2") int warmUp,
      @Option(names = "--limit", defaultValue = "60000") int limit) {
    batches.forEach(batch -> requirePositive("--batch", batch));
    requirePositive("--threads", threads);
    requirePositive("--epochs", epochs);
    requirePositive("--warm-up", warmUp);
    requirePositive("--limit", limit);
    List<Product> products = common.products();
    common.requireNew();
    List<Network> networks = models.stream().map(Network::of).toList();
    // Fails here, once, rather than in each side.
    Map<Network, Integer> samples = new LinkedHashMap<>();
    for (Network network : networks) {
      samples.put(network, new Task(network, data, 1, 1, limit, "").train().size());
    }
    Report report = common.begin("Training compared with other frameworks");
    samples.forEach((network, size) ->
        report.item(
            network.word(),
            String.format(
                Locale.ROOT,
                "%s; %,d samples an epoch, %.2f MFLOP a sample in the products of a step",
                network.title(),
                size,
                network.operations() * 1e-6)));
    report.item(
        "settings",
        "Adam 0.001, float32 where the side says nothing else; epochs of each side not counted: "
            + warmUp);
    var race =
        new TrainingRace(common.peers, common.logs, products, warmUp, epochs, System.err::println);
    Map<Product, String> descriptions = new LinkedHashMap<>();
    Map<Task, List<TrainingRace.Result>> results = new LinkedHashMap<>();
    Map<Task, MachineCeilings> ceilings = new LinkedHashMap<>();
    for (Network network : networks) {
      for (int batch : batches) {
        var task = new Task(network, data, batch, threads, limit, "");
        MachineCeilings of = MachineCeilings.of(threads, products);
        results.put(task, race.run(task, descriptions, of));
        of.report(report, network.word() + ", " + threads(threads) + ", batch " + batch);
        ceilings.put(task, of);
      }
    }
    report.sides(descriptions);
    results.forEach((task, list) ->
        TrainingRace.table(
            report,
            task,
            samples.getOrDefault(task.network(), 0),
            Objects.requireNonNull(ceilings.get(task)),
            list));
    report.paragraph(NOTE);
    common.end(report);
  }

  @Command(name = "matmul")
  void matmul(
      @CommandLine.Mixin Common common,
      @Option(names = "--threads", split = ",", defaultValue = "1,2") List<Integer> threads,
      @Option(
              names = "--shapes",
              split = ",",
              defaultValue = "32x784x512,128x784x512,784Tx128x512,128x512x784T,1024x1024x1024")
          List<String> shapes,
      @Option(names = "--repeats", defaultValue = "9") int repeats,
      @Option(names = "--seconds", defaultValue = "0.5") double seconds) {
    threads.forEach(count -> requirePositive("--threads", count));
    requirePositive("--repeats", repeats);
    requirePositive("--seconds", seconds);
    List<Product> products = common.products();
    List<Shape> parsed = shapes.stream().map(Shape::parse).toList();
    common.requireNew();
    Report report = common.begin("Matrix products compared with other libraries");
    report.item(
        "work",
        "float32, row-major, T: given transposed; each side by turns, %s s a reading, the median"
            .formatted(seconds));
    var race =
        new ProductRace(common.peers, common.logs, products, seconds, repeats, System.err::println);
    Map<Product, String> descriptions = new LinkedHashMap<>();
    Map<Integer, MachineCeilings> ceilings = new LinkedHashMap<>();
    Map<Integer, List<ProductRace.Result>> results = new LinkedHashMap<>();
    for (int count : threads) {
      MachineCeilings of = MachineCeilings.of(count, products);
      of.measure();
      of.report(report, threads(count));
      ceilings.put(count, of);
      results.put(count, race.run(parsed, count, descriptions));
    }
    report.sides(descriptions);
    results.forEach((count, list) ->
        ProductRace.table(
            report, products, count, Objects.requireNonNull(ceilings.get(count)), list));
    report.paragraph(NOTE);
    common.end(report);
  }

  private static final String NOTE =
      "Each side has a JVM of its own, which is stopped (SIGSTOP) while another works. Readings during"
          + " which anything else kept more than a tenth of a processor busy were dropped and taken again"
          + " (repeated), five times at most (then counted, as disturbed).";
}
