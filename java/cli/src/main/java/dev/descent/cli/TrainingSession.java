package dev.descent.cli;

import dev.descent.Engine;
import dev.descent.format.Json;
import dev.descent.model.Model;
import dev.descent.train.History;
import dev.descent.train.TerminateOnNaN;
import dev.descent.train.Trainer;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/// One training run of the command line: trains, shows how it goes, keeps the log, saves, and says
/// how it ended.
final class TrainingSession {
  private final Invocation invocation;
  private final Engine engine;
  private final RunSettings settings;
  private final TaskData data;
  private final Model model;
  private final @Nullable Path save;

  /// @param save where the model goes, or null
  TrainingSession(
      Invocation invocation,
      Engine engine,
      RunSettings settings,
      TaskData data,
      Model model,
      @Nullable Path save) {
    this.invocation = invocation;
    this.engine = engine;
    this.settings = settings;
    this.data = data;
    this.model = model;
    this.save = save;
  }

  /// Trains.
  ///
  /// @param logFile where the log goes, or null
  /// @return the exit status
  int run(@Nullable Path logFile) {
    RunLog log =
        logFile == null ? null : RunLog.begin(logFile, settings.record(engine, data, model));
    var progress = new Progress(invocation);
    try {
      var watch = new RunWatch(invocation, save == null && log == null);
      History history = trainer(watch, progress, log).fit(data.train(), settings.epochs());
      return finish(RunOutcome.of(watch, invocation.interruption(), history), history, log);
    } catch (RuntimeException | Error e) {
      progress.endLine();
      if (log != null) {
        log.append(
            end("failed", UsageErrors.oneLine(Failures.describe(e)), Failures.status(e), null));
      }
      throw e;
    }
  }

  private Trainer trainer(RunWatch watch, Progress progress, @Nullable RunLog log) {
    Trainer trainer = engine.trainer(model).callback(watch).callback(new TerminateOnNaN());
    settings.training().apply(trainer, data.validation());
    trainer.callback(progress);
    if (log != null) {
      trainer.callback(log);
    }
    return trainer;
  }

  private int finish(RunOutcome outcome, History history, @Nullable RunLog log) {
    Path saved = outcome.isWorthSaving() ? save : null;
    if (saved != null) {
      model.save(saved);
    }
    if (log != null) {
      log.append(end(outcome.word(), outcome.reason(), outcome.exit(), saved));
    }
    LossPlot.of(history, invocation).forEach(invocation::print);
    Totals.of(history, settings.training().loss()).ifPresent(invocation::print);
    tell(outcome, saved);
    if (log != null && log.failure() != null) {
      throw log.failure();
    }
    return outcome.exit();
  }

  private void tell(RunOutcome outcome, @Nullable Path saved) {
    String reason = outcome.reason();
    String savedTo = saved == null ? "" : "model saved to " + saved;
    if (outcome.exit() == ExitStatus.FAILED) {
      String unsaved = save == null ? "" : "; the model is not saved";
      invocation.err().println("descent: " + reason + unsaved);
    } else if (reason != null) {
      String nothing = outcome.exit() == ExitStatus.DONE ? "" : "; no model was asked to be saved";
      invocation.print(reason + (saved == null ? nothing : "; " + savedTo));
    } else if (saved != null) {
      invocation.print(savedTo);
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
