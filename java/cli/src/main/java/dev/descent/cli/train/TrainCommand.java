package dev.descent.cli.train;

import dev.descent.Engine;
import dev.descent.cli.option.DeviceOptions;
import dev.descent.cli.option.ModelFacts;
import dev.descent.cli.option.ModelOptions;
import dev.descent.cli.option.StartOptions;
import dev.descent.cli.option.Task;
import dev.descent.cli.option.TaskData;
import dev.descent.cli.option.TaskOptions;
import dev.descent.cli.option.TrainingOptions;
import dev.descent.cli.option.ValidationOptions;
import dev.descent.cli.shell.CommandText;
import dev.descent.cli.shell.Invocation;
import dev.descent.data.DataReview;
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
  @Mixin private StartOptions begin = new StartOptions();
  @Mixin private TrainingOptions training = new TrainingOptions();
  @Mixin private ValidationOptions validation = new ValidationOptions();

  @Mixin private RunFiles files = new RunFiles();

  public TrainCommand(Invocation invocation) {
    this.invocation = invocation;
  }

  @Override
  public Integer call() {
    Path from = files.resume();
    begin.check(from != null);
    Resumption resumption = from == null ? null : Resumption.load(from, files.otherData());
    if (resumption != null) {
      training.resume(resumption.checkpoint());
      shape.resume(resumption.checkpoint().model());
      validation.resume(resumption.file(), resumption.checkpoint().model());
    }
    check();
    Model start = begin.load();
    if (start != null) {
      shape.resume(start);
    }
    try (Engine engine = device.open(invocation)) {
      if (task.isLarge()) {
        engine.warmUp();
      }
      var reading = TaskData.Reading.of(invocation, task.task());
      TaskData loaded =
          resumption != null
              ? TaskData.load(task, validation, resumption.checkpoint().model(), reading)
              : start != null
                  ? TaskData.loadFurther(task, validation, start, reading)
                  : TaskData.load(task, validation, reading);
      training.learn(loaded.train());
      if (resumption == null && !task.task().place().isEmpty()) {
        DataReview.of(
                loaded.train(),
                loaded.validation(),
                loaded.test(),
                task.task().kind() == Task.Kind.CSV)
            .forEach(warning -> invocation.print("warning: " + warning));
      }
      training.checkMetrics(loaded.validation());
      var data =
          new TaskData(training.weighted(loaded.train()), loaded.validation(), loaded.test());
      invocation.print("data: " + task.task() + ", " + data.describe());
      Model model =
          start == null
              ? shape.build(data.train(), training.loss(), training.seed())
              : begin.build(start, data.train(), training.loss(), training.seed());
      if (resumption != null) {
        resumption =
            resumption.check(
                spec, task.task(), data.train(), model, training, files.save() != null);
        model = resumption.frozen(model);
      }
      ModelFacts.describe(model, task.task(), data.train(), training, validation.text());
      if (start != null) {
        invocation.print("from: " + begin.describe(start, data.train(), training.loss()));
      }
      invocation.print("model: " + ModelOptions.describe(model));
      invocation.print("training: " + training.describe(task.task()));
      if (resumption != null) {
        invocation.print("resumed: " + resumption.describe(training));
      }
      var run =
          new TrainingSession(
              invocation,
              engine,
              new RunSettings(task, device, shape, begin.from(), training, validation),
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
