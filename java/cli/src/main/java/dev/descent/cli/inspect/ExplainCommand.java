package dev.descent.cli.inspect;

import dev.descent.DescentException;
import dev.descent.Engine;
import dev.descent.backend.Ceilings;
import dev.descent.backend.KernelTime;
import dev.descent.cli.option.DeviceOptions;
import dev.descent.cli.option.ModelOptions;
import dev.descent.cli.option.TaskData;
import dev.descent.cli.option.TaskOptions;
import dev.descent.cli.option.TrainingOptions;
import dev.descent.cli.option.ValidationOptions;
import dev.descent.cli.shell.ExitStatus;
import dev.descent.cli.shell.Invocation;
import dev.descent.data.DataSet;
import dev.descent.model.Model;
import dev.descent.train.Trainer;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// `descent explain`: how a backend compiles a training step.
@Command(
    name = "explain",
    customSynopsis = {"descent explain TASK [OPTIONS]", ""},
    description = "Show how a backend compiles a training step.")
public final class ExplainCommand implements Callable<Integer> {
  /// Enough for a mean, and not so many that a user waits.
  private static final int PROFILED_STEPS = 50;

  private static final double CEILING_SECONDS = 1;

  private final Invocation invocation;

  @Mixin private TaskOptions task = new TaskOptions();
  @Mixin private DeviceOptions device = new DeviceOptions();
  @Mixin private ModelOptions shape = new ModelOptions();
  @Mixin private TrainingOptions training = new TrainingOptions();
  @Mixin private ValidationOptions validation = new ValidationOptions();

  @Option(
      names = "--profile",
      description =
          "Run training steps and show what each kernel takes, in shares of the device's measured"
              + " ceilings. What stays in the device's caches can be faster than its copies.")
  private boolean profile;

  public ExplainCommand(Invocation invocation) {
    this.invocation = invocation;
  }

  @Override
  public Integer call() {
    task.check();
    validation.check(task);
    training.check();
    shape.check();
    try (Engine engine = device.open(invocation)) {
      var reading = TaskData.Reading.of(invocation, task.task());
      TaskData data =
          profile
              ? TaskData.load(task, validation, reading)
              : TaskData.shape(task, validation, reading);
      training.learn(data.train());
      Model model = shape.build(data.train(), training.loss(), training.seed());
      invocation.print("data: " + task.task() + ", " + data.describe());
      invocation.print("model: " + ModelOptions.describe(model));
      Trainer trainer = engine.trainer(model);
      training.apply(trainer, data.validation());
      if (profile) {
        profile(engine, trainer, data.train());
      } else {
        trainer.explain(data.train()).forEach(invocation::print);
      }
      return ExitStatus.DONE;
    }
  }

  private void profile(Engine engine, Trainer trainer, DataSet train) {
    List<KernelTime> times = trainer.profile(train, PROFILED_STEPS);
    if (times.isEmpty()) {
      throw new DescentException(
          "backend %s can't tell its kernels' times apart; leave out --profile"
              .formatted(engine.device().backend()));
    }
    Ceilings ceilings = engine.ceilings(CEILING_SECONDS);
    invocation.print(KernelTable.describe(ceilings));
    invocation.print(
        "a training step of " + Math.min(training.batch(), train.size()) + " samples:");
    new KernelTable(ceilings).lines(times).forEach(invocation::print);
  }
}
