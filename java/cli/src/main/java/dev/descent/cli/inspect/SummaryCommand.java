package dev.descent.cli.inspect;

import dev.descent.Engine;
import dev.descent.cli.option.DeviceOptions;
import dev.descent.cli.option.ModelFacts;
import dev.descent.cli.option.ModelOptions;
import dev.descent.cli.option.TaskData;
import dev.descent.cli.option.TaskOptions;
import dev.descent.cli.option.TrainingOptions;
import dev.descent.cli.option.ValidationOptions;
import dev.descent.cli.shell.ExitStatus;
import dev.descent.cli.shell.Invocation;
import dev.descent.cli.shell.Text;
import dev.descent.internal.format.Visible;
import dev.descent.model.Architecture;
import dev.descent.model.Model;
import dev.descent.program.Program;
import dev.descent.program.Role;
import dev.descent.train.Trainer;
import dev.descent.train.objective.Optimizer;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/// `descent summary`: what a model is made of and what training it takes, without training it; or
/// what a trained model is made of and what it keeps of its data.
@Command(
    name = "summary",
    customSynopsis = {"descent summary TASK [OPTIONS]", "descent summary MODEL.safetensors", ""},
    description = "Show a task's model and the memory it takes, or what is in a model's file.")
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
    Path file = task.file();
    if (file != null) {
      return saved(file);
    }
    task.check();
    validation.check(task);
    training.check();
    shape.check();
    try (Engine engine = device.open(invocation)) {
      TaskData data =
          TaskData.shape(task, validation, TaskData.Reading.of(invocation, task.task()));
      training.learn(data.train());
      Model model = shape.build(data.train(), training.loss(), training.seed());
      data.train().preparation().ifPresent(model::preparation);
      invocation.print("data: " + task.task() + ", " + data.describe());
      invocation.print("");
      model.summary().lines().forEach(invocation::print);
      layers(model);
      invocation.print("");
      Trainer trainer = engine.trainer(model);
      training.apply(trainer, data.validation());
      memory(trainer.program(data.train()), trainer.deviceBytes(data.train()));
      return ExitStatus.DONE;
    }
  }

  private void layers(Model model) {
    invocation.print("Layers, as --model takes them: " + Architecture.of(model));
  }

  private int saved(Path file) {
    Model model = Model.load(file);
    ModelFacts.check(file, model);
    model.summary().lines().forEach(invocation::print);
    layers(model);
    List<String> facts =
        model.metadata().entrySet().stream()
            .filter(fact -> !fact.getKey().equals(ModelFacts.CLASSES))
            .map(fact -> "%s: %s".formatted(fact.getKey(), Visible.value(fact.getValue())))
            .toList();
    if (!facts.isEmpty()) {
      invocation.print("");
      invocation.print("trained with");
      facts.forEach(fact -> invocation.print("  " + fact));
    }
    return ExitStatus.DONE;
  }

  private void memory(Program program, long together) {
    Optimizer optimizer = training.optimizer();
    invocation.print(
        String.format(
            Locale.ROOT,
            "Memory on the device, training with %s in batches of %d:",
            optimizer.name(),
            training.batch()));
    row("parameters", program.bytes(Role.PARAMETERS));
    row("gradients", program.bytes(Role.GRADIENTS));
    row(
        String.format(Locale.ROOT, "optimizer, %d a parameter", optimizer.moments()),
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
