package dev.descent.cli.bench;

import dev.descent.Engine;
import dev.descent.backend.BackendOptions;
import dev.descent.backend.Ceilings;
import dev.descent.cli.inspect.KernelTable;
import dev.descent.cli.option.NetworkOption;
import dev.descent.cli.shell.ExitStatus;
import dev.descent.cli.shell.Failures;
import dev.descent.cli.shell.Invocation;
import dev.descent.cli.shell.RunLog;
import dev.descent.cli.shell.Text;
import dev.descent.cli.shell.UsageErrors;
import dev.descent.internal.cpu.ceiling.Clock;
import dev.descent.internal.format.Json;
import dev.descent.internal.format.Visible;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// One run of `descent bench`: measures the ceilings and the figures, prints them, keeps the log.
final class BenchSession {
  private static final double GIGA = 1e9;
  private static final double ERROR = 1.03;

  /// Backends that compute on this machine's processor, of which the ceilings are.
  private static final Set<String> ON_THE_PROCESSOR = Set.of("cpu", "native", "reference");

  private final Invocation invocation;
  private final Engine engine;
  private final Engine reference;
  private final BackendOptions options;
  private final double seconds;
  private final @Nullable RunLog log;

  /// Where the figures are of this machine's processor.
  private @Nullable Clock clock;

  private double ceiling = Double.NaN;
  private double highest;

  /// @param options that the engine was opened with
  /// @param seconds for each figure
  BenchSession(
      Invocation invocation,
      Engine engine,
      Engine reference,
      BackendOptions options,
      double seconds,
      @Nullable RunLog log) {
    this.invocation = invocation;
    this.engine = engine;
    this.reference = reference;
    this.options = options;
    this.seconds = seconds;
    this.log = log;
  }

  /// @param network whose steps are timed; null for 784-512-512-10
  void run(
      boolean products,
      boolean steps,
      List<Integer> batches,
      List<Integer> squares,
      @Nullable NetworkOption network) {
    try {
      if (ON_THE_PROCESSOR.contains(engine.device().backend())) {
        measureCeilings();
      } else {
        measureDevice();
      }
      if (products) {
        products(batches, squares);
      }
      if (steps) {
        steps(batches, network);
      }
      doubt();
    } catch (RuntimeException | Error e) {
      append(end("failed", UsageErrors.oneLine(Failures.describe(e)), Failures.status(e)));
      throw e;
    }
    append(end("done", null, ExitStatus.DONE));
    if (log != null && log.failure() != null) {
      throw log.failure();
    }
  }

  /// No product can be faster than the ceiling, but for what measuring errs.
  private void doubt() {
    if (highest > ERROR * ceiling) {
      invocation.print(
          "the ceiling is too low: the machine was busier while that was measured; run again");
    }
  }

  private static Json.Builder end(String status, @Nullable String reason, int exit) {
    return Json.object()
        .put("event", "end")
        .put("status", status)
        .put("reason", reason)
        .put("exit", exit);
  }

  private void measureCeilings() {
    Ceilings of = ceilings();
    ceiling = of.flops();
    if (Clock.isKnown()) {
      clock = new Clock(System::nanoTime);
      clock.warm();
    }
    int used = threadsUsed();
    invocation.print(
        Text.format(
            "ceilings of %d thread%s%s: %s%s, copies %.1f GB/s (read + written)",
            used,
            used == 1 ? "" : "s",
            used == 1 ? "" : " together",
            Double.isNaN(ceiling)
                ? "multiply-adds not measured (needs --add-modules jdk.incubator.vector and a"
                    + " processor with FMA)"
                : Text.format("multiply-adds %.1f GFLOP/s", ceiling / GIGA),
            Double.isNaN(of.hertz()) ? "" : Text.format(" at %.2f GHz", of.hertz() / GIGA),
            of.bytes() / GIGA));
    append(
        Json.object()
            .put("event", "ceilings")
            .put("threads", used)
            .put("gflops", ceiling / GIGA)
            .put("gigahertz", of.hertz() / GIGA)
            .put("copyGigabytesPerSecond", of.bytes() / GIGA));
  }

  /// The reference does not say what it could do: another backend in Java does.
  private Ceilings ceilings() {
    if (!engine.device().backend().equals("reference")) {
      return engine.ceilings(seconds);
    }
    try (Engine cpu = Engine.open("cpu", 1)) {
      return cpu.ceilings(seconds);
    }
  }

