package dev.descent.cli;

import dev.descent.Engine;
import dev.descent.model.Model;
import dev.descent.train.Trainer;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/// `descent explain`: what a backend makes of a training step.
@Command(
    name = "explain",
    customSynopsis = {"descent explain TASK [OPTIONS]", ""},
    description = "Show what a backend makes of a training step.")
final class ExplainCommand implements Callable<Integer> {
  private final Invocation invocation;

  @Mixin private TaskOptions task = new TaskOptions();
  @Mixin private DeviceOptions device = new DeviceOptions();
  @Mixin private ModelOptions shape = new ModelOptions();
  @Mixin private TrainingOptions training = new TrainingOptions();
  @Mixin private ValidationOptions validation = new ValidationOptions();

  ExplainCommand(Invocation invocation) {
    this.invocation = invocation;
  }

  @Override
  public Integer call() {
    task.check();
    validation.check(task);
    training.check();
    shape.check();
    try (Engine engine = device.open(invocation)) {
      TaskData data = TaskData.shape(task, validation);
      Model model = shape.build(data.train(), training.loss(), training.seed());
      invocation.print("data: " + task.task() + ", " + data.describe());
      invocation.print("model: " + ModelOptions.describe(model));
      Trainer trainer = engine.trainer(model);
      training.apply(trainer, data.validation());
      trainer.explain(data.train()).forEach(invocation::print);
      return ExitStatus.DONE;
    }
  }
}
