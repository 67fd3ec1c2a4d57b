package dev.descent.cli;

import dev.descent.Engine;
import dev.descent.format.Json;
import dev.descent.model.Model;
import dev.descent.train.History;
import dev.descent.train.TerminateOnNaN;
import dev.descent.train.Trainer;
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
  private final String command;

  /// @param command that runs the same again
  TrainingSession(
      Invocation invocation,
      Engine engine,
      RunSettings settings,
      TaskData data,
      Model model,
      RunFiles files,
      String command) {
    this.invocation = invocation;
    this.engine = engine;
    this.settings = settings;
    this.data = data;
    this.model = model;
    this.files = files;
    this.command = command;
  }

  /// Trains.
  ///
  /// @return the exit status
  int run() {
    Path logFile = files.log();
    RunLog log =
        logFile == null ? null : RunLog.begin(logFile, settings.record(engine, data, model));
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
    settings.training().apply(trainer, data.validation());
    trainer.callback(progress);
    if (log != null) {
      trainer.callback(log);
    }
    if (report != null) {
      trainer.callback(report);
    }
    return trainer;
  }

  private int finish(
      RunOutcome outcome, History history, @Nullable RunLog log, @Nullable RunReport report) {
    Path saved = outcome.isWorthSaving() ? files.save() : null;
    if (saved != null) {
      model.save(saved);
    }
    if (log != null) {
      log.append(end(outcome.word(), outcome.reason(), outcome.exit(), saved));
    }
    if (report != null) {
      report.end(outcome, history, engine, model, data);
    }
    Totals.of(history, settings.training().loss()).ifPresent(invocation::print);
    tell(outcome, saved);
    if (log != null && log.failure() != null) {
      throw log.failure();
    }
    if (report != null && report.failure() != null) {
      throw report.failure();
    }
    return outcome.exit();
  }

  private void tell(RunOutcome outcome, @Nullable Path saved) {
    String reason = outcome.reason();
    String savedTo = saved == null ? "" : "model saved to " + saved;
    if (outcome.exit() == ExitStatus.FAILED) {
      String unsaved = files.save() == null ? "" : "; the model is not saved";
      invocation.err().println("descent: " + reason + unsaved);
    } else if (reason != null) {
      String nothing = outcome.exit() == ExitStatus.DONE ? "" : "; no model was asked to be saved";
      invocation.print(reason + (saved == null ? nothing : "; " + savedTo));
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