  /// Reads the clock at which what has just been timed ran.
  private void readClock() {
    if (clock != null) {
      clock.read();
    }
  }

  /// Devices of other kinds are measured by their backends.
  private void measureDevice() {
    Ceilings of = engine.ceilings(seconds);
    ceiling = of.flops();
    if (Double.isNaN(ceiling)) {
      invocation.print("ceilings: not measured for " + engine.device().backend());
      return;
    }
    invocation.print(KernelTable.describe(of));
    append(
        Json.object()
            .put("event", "ceilings")
            .put("gflops", ceiling / GIGA)
            .put("copyGigabytesPerSecond", of.bytes() / GIGA));
  }

  private int threadsUsed() {
    if (engine.device().backend().equals("reference")) {
      return 1;
    }
    int threads = options.threads();
    return threads == 0 ? Runtime.getRuntime().availableProcessors() : threads;
  }

  private void products(List<Integer> batches, List<Integer> squares) {
    invocation.print(
        "matmul, m x k x n            median GFLOP/s    share  slowest to fastest" + clockTitle());
    for (Product product : Product.all(batches, squares)) {
      Timing timing =
          new ProductRun(product).time(engine, invocation.nanoTime(), seconds, this::readClock);
      double hertz = hertz();
      invocation.print(
          line(
              Text.format(
                  "%4d x %4d x %4d %s", product.m(), product.k(), product.n(), product.role()),
              product.operations(),
              timing,
              hertz,
              ""));
      append(
          record("matmul", product.operations(), timing, hertz)
              .put("m", product.m())
              .put("k", product.k())
              .put("n", product.n())
              .put("transposeA", product.transposeA())
              .put("transposeB", product.transposeB())
              .put("role", product.role()));
    }
  }

  private void steps(List<Integer> batches, @Nullable NetworkOption network) {
    if (network != null) {
      invocation.print("training step of " + Visible.line(network.text()));
    }
    String what = network == null ? "training step, 784-512-512-10" : "training step";
    invocation.print(
        Text.format("%-29s median GFLOP/s   share  slowest to fastest%s", what, clockTitle()));
    for (int batch : batches) {
      var step = new StepRun(engine, options.precision(), batch, network);
      Timing timing = step.time(engine, reference, invocation.nanoTime(), seconds, this::readClock);
      double hertz = hertz();
      double samples = batch / timing.median();
      invocation.print(
          line(
              "batch " + batch,
              step.operations(),
              timing,
              hertz,
              Text.format("  %s, %,.0f samples/s", Text.stepTime(timing.median()), samples)));
      append(
          record("step", step.operations(), timing, hertz)
              .put("batch", batch)
              .put("samplesPerSecond", samples));
    }
  }

  private double hertz() {
    return clock == null ? Double.NaN : clock.hertz();
  }

  private String clockTitle() {
    return clock == null ? "" : ", clock";
  }

  /// `name  156.2   95 %  (150.1 to 157.0, 3.70 GHz)`
  private String line(String name, double operations, Timing timing, double hertz, String more) {
    double rate = operations / timing.median();
    return Text.format(
        "%-29s  %12.1f  %7s  (%.1f to %.1f%s)%s",
        name,
        rate / GIGA,
        Double.isNaN(ceiling) ? "-" : Text.format("%.0f %%", 100 * rate / ceiling),
        operations / timing.slowest() / GIGA,
        operations / timing.fastest() / GIGA,
        Double.isNaN(hertz) ? "" : Text.format(", %.2f GHz", hertz / GIGA),
        more);
  }

  private Json.Builder record(String event, double operations, Timing timing, double hertz) {
    double rate = operations / timing.median();
    highest = Math.max(highest, rate);
    return Json.object()
        .put("event", event)
        .put("seconds", timing.median())
        .put("fastestSeconds", timing.fastest())
        .put("slowestSeconds", timing.slowest())
        .put("repeats", timing.repeats())
        .put("gflops", rate / GIGA)
        .put("share", rate / ceiling)
        .put("gigahertz", hertz / GIGA);
  }

  private void append(Json.Builder members) {
    if (log != null) {
      log.append(members.build());
    }
  }
}
