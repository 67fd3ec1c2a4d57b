package dev.descent.cli.compare;

import dev.descent.cli.option.Converters;
import dev.descent.cli.option.ModelOptions;
import dev.descent.cli.option.TaskData;
import dev.descent.cli.option.TaskOptions;
import dev.descent.cli.option.TrainingOptions;
import dev.descent.cli.option.ValidationOptions;
import dev.descent.cli.shell.CommandText;
import dev.descent.cli.shell.ExitStatus;
import dev.descent.cli.shell.Failures;
import dev.descent.cli.shell.Invocation;
import dev.descent.cli.shell.UsageErrors;
import dev.descent.cli.shell.Version;
import dev.descent.model.Model;
import dev.descent.report.ComparisonReport;
import dev.descent.report.Measurement;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;
import picocli.CommandLine.TypeConversionException;

/// `descent compare`: the same training on several backends.
@Command(
    name = "compare",
    customSynopsis = {"descent compare TASK --backends NAME,NAME... [OPTIONS]", ""},
    description = "Train the same on several backends, and compare.",
    footer = {
      "",
      "All start from the same weights and see the same batches; they take turns, an epoch each."
          + " Times are medians without the first epoch, and speed is that of the first backend in"
          + " the list. Several batch sizes (--batch 32,128) or models (--hidden 64/512,512) are"
          + " tried one after the other. Exit status 1 if learning curves do not agree; 3 if a"
          + " backend can't run, which is listed with the reason while the others are compared.",
      "Example: descent compare digits --backends cpu,reference --limit 2000 --hidden 64"
    })
public final class CompareCommand implements Callable<Integer> {
  private final Invocation invocation;

  @Mixin private TaskOptions task = new TaskOptions();

  @Option(
      names = "--backends",
      required = true,
      paramLabel = "NAME,NAME...",
      converter = NamesConverter.class,
      description = "What to run on: backends as `descent devices` lists them.")
  private Names backends = new Names(List.of());

  @Option(
      names = "--threads",
      paramLabel = "N",
      converter = Converters.Threads.class,
      description = "Threads of backends that run on the CPU; 0 lets them choose.")
  private int threads;

  @Mixin private ModelOptions shape = new ModelOptions();
  @Mixin private TrainingOptions training = new TrainingOptions();
  @Mixin private ValidationOptions validation = new ValidationOptions();
  @Mixin private ComparisonFiles files = new ComparisonFiles();

  private final Map<Comparison.Setting, List<Measurement>> measured = new LinkedHashMap<>();
  private final Map<String, String> lacking = new LinkedHashMap<>();
  private final List<String> remarks = new ArrayList<>();
  private final Map<Comparison.Setting, List<String>> curves = new LinkedHashMap<>();

  @Spec private CommandSpec spec = CommandSpec.create();

  public CompareCommand(Invocation invocation) {
    this.invocation = invocation;
  }

  @Override
  public Integer call() {
    task.check();
    validation.check(task);
    training.checkOptimizer();
    files.check();
    TaskData data = TaskData.load(task, validation, TaskData.Reading.of(invocation, task.task()));
    training.learn(data.train());
    invocation.print("data: " + task.task() + ", " + data.describe());
    List<Comparison.Setting> settings = settings();
    ComparisonLog log = ComparisonLog.begin(files.log(), task.task(), training, backends.list());
    int status = ExitStatus.DONE;
    List<String> able = backends.list();
    for (Comparison.Setting setting : settings) {
      Comparison done = one(setting, able, data, log);
      able = done.able();
      status = worse(status, report(done, data.train().size()));
      log.results(setting, measured.getOrDefault(setting, List.of()));
      curves.getOrDefault(setting, List.of()).forEach(line -> log.remark(setting + ": " + line));
      if (invocation.interruption().status() != 0 || able.isEmpty()) {
        break;
      }
    }
    if (settings.size() > 1) {
      invocation.print("");
      for (String line : Crossover.of(measured)) {
        invocation.print(line);
        log.remark(line);
        remarks.add(UsageErrors.capital(line));
      }
    }
    return finish(status, data, log);
  }

  /// Each batch size with each model.
  private List<Comparison.Setting> settings() {
    return shape.shapes().stream()
        .flatMap(hidden ->
            training.batches().stream().map(batch -> new Comparison.Setting(batch, hidden)))
        .toList();
  }

