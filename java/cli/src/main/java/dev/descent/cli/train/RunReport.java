package dev.descent.cli.train;

import dev.descent.DescentException;
import dev.descent.cli.option.TaskData;
import dev.descent.cli.shell.UsageErrors;
import dev.descent.cli.shell.Version;
import dev.descent.data.DataSet;
import dev.descent.model.Model;
import dev.descent.report.Report;
import dev.descent.report.RunRecorder;
import dev.descent.train.Callback;
import dev.descent.train.EpochRecord;
import dev.descent.train.History;
import dev.descent.train.Predictions;
import dev.descent.train.TrainingRun;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// The report of a run: renewed whole after each epoch, so that it can be looked at while training
/// goes on and is there whatever happens, and completed at the end.
///
/// A report that can't be written does not end training; [#failure] tells.
final class RunReport implements Callback {
  private final Path file;
  private final String title;
  private final String command;
  private final RunSettings settings;
  private final RunRecorder recorder = new RunRecorder();
  private List<EpochRecord> epochs = List.of();
  private List<History.Stop> stops = List.of();
  private final List<String> warnings = new ArrayList<>();
  private float @Nullable [] outputs;
  private @Nullable DescentException failure;

  /// @param command that runs the same again
  RunReport(Path file, String title, String command, RunSettings settings) {
    this.file = file;
    this.title = title;
    this.command = command;
    this.settings = settings;
  }

  @Override
  public void onTrainBegin(TrainingRun run) {
    recorder.onTrainBegin(run);
    stops = run.stops();
  }

  @Override
  public void onEpochEnd(TrainingRun run, EpochRecord epoch) {
    recorder.onEpochEnd(run, epoch);
    epochs = run.epochs();
    write(
        report(new History(epochs, null, warnings, stops))
            .state(
                String.format(
                    Locale.ROOT,
                    "Still running: epoch %,d of %,d is done. Load the page again to see more.",
                    epoch.epoch(),
                    run.settings().epochs())));
  }

  @Override
  public boolean predicts() {
    return true;
  }

  /// Predicts while the run's program still has data and weights on the device.
  @Override
  public void onTrainEnd(TrainingRun run, History history) {
    outputs = run.predict();
  }

  @Override
  public void onWarning(TrainingRun run, String warning) {
    warnings.add(warning);
  }

  /// Completes the report of a run that ended by itself or was stopped.
  ///
  /// @param test how the model does on the test part; null where there is none
  void end(
      RunOutcome outcome, History history, Model model, TaskData data, @Nullable TestFigures test) {
    Report report = report(history).state(state(outcome, history, data.train()));
    if (test != null) {
      report.fact("Test", test.text());
    }
    float[] given = outputs;
    if (given != null && outcome.isWorthSaving()) {
      DataSet asked = data.validation() == null ? data.train() : data.validation();
      if (asked.isClassified()) {
        report.predictions(asked, Predictions.of(model, settings.training().loss(), given));
      } else {
        report.regression(asked, given);
      }
    }
    write(report);
  }

  /// Completes the report of a run that failed.
  void fail(String reason) {
    write(report(new History(epochs, reason, warnings, stops)).state("Failed: " + reason));
  }

  private String state(RunOutcome outcome, History history, DataSet train) {
    String totals =
        Totals.of(history, settings.training().loss(), train).orElse("no epoch was finished");
    String reason = outcome.reason();
    String end = reason == null ? "Finished" : UsageErrors.capital(reason);
    return end + ": " + totals + ".";
  }

  private Report report(History history) {
    Report report =
        Report.of(history)
            .title(title)
            .command(command)
            .recorded(recorder)
            .fact("Task", settings.task().task().toString())
            .fact("Descent", Version.descent());
    String schedule = settings.training().schedule();
    return schedule.equals("constant") ? report : report.fact("Learning rate", schedule);
  }

  private void write(Report report) {
    if (failure != null) {
      return;
    }
    try {
      report.write(file);
    } catch (DescentException e) {
      failure = e;
    }
  }

  /// Why the report is not complete, or null if it is.
  @Nullable DescentException failure() {
    return failure;
  }
}
