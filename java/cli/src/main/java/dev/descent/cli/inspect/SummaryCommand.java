package dev.descent.cli.inspect;

import dev.descent.Engine;
import dev.descent.cli.option.DeviceOptions;
import dev.descent.cli.option.ModelOptions;
import dev.descent.cli.option.TaskData;
import dev.descent.cli.option.TaskOptions;
import dev.descent.cli.option.TrainingOptions;
import dev.descent.cli.option.ValidationOptions;
import dev.descent.cli.shell.ExitStatus;
import dev.descent.cli.shell.Invocation;
import dev.descent.cli.shell.Text;
import dev.descent.model.Model;
import dev.descent.program.Program;
import dev.descent.program.Role;
import dev.descent.train.Trainer;
import dev.descent.train.objective.Optimizer;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/// `descent summary`: what a model is made of and what training it takes, without training it.
@Command(
    name = "summary",
    customSynopsis = {"descent summary TASK [OPTIONS]", ""},
    description = "Show a task's model and the memory it takes.")
public final class SummaryCommand implements Callable<Integer> {
  private final Invocation invocation;

  @Mixin private TaskOptions task = new TaskOptions();
  @Mixin private DeviceOptions device = new DeviceOptions();
  @Mixin private ModelOptions shape = new ModelOptions();
  @Mixin private TrainingOptions training = new TrainingOptions();
  @Mixin private ValidationOptions validation = new ValidationOptions();

  public SummaryCommand(Invocation invocation) {
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
      invocation.print("");
      model.summary().lines().forEach(invocation::print);
      invocation.print("");
      Trainer trainer = engine.trainer(model);
      training.apply(trainer, data.validation());
      memory(trainer.program(data.train()), trainer.deviceBytes(data.train()));
      return ExitStatus.DONE;
    }
  }

  private void memory(Program program, long together) {
    Optimizer optimizer = training.optimizer();
    invocation.print(
        "Memory on the device, training with %s in batches of %d:"
            .formatted(optimizer.name(), training.batch()));
    row("parameters", program.bytes(Role.PARAMETERS));
    row("gradients", program.bytes(Role.GRADIENTS));
    row(
        "optimizer, %d a parameter".formatted(optimizer.moments()),
        program.bytes(Role.OPTIMIZER_STATE));
    row("activations of a batch", program.bytes(Role.ACTIVATIONS));
    row("data, training and validation", program.bytes(Role.DATA));
    row("order, rates, figures", program.bytes(Role.STATE) + program.bytes(Role.METRICS));
    row("scratch of the backend", together - program.bytes());
    row("together", together);
  }

  private void row(String what, long bytes) {
    invocation.print(Text.format("  %-30s %12s", what, Text.bytes(bytes)));
  }
}
