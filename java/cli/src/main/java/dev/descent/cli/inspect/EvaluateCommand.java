package dev.descent.cli.inspect;

import dev.descent.DescentException;
import dev.descent.Engine;
import dev.descent.cli.option.DeviceOptions;
import dev.descent.cli.option.ModelFacts;
import dev.descent.cli.option.ModelFileOption;
import dev.descent.cli.option.ModelOptions;
import dev.descent.cli.option.TaskData;
import dev.descent.cli.option.TaskOptions;
import dev.descent.cli.shell.ExitStatus;
import dev.descent.cli.shell.Invocation;
import dev.descent.cli.shell.Text;
import dev.descent.data.DataSet;
import dev.descent.model.Model;
import dev.descent.train.Evaluation;
import dev.descent.train.Predictions;
import dev.descent.train.objective.Loss;
import dev.descent.train.objective.MeanSquaredError;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/// `descent evaluate`: measures a trained model.
@Command(
    name = "evaluate",
    customSynopsis = {"descent evaluate --model FILE TASK [OPTIONS]", ""},
    description = "Measure a trained model on a task.",
    footer = {
      "",
      "Measured is the validation data; for csv:FILE the whole file. The table says for each class"
          + " how often the model was right, and what it took its samples for most often otherwise."
    })
public final class EvaluateCommand implements Callable<Integer> {
  private final Invocation invocation;

  @Mixin private TaskOptions task = new TaskOptions();
  @Mixin private ModelFileOption modelFile = new ModelFileOption();
  @Mixin private DeviceOptions device = new DeviceOptions();

  public EvaluateCommand(Invocation invocation) {
    this.invocation = invocation;
  }

  @Override
  public Integer call() {
    task.check();
    Model model = modelFile.load();
    List<String> classes = ModelFacts.classes(model);
    try (Engine engine = device.open(invocation)) {
      DataSet data = TaskData.test(task, classes);
      requireFit(model, data);
      if (!classes.isEmpty() && !classes.equals(data.classNames())) {
        invocation.print("warning: the model was trained on other classes than the data have");
      }
      invocation.print(
          Text.format("data: %s, %,d %s", task.task(), data.size(), TaskData.shape(data)));
      invocation.print("model: " + ModelOptions.describe(model));
      Loss loss = ModelFacts.loss(model);
      Evaluation evaluation = engine.evaluate(model, loss, data);
      boolean squared = loss instanceof MeanSquaredError;
      invocation.print(
          "loss: %s%s - accuracy: %s - %s"
              .formatted(
                  Text.figure(evaluation.loss()),
                  squared ? " - RMSE: " + Text.figure(evaluation.rmse()) : "",
                  Text.figure(evaluation.accuracy()),
                  Text.duration(evaluation.seconds())));
      Predictions predictions = Predictions.of(model, loss, engine.predict(model, data));
      ClassTable.of(data, predictions).forEach(invocation::print);
      return ExitStatus.DONE;
    }
  }

  private static void requireFit(Model model, DataSet data) {
    boolean oneForTwo = model.outputs() == 1 && data.outputs() == 2;
    if (model.inputs() != data.features() || (model.outputs() != data.outputs() && !oneForTwo)) {
      throw new DescentException(
          "the model takes %d values and tells %d classes apart; %s has rows of %d and %d classes"
              .formatted(
                  model.inputs(),
                  Math.max(2, model.outputs()),
                  data.name(),
                  data.features(),
                  data.outputs()));
    }
  }
}
