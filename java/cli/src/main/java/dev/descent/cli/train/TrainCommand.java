package dev.descent.cli.train;

import dev.descent.Engine;
import dev.descent.cli.option.DeviceOptions;
import dev.descent.cli.option.ModelFacts;
import dev.descent.cli.option.ModelOptions;
import dev.descent.cli.option.TaskData;
import dev.descent.cli.option.TaskOptions;
import dev.descent.cli.option.TrainingOptions;
import dev.descent.cli.option.ValidationOptions;
import dev.descent.cli.shell.CommandText;
import dev.descent.cli.shell.Invocation;
import dev.descent.model.Model;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/// `descent train`: learns a task.
@Command(
    name = "train",
    customSynopsis = {"descent train TASK [OPTIONS]", ""},
    description = "Train a model on a task.",
    footer = {
      "",
      "Ctrl-C ends training after the current step, and saves model and checkpoint. Again, it ends"
          + " at once.",
      "Example: descent train digits --epochs 3 --save digits.safetensors --report digits.html"
    })
public final class TrainCommand implements Callable<Integer> {
  private final Invocation invocation;

  @Spec private CommandSpec spec = CommandSpec.create();
  @Mixin private TaskOptions task = new TaskOptions();
  @Mixin private DeviceOptions device = new DeviceOptions();
  @Mixin private ModelOptions shape = new ModelOptions();
  @Mixin private TrainingOptions training = new TrainingOptions();
  @Mixin private ValidationOptions validation = new ValidationOptions();

  @Mixin private RunFiles files = new RunFiles();

  public TrainCommand(Invocation invocation) {
    this.invocation = invocation;
  }

  @Override
  public Integer call() {
    Path from = files.resume();
    Resumption resumption = from == null ? null : Resumption.load(from, files.otherData());
    if (resumption != null) {
      training.resume(resumption.checkpoint());
      shape.resume(resumption.checkpoint().model());
    }
    check();
    try (Engine engine = device.open(invocation)) {
      TaskData data = TaskData.load(task, validation);
      invocation.print("data: " + task.task() + ", " + data.describe());
      Model model = shape.build(data.train(), training.loss(), training.seed());
      if (resumption != null) {
        resumption.check(spec, task.task(), data.train(), model, training, files.save() != null);
      }
      ModelFacts.describe(model, task.task(), data.train(), training);
      invocation.print("model: " + ModelOptions.describe(model));
      invocation.print("training: " + training.describe(task.task()));
      if (resumption != null) {
        invocation.print("resumed: " + resumption.describe(training));
      }
      var run =
          new TrainingSession(
              invocation,
              engine,
              new RunSettings(task, device, shape, training),
              data,
              model,
              files,
              resumption == null ? null : resumption.checkpoint(),
              CommandText.of(
                  spec,
                  "--backend",
                  engine.device().backend(),
                  "--epochs",
                  Integer.toString(training.epochs(task.task())),
                  "--seed",
                  Long.toString(training.seed())));
      return run.run();
    }
  }

  /// Finds what can be found wrong before any work is done.
  private void check() {
    task.check();
    validation.check(task);
    training.check();
    shape.check();
    files.check();
  }
}
