package dev.descent.cli.inspect;

import dev.descent.DescentException;
import dev.descent.Engine;
import dev.descent.cli.option.Converters;
import dev.descent.cli.option.DeviceOptions;
import dev.descent.cli.option.ModelFacts;
import dev.descent.cli.option.ModelFileOption;
import dev.descent.cli.option.ModelOptions;
import dev.descent.cli.option.TaskData;
import dev.descent.cli.option.TaskOptions;
import dev.descent.cli.shell.CommandText;
import dev.descent.cli.shell.ExitStatus;
import dev.descent.cli.shell.Invocation;
import dev.descent.cli.shell.Text;
import dev.descent.cli.shell.Version;
import dev.descent.data.DataSet;
import dev.descent.internal.format.AtomicFile;
import dev.descent.internal.format.OwnedFile;
import dev.descent.model.Model;
import dev.descent.report.Report;
import dev.descent.train.Evaluation;
import dev.descent.train.History;
import dev.descent.train.Predictions;
import dev.descent.train.RegressionMetrics;
import dev.descent.train.objective.Loss;
import dev.descent.train.objective.MeanSquaredError;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/// `descent evaluate`: measures a trained model.
@Command(
    name = "evaluate",
    customSynopsis = {"descent evaluate --model FILE TASK [OPTIONS]", ""},
    description = "Measure a trained model on a task.",
    footer = {
      "",
      "Measured is the validation data; for csv:FILE the whole file. The table says for each class"
          + " how often the model is right where it predicts it (precision), how many of its"
          + " samples it finds (recall), the harmonic mean of the two (F1), how well its"
          + " probability tells it from the rest (AUC), and what it took its samples for most often"
          + " otherwise."
    })
public final class EvaluateCommand implements Callable<Integer> {
  private final Invocation invocation;

  @Mixin private TaskOptions task = new TaskOptions();
  @Mixin private ModelFileOption modelFile = new ModelFileOption();
  @Mixin private DeviceOptions device = new DeviceOptions();
  @Mixin private MetricOptions metrics = new MetricOptions();

  @Option(
      names = "--report",
      paramLabel = "FILE",
      converter = Converters.File.class,
      description = "Write a page of HTML: figures, mistakes or errors, settings.")
  private @Nullable Path report;

  @Spec private CommandSpec spec = CommandSpec.create();

  public EvaluateCommand(Invocation invocation) {
    this.invocation = invocation;
  }

  @Override
  public Integer call() {
    task.check();
    if (report != null) {
      AtomicFile.requireWritable(report);
      OwnedFile.requireOurs(report);
    }
    Model model = modelFile.load();
    List<String> classes = ModelFacts.classes(model);
    try (Engine engine = device.open(invocation)) {
      DataSet data = TaskData.test(task, model, TaskData.Reading.of(invocation, task.task()));
      TaskData.requireKind(model, data.imageWidth() > 0);
      requireFit(model, data);
      if (data.isClassified() && !classes.isEmpty() && !classes.equals(data.classNames())) {
        invocation.print("warning: the model was trained on other classes than the data have");
      }
      invocation.print(
          Text.format("data: %s, %,d %s", task.task(), data.size(), TaskData.shape(data)));
      invocation.print("model: " + ModelOptions.describe(model));
      Loss loss = ModelFacts.loss(model);
      Evaluation evaluation = engine.evaluate(model, loss, data);
      if (!data.isClassified()) {
        invocation.print(
            "loss: %s - %s"
                .formatted(Text.figure(evaluation.loss()), Text.duration(evaluation.seconds())));
        float[] outputs = engine.predict(model, data);
        RegressionMetrics.of(data, outputs).forEach(m -> invocation.print(line(m)));
        write(engine, model, evaluation, data, page -> page.regression(data, outputs));
        return ExitStatus.DONE;
      }
      boolean squared = loss instanceof MeanSquaredError;
      invocation.print(
          "loss: %s%s - accuracy: %s - %s"
              .formatted(
                  Text.figure(evaluation.loss()),
                  squared ? " - RMSE: " + Text.figure(evaluation.rmse()) : "",
                  Text.figure(evaluation.accuracy()),
                  Text.duration(evaluation.seconds())));
      Predictions predictions = Predictions.of(model, loss, engine.predict(model, data));
      metrics.lines(data, predictions).forEach(invocation::print);
      write(engine, model, evaluation, data, page -> page.predictions(data, predictions));
      return ExitStatus.DONE;
    }
  }

  /// Writes the page, if one is wanted.
  ///
  /// @param figures adds what was measured
  private void write(
      Engine engine, Model model, Evaluation evaluation, DataSet data, Consumer<Report> figures) {
    if (report == null) {
      return;
    }
    Report page =
        Report.of(new History(List.of(), null, List.of()))
            .title(task.task() + ": evaluation")
            .state(
                "Measured on %s; loss %s."
                    .formatted(
                        Text.format("%,d %s", data.size(), TaskData.shape(data)),
                        Text.figure(evaluation.loss())))
            .command(CommandText.of(spec, "--backend", engine.device().backend()))
            .fact("Task", task.task().toString())
            .fact("Data", data.toString())
            .fact("Model", ModelOptions.describe(model))
            .fact("Model's file", String.valueOf(modelFile.file()))
            .fact("Loss", ModelFacts.loss(model).name())
            .fact("Device", engine.device().toString())
            .fact("Descent", Version.descent());
    figures.accept(page);
    page.write(report);
    invocation.print("report: " + report);
  }

  /// Errors in the target's own unit.
  private static String line(RegressionMetrics metrics) {
    return "%s: MSE %s - MAE %s - RMSE %s - R2 %s"
        .formatted(
            metrics.target(),
            Text.figure(metrics.mse()),
            Text.figure(metrics.mae()),
            Text.figure(metrics.rmse()),
            Text.figure(metrics.r2()));
  }

  private static void requireFit(Model model, DataSet data) {
    boolean oneForTwo = model.outputs() == 1 && data.outputs() == 2;
    if (model.inputs() != data.features() || (model.outputs() != data.outputs() && !oneForTwo)) {
      throw new DescentException(
          String.format(
              Locale.ROOT,
              "the model takes %d values and tells %d classes apart; %s has rows of %d and %d classes",
              model.inputs(),
              Math.max(2, model.outputs()),
              data.name(),
              data.features(),
              data.outputs()));
    }
  }
}
