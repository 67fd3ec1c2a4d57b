package dev.descent.cli.train;

import dev.descent.DescentException;
import dev.descent.Engine;
import dev.descent.cli.option.TaskData;
import dev.descent.cli.shell.ExitStatus;
import dev.descent.cli.shell.Failures;
import dev.descent.cli.shell.Invocation;
import dev.descent.cli.shell.Progress;
import dev.descent.cli.shell.RunLog;
import dev.descent.cli.shell.UsageErrors;
import dev.descent.format.Json;
import dev.descent.model.Model;
import dev.descent.report.CsvLog;
import dev.descent.report.TensorBoardLog;
import dev.descent.train.Callback;
import dev.descent.train.Checkpoint;
import dev.descent.train.History;
import dev.descent.train.TerminateOnNaN;
import dev.descent.train.Trainer;
import dev.descent.train.TrainingRun;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/// One training run of the command line: trains, shows how it goes, keeps log and report, saves, and
/// says how it ended.
final class TrainingSession {
  private final Invocation invocation;
  private final Engine engine;
  private final RunSettings settings;
  private final TaskData data;
  private final Model model;
  private final RunFiles files;
  private final @Nullable Checkpoint from;
  private final String command;
  private @Nullable Checkpoint end;
  private @Nullable CsvLog csv;
  private @Nullable TensorBoardLog tensorBoard;

  /// @param from what to go on from; null to begin
  /// @param command that runs the same again
  TrainingSession(
      Invocation invocation,
      Engine engine,
      RunSettings settings,
      TaskData data,
      Model model,
      RunFiles files,
      @Nullable Checkpoint from,
      String command) {
    this.invocation = invocation;
    this.engine = engine;
    this.settings = settings;
    this.data = data;
    this.model = model;
    this.files = files;
    this.from = from;
    this.command = command;
  }

  /// Trains.
  ///
  /// @return the exit status
  int run() {
    Path logFile = files.log();
    RunLog log =
        logFile == null ? null : RunLog.begin(logFile, settings.record(engine, data, model, from));
    Path reportFile = files.report();
    RunReport report =
        reportFile == null
            ? null
            : new RunReport(reportFile, settings.task().task() + ": training", command, settings);
    var progress = new Progress(invocation);
    try {
      var watch = new RunWatch(invocation, !files.any());
      History history = trainer(watch, progress, log, report).fit(data.train(), settings.epochs());
      return finish(RunOutcome.of(watch, invocation.interruption(), history), history, log, report);
    } catch (RuntimeException | Error e) {
      progress.endLine();
      String reason = UsageErrors.oneLine(Failures.describe(e));
      if (log != null) {
        log.append(end("failed", reason, Failures.status(e), null));
      }
      if (report != null) {
        report.fail(reason);
      }
      throw e;
    }
  }

  private Trainer trainer(
      RunWatch watch, Progress progress, @Nullable RunLog log, @Nullable RunReport report) {
    Trainer trainer = engine.trainer(model).callback(watch).callback(new TerminateOnNaN());
    settings.training().apply(trainer.resume(from), data.validation());
    trainer.callback(progress);
    if (log != null) {
      trainer.callback(log);
    }
    if (report != null) {
      trainer.callback(report);
    }
    others(trainer);
    if (files.save() != null && settings.training().earlyStopping() == null) {
      trainer.callback(new Keeper());
    }
    return trainer;
  }

  private void others(Trainer trainer) {
    Path csvFile = files.csv();
    if (csvFile != null) {
      csv = new CsvLog(csvFile);
      trainer.callback(csv);
    }
    Path folder = files.tensorBoard();
    if (folder != null) {
      tensorBoard = new TensorBoardLog(folder);
      trainer.callback(tensorBoard);
    }
  }

  /// Fails if a file of the run is not complete.
  private void requireComplete(@Nullable RunLog log, @Nullable RunReport report) {
    requireComplete(log == null ? null : log.failure());
    requireComplete(report == null ? null : report.failure());
    requireComplete(csv == null ? null : csv.failure());
    requireComplete(tensorBoard == null ? null : tensorBoard.failure());
  }

  private static void requireComplete(@Nullable DescentException failure) {
    if (failure != null) {
      throw failure;
    }
  }

  /// Keeps what a later run needs to go on. Not after early stopping, which brings back the weights of
  /// an earlier epoch: what the optimizer remembers does not fit them.
  private final class Keeper implements Callback {
    @Override
    public void onTrainEnd(TrainingRun run, History history) {
      end = run.checkpoint();
    }
  }

  private void save(Path file) {
    if (end == null) {
      model.save(file);
    } else {
      end.save(file);
    }
  }

  private int finish(
      RunOutcome outcome, History history, @Nullable RunLog log, @Nullable RunReport report) {
    Path saved = outcome.isWorthSaving() ? files.save() : null;
    if (saved != null) {
      save(saved);
    }
    if (log != null) {
      log.append(end(outcome.word(), outcome.reason(), outcome.exit(), saved));
    }
    if (report != null) {
      report.end(outcome, history, engine, model, data);
    }
    LossPlot.of(history, invocation).forEach(invocation::print);
    Totals.of(history, settings.training().loss()).ifPresent(invocation::print);
    tell(outcome, saved);
    requireComplete(log, report);
    return outcome.exit();
  }

  private void tell(RunOutcome outcome, @Nullable Path saved) {
    String reason = outcome.reason();
    String savedTo = saved == null ? "" : "model saved to " + saved;
    boolean resumable = end != null && outcome.exit() != ExitStatus.DONE;
    String how = resumable ? " (to go on: --resume %s)".formatted(saved) : "";
    if (outcome.exit() == ExitStatus.FAILED) {
      String unsaved = files.save() == null ? "" : "; the model is not saved";
      invocation.err().println("descent: " + reason + unsaved);
    } else if (reason != null) {
      String nothing = outcome.exit() == ExitStatus.DONE ? "" : "; no model was asked to be saved";
      invocation.print(reason + (saved == null ? nothing : "; " + savedTo + how));
    } else if (saved != null) {
      invocation.print(savedTo);
    }
    if (files.report() != null) {
      invocation.print("report: " + files.report());
    }
  }

  private static Json.Members end(
      String status, @Nullable String reason, int exit, @Nullable Path model) {
    return Json.object()
        .put("event", "end")
        .put("status", status)
        .put("reason", reason)
        .put("exit", exit)
        .put("model", model == null ? null : model.toString())
        .build();
  }
}
