package dev.descent.cli.bench;

import dev.descent.Engine;
import dev.descent.backend.DeviceInfo;
import dev.descent.cli.option.Converters;
import dev.descent.cli.option.DeviceOptions;
import dev.descent.cli.option.NetworkOption;
import dev.descent.cli.shell.ExitStatus;
import dev.descent.cli.shell.Invocation;
import dev.descent.cli.shell.RunLog;
import dev.descent.cli.shell.Version;
import dev.descent.internal.format.Json;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import picocli.CommandLine.TypeConversionException;

/// `descent bench`: how fast the kernels are, as shares of what the machine can do.
@Command(
    name = "bench",
    customSynopsis = {"descent bench [WHAT] [OPTIONS]", ""},
    description = "Time kernels against what this machine can do.",
    footer = {
      "",
      "First the ceilings are measured: fused multiply-adds and copies, with as many threads at"
          + " once as the backend uses. Each figure is a median of repeats, with the slowest and"
          + " the fastest behind it, and the clock at which they ran: some processors lower it for"
          + " vectors, so that no product can reach the ceiling. It is shown once its result was"
          + " found right. Other programs that run at the same time spoil the figures."
    })
public final class BenchCommand implements Callable<Integer> {
  private final Invocation invocation;

  @Parameters(
      paramLabel = "WHAT",
      arity = "0..1",
      converter = WhatConverter.class,
      description =
          "matmul: the matrix products of training; step: whole training steps of 784-512-512-10"
              + " with Adam. Default: both. tune: search the choices that suit the device's"
              + " kernels, and write its table.")
  private @Nullable What what;

  @Spec private CommandSpec spec = CommandSpec.create();

  @Mixin private DeviceOptions device = new DeviceOptions();

  @Option(
      names = "--batch",
      paramLabel = "N,N...",
      converter = BatchesConverter.class,
      description = "Batch sizes. Default: ${DEFAULT-VALUE}.")
  private Sizes batches = new Sizes(List.of(32, 128, 512));

  @Option(
      names = "--model",
      paramLabel = "MODEL",
      converter = NetworkOption.Converter.class,
      description =
          "For step: another network on images of 28 x 28, by name or its layers, as train takes"
              + " them. Its batches are 32 and 128 unless said otherwise.")
  private @Nullable NetworkOption network;

  @Option(
      names = "--square",
      paramLabel = "N,N...",
      converter = SquaresConverter.class,
      description =
          "Sizes of the square products of matmul, which are timed in three layouts. Default:"
              + " ${DEFAULT-VALUE}.")
  private Sizes squares = new Sizes(List.of(1024));

  @Option(
      names = "--seconds",
      paramLabel = "S",
      converter = Converters.Positive.class,
      description =
          "How long to measure for each figure, once it has not improved for as long; default 1,"
              + " and with less the compiler may not be done. With tune: how long to search;"
              + " default 300.")
  private @Nullable Float seconds;

  @Option(
      names = "--out",
      paramLabel = "FILE",
      converter = Converters.File.class,
      description =
          "Where the table of tune goes. Default: the user's cache folder, where the backend looks"
              + " for it.")
  private @Nullable Path out;

  @Option(
      names = "--log",
      paramLabel = "FILE",
      converter = Converters.File.class,
      description = "Write a JSON object a line: the run, each figure, the end. Replaces a log.")
  private @Nullable Path log;

  public BenchCommand(Invocation invocation) {
    this.invocation = invocation;
  }

  /// What can be timed.
  enum What {
    MATMUL,
    STEP,
    TUNE
  }

  private static final float FIGURE_SECONDS = 1;
  private static final float SEARCH_SECONDS = 300;

  @Override
  public Integer call() {
    if (what == What.TUNE) {
      return tune();
    }
    if (out != null) {
      throw new ParameterException(
          spec.commandLine(), "--out is for tune: it says where its table goes");
    }
    if (network != null && what != What.STEP) {
      throw new ParameterException(spec.commandLine(), "--model is for step: bench step --model M");
    }
    if (log != null) {
      RunLog.requireWritable(log);
    }
    try (Engine engine = device.open(invocation);
        Engine reference = Engine.open("reference")) {
      RunLog records = log == null ? null : RunLog.begin(log, record(engine));
      var session =
          new BenchSession(
              invocation, engine, reference, device.options(), figureSeconds(), records);
      session.run(what != What.STEP, what != What.MATMUL, batches(), squares.list(), network);
      return ExitStatus.DONE;
    }
  }

  private int tune() {
    if (log != null) {
      throw new ParameterException(
          spec.commandLine(), "--log is not for tune, which writes a table: see --out");
    }
    try (Engine engine = device.open(invocation)) {
      new TableSearch(invocation, engine).run(seconds == null ? SEARCH_SECONDS : seconds, out);
      return ExitStatus.DONE;
    }
  }

  /// The reference, by which a step is judged, needs minutes for large batches of images.
  private List<Integer> batches() {
    return network != null && !spec.commandLine().getParseResult().hasMatchedOption("--batch")
        ? List.of(32, 128)
        : batches.list();
  }

  private float figureSeconds() {
    return seconds == null ? FIGURE_SECONDS : seconds;
  }

  /// The first record of the log.
  private Json.Members record(Engine engine) {
    DeviceInfo on = engine.device();
    return Json.object()
        .put("event", "run")
        .put("started", Instant.now().truncatedTo(ChronoUnit.SECONDS).toString())
        .put("backend", on.backend())
        .put("device", on.device())
        .put("driver", on.driver())
        .put("deviceDetail", on.detail())
        .put(
            "versions",
            Json.object().put("descent", Version.descent()).put("java", Version.java()).build())
        .put("bench", what == null ? "all" : Converters.word(what))
        .put("network", network == null ? null : network.text())
        .put("batch", Json.ofLongs(batches().stream().map(Integer::longValue).toList()))
        .put("seconds", figureSeconds())
        .put("threads", device.options().threads())
        .put("precision", Converters.word(device.options().precision()))
        .put("matmul", Converters.word(device.options().matMul()))
        .build();
  }

  /// Sizes, which a text has with commas between.
  record Sizes(List<Integer> list) {
    private static final int MOST_SIZES = 20;

    static Sizes parse(String text, int most) {
      String[] parts = text.split(",", -1);
      if (parts.length > MOST_SIZES) {
        throw new TypeConversionException("must be at most " + MOST_SIZES + " sizes");
      }
      return new Sizes(Arrays.stream(parts).map(p -> (int) Converters.whole(p, 1, most)).toList());
    }

    @Override
    public String toString() {
      return String.join(",", list.stream().map(Object::toString).toList());
    }
  }

  /// Batch sizes.
  static final class BatchesConverter implements ITypeConverter<Sizes> {
    @Override
    public Sizes convert(String text) {
      return Sizes.parse(text, StepRun.MOST_ROWS);
    }
  }

  /// Rows and columns of squares.
  static final class SquaresConverter implements ITypeConverter<Sizes> {
    /// Each matrix takes a gigabyte then.
    private static final int MOST = 16_384;

    @Override
    public Sizes convert(String text) {
      return Sizes.parse(text, MOST);
    }
  }

  /// What to time.
  static final class WhatConverter implements ITypeConverter<What> {
    @Override
    public What convert(String text) {
      return Converters.choice(What.class, text);
    }
  }
}
