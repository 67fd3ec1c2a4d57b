package dev.descent.cli;

import dev.descent.model.Model;
import dev.descent.train.Trainer;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;

/// `descent compare`: the same training on several backends.
@Command(
    name = "compare",
    customSynopsis = {"descent compare TASK --backends NAME,NAME... [OPTIONS]", ""},
    description = "Train the same on several backends, and compare.",
    footer = {
      "",
      "All start from the same weights and see the same batches; they take turns, an epoch each. Times"
          + " are medians without the first epoch, and speed is that of the first backend in the"
          + " list. Exit status 1 if learning curves do not agree, 3 if a backend can't run.",
      "Example: descent compare digits --backends cpu,reference --limit 2000 --hidden 64"
    })
final class CompareCommand implements Callable<Integer> {
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

  CompareCommand(Invocation invocation) {
    this.invocation = invocation;
  }

  @Override
  public Integer call() {
    task.check();
    validation.check(task);
    training.check();
    TaskData data = TaskData.load(task, validation);
    Model model = newModel(data);
    invocation.print("data: " + task.task() + ", " + data.describe());
    invocation.print("model: " + ModelOptions.describe(model));
    invocation.print("training: " + training.describe(task.task()));
    List<Contender> contenders = train(data);
    int status = report(contenders, data);
    int interrupted = invocation.interruption().status();
    if (interrupted != 0) {
      invocation.print("interrupted: only finished epochs are compared");
    }
    return interrupted != 0 ? interrupted : status;
  }

  private Model newModel(TaskData data) {
    return shape.build(data.train(), training.loss(), training.seed());
  }

  private List<Contender> train(TaskData data) {
    var turns = new Turns<>(backends.list());
    List<Contender> contenders =
        backends.list().stream().map(name -> new Contender(name, turns)).toList();
    invocation
        .interruption()
        .guard(() -> contenders.forEach(contender -> contender.stop("interrupted")));
    int epochs = training.epochs(task.task());
    List<Thread> running =
        contenders.stream()
            .map(contender ->
                contender.start(
                    threads,
                    engine -> newModel(data),
                    trainer -> setUp(trainer, data),
                    trainer -> trainer.fit(data.train(), epochs)))
            .toList();
    running.forEach(CompareCommand::join);
    return contenders;
  }

  private void setUp(Trainer trainer, TaskData data) {
    training.apply(trainer, data.validation());
  }

  private static void join(Thread thread) {
    boolean interrupted = false;
    while (thread.isAlive()) {
      try {
        thread.join();
      } catch (InterruptedException _) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  private int report(List<Contender> contenders, TaskData data) {
    invocation.print("");
    ComparisonTable.devices(contenders).forEach(invocation::print);
    int status = failures(contenders);
    List<Contender> ran = contenders.stream().filter(c -> !c.epochs().isEmpty()).toList();
    if (ran.isEmpty()) {
      return status;
    }
    invocation.print("");
    int steps = Math.ceilDiv(data.train().size(), training.batch());
    new ComparisonTable(steps, data.train().size()).lines(ran).forEach(invocation::print);
    invocation.print("");
    return Math.max(status, curves(ran));
  }

  /// Says why contenders did not run; the exit status of the first that failed.
  private int failures(List<Contender> contenders) {
    int status = ExitStatus.DONE;
    for (Contender contender : contenders) {
      Throwable failure = contender.failure();
      if (failure != null) {
        invocation
            .err()
            .println(
                "descent: %s: %s"
                    .formatted(
                        contender.backend(), UsageErrors.oneLine(Failures.describe(failure))));
        status = status == ExitStatus.DONE ? Failures.status(failure) : status;
      }
    }
    return status;
  }

  private int curves(List<Contender> ran) {
    Contender first = ran.getFirst();
    int status = ExitStatus.DONE;
    for (Contender other : ran.subList(1, ran.size())) {
      CurveCheck check = CurveCheck.of(first.epochs(), other.epochs());
      String figures =
          Text.format(
              "largest differences: training loss %.2f %%, accuracy %.2f points",
              100 * check.loss(), 100 * check.accuracy());
      if (check.agrees()) {
        invocation.print(
            "learning curves of %s and %s agree; %s"
                .formatted(first.backend(), other.backend(), figures));
      } else {
        invocation
            .err()
            .println(
                "descent: learning curves of %s and %s do not agree; %s"
                    .formatted(first.backend(), other.backend(), figures));
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