  private Comparison one(
      Comparison.Setting setting, List<String> able, TaskData data, ComparisonLog log) {
    training.select(setting.batch());
    shape.select(setting.hidden());
    invocation.print("");
    invocation.print("model: " + ModelOptions.describe(newModel(data)));
    invocation.print("training: " + training.describe(task.task()));
    int epochs = training.epochs(task.task());
    return Comparison.run(
        setting,
        able,
        invocation.interruption(),
        new Comparison.Work(
            threads,
            data.train().size(),
            _ -> newModel(data),
            trainer -> training.apply(trainer, data.validation()),
            trainer -> trainer.fit(data.train(), epochs),
            contender -> log.epoch(setting, contender)));
  }

  private Model newModel(TaskData data) {
    return shape.build(data.train(), training.loss(), training.seed());
  }

  /// The status of what failed first; that of a failure that is none of the machine's is 1.
  private static int worse(int status, int other) {
    return status == ExitStatus.DONE ? other : status;
  }

  private int report(Comparison done, int samples) {
    invocation.print("");
    ComparisonTable.devices(done.contenders()).forEach(invocation::print);
    int status = failures(done);
    List<Measurement> measurements = done.measurements(samples);
    measured.put(done.setting(), measurements);
    if (measurements.isEmpty()) {
      return status;
    }
    invocation.print("");
    ComparisonTable.lines(measurements).forEach(invocation::print);
    invocation.print("");
    ComparisonTable.bars(measurements).forEach(invocation::print);
    invocation.print("");
    return Math.max(status, curves(done.setting(), measurements));
  }

  /// Says why contenders did not run; the exit status of the first that failed.
  private int failures(Comparison done) {
    int status = ExitStatus.DONE;
    for (Contender contender : done.failed()) {
      Throwable failure = Objects.requireNonNull(contender.failure());
      String reason = ComparisonTable.reason(contender.backend(), failure);
      invocation.complain("%s: %s".formatted(contender.backend(), reason));
      lacking.put(contender.backend(), reason);
      status = worse(status, Failures.status(failure));
    }
    return status;
  }

  private int finish(int status, TaskData data, ComparisonLog log) {
    int interrupted = invocation.interruption().status();
    if (interrupted != 0) {
      String words = "interrupted: only finished epochs are compared";
      invocation.print(words);
      remarks.addFirst(UsageErrors.capital(words));
    }
    int exit = interrupted != 0 ? interrupted : status;
    log.end(lacking, interrupted != 0 ? "interrupted" : status == 0 ? "done" : "failed", exit);
    Path page = files.report();
    if (page != null) {
      page(data).write(page);
      invocation.print("report: " + page);
    }
    log.requireComplete();
    return exit;
  }

  private ComparisonReport page(TaskData data) {
    var page =
        new ComparisonReport(task.task() + ": backends compared")
            .fact("Descent", Version.descent())
            .fact("Data", task.task() + ", " + data.describe())
            .fact("Training", training.describe(task.task(), batches()))
            .command(
                CommandText.of(
                    spec,
                    "--epochs",
                    Integer.toString(training.epochs(task.task())),
                    "--seed",
                    Long.toString(training.seed())));
    measured.forEach((setting, measurements) ->
        page.add(
            UsageErrors.capital(setting.toString()),
            measurements,
            curves.getOrDefault(setting, List.of()).stream().map(UsageErrors::capital).toList()));
    lacking.forEach(page::lacking);
    remarks.forEach(page::remark);
    return page;
  }

  private String batches() {
    return measured.keySet().stream()
        .map(setting -> Integer.toString(setting.batch()))
        .distinct()
        .collect(Collectors.joining(", "));
  }

  private int curves(Comparison.Setting setting, List<Measurement> ran) {
    Measurement first = ran.getFirst();
    int status = ExitStatus.DONE;
    for (Measurement other : ran.subList(1, ran.size())) {
      CurveCheck check = CurveCheck.of(first.epochs(), other.epochs());
      String line = check.describe(first.name(), other.name());
      curves.computeIfAbsent(setting, _ -> new ArrayList<>()).add(line);
      if (check.agrees()) {
        invocation.print(line);
      } else {
        invocation.complain(line);
        remarks.add(UsageErrors.capital(setting + ": " + line));
        status = ExitStatus.FAILED;
      }
    }
    return status;
  }

  /// Backends in the order in which they take turns.
  record Names(List<String> list) {}

  /// Names with commas between.
  static final class NamesConverter implements ITypeConverter<Names> {
    @Override
    public @Nullable Names convert(String text) {
      List<String> names =
          new ArrayList<>(Stream.of(text.split(",", -1)).map(String::strip).toList());
      if (names.stream().anyMatch(String::isEmpty)) {
        throw new TypeConversionException("must be backends with commas between: cpu,reference");
      }
      if (new HashSet<>(names).size() < names.size()) {
        throw new TypeConversionException("names a backend twice");
      }
      return new Names(names);
    }
  }
}
