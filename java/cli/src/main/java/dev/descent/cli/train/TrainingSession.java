package dev.descent.cli.train;

import dev.descent.DescentException;
import dev.descent.Engine;
import dev.descent.cli.option.TaskData;
import dev.descent.cli.option.TrainingOptions;
import dev.descent.cli.shell.ExitStatus;
import dev.descent.cli.shell.Failures;
import dev.descent.cli.shell.Invocation;
import dev.descent.cli.shell.Progress;
import dev.descent.cli.shell.RunLog;
import dev.descent.cli.shell.UsageErrors;
import dev.descent.data.DataSet;
import dev.descent.internal.format.Json;
import dev.descent.model.Model;
import dev.descent.report.CsvLog;
import dev.descent.report.TensorBoardLog;
import dev.descent.train.Checkpoint;
import dev.descent.train.History;
import dev.descent.train.Trainer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// One training run of the command line: trains, shows how it goes, keeps log and report, saves,
/// and says how it ended.
final class TrainingSession {
  /// What the learning rate of a run that diverged is divided by, to try again.
  private static final int LOWER = 10;

  private final Invocation invocation;
  private final Engine engine;
  private final RunSettings settings;
  private final TaskData data;
  private final Model model;
  private final RunFiles files;
  private final @Nullable Checkpoint from;
  private final String command;
  private final List<String> lost = new ArrayList<>();
  private @Nullable Checkpoints checkpoints;
  private @Nullable RunLog log;
  private @Nullable RunReport report;
  private @Nullable CsvLog csv;
  private @Nullable TensorBoardLog tensorBoard;
  private @Nullable Path savedModel;
  private @Nullable Path savedCheckpoint;
  private boolean reported;
  private boolean ended;

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
    checkpoints = checkpoints();
    var watch = new RunWatch(invocation, !files.any());
    watch.guard();
    Path logFile = files.log();
    log =
        logFile == null ? null : RunLog.begin(logFile, settings.record(engine, data, model, from));
    Path reportFile = files.report();
    report =
        reportFile == null
            ? null
            : new RunReport(reportFile, settings.task().task() + ": training", command, settings);
    var progress = new Progress(invocation);
    try {
      History history = trainer(watch, progress).fit(data.train(), settings.epochs());
      return finish(RunOutcome.of(watch, invocation.interruption(), history), history);
    } catch (RuntimeException | Error e) {
      progress.endLine();
      String reason = UsageErrors.oneLine(Failures.describe(e));
      if (report != null && !reported) {
        report.fail(reason);
      }
      end("failed", reason, Failures.status(e));
      if (!reported && checkpoints != null && checkpoints.saved() != null) {
        invocation.print(
            "checkpoint in %s (to go on: --resume %1$s)".formatted(checkpoints.saved()));
      }
      throw e;
    }
  }

  /// Those that the flags ask for and the disk has room for.
  private @Nullable Checkpoints checkpoints() {
    Checkpoints wanted = Checkpoints.of(files, settings.training().monitor(data.validation()));
    try {
      requireRoom(wanted);
      return wanted;
    } catch (DescentException e) {
      if (wanted == null || wanted.areAsked()) {
        throw e;
      }
      requireRoom(null);
      invocation.print("warning: %s; no checkpoint is kept".formatted(e.getMessage()));
      return null;
    }
  }

  private void requireRoom(@Nullable Checkpoints wanted) {
    TrainingOptions training = settings.training();
    Checkpoints.requireRoom(
        wanted,
        files.save(),
        model,
        training.optimizer(),
        settings.epochs(),
        training.earlyStopping() != null);
  }

  private Trainer trainer(RunWatch watch, Progress progress) {
    Trainer trainer = engine.trainer(model).callback(watch);
    settings.training().apply(trainer.resume(from), data.validation());
    trainer.callback(progress);
    if (log != null) {
      trainer.callback(log);
    }
    if (report != null) {
      trainer.callback(report);
    }
    others(trainer);
    if (checkpoints != null) {
      checkpoints.addTo(trainer);
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

  /// Fails if a file of the run could not be written as requested.
  private void requireComplete() {
    List<String> failures = new ArrayList<>(lost);
    Stream.of(
            report == null ? null : report.failure(),
            csv == null ? null : csv.failure(),
            tensorBoard == null ? null : tensorBoard.failure(),
            checkpoints == null || checkpoints.unsaved() != null ? null : checkpoints.failure(),
            log == null ? null : log.failure())
        .filter(Objects::nonNull)
        .forEach(failure -> failures.add(String.valueOf(failure.getMessage())));
    if (!failures.isEmpty()) {
      throw new DescentException(String.join("; ", failures));
    }
  }

  private int finish(RunOutcome outcome, History history) {
    save(outcome);
    TestFigures test = test(outcome);
    if (report != null) {
      report.end(outcome, history, model, data, test);
    }
    reported = true;
    LossPlot.of(history, invocation).forEach(invocation::draw);
    Totals.of(history, settings.training().loss(), data.train()).ifPresent(invocation::print);
    if (test != null) {
      invocation.print("test: " + test.text());
    }
    tell(outcome);
    requireComplete();
    end(outcome.word(), outcome.reason(), outcome.exit());
    if (log != null && log.failure() != null) {
      throw log.failure();
    }
    return outcome.exit();
  }

  /// Measures the model on the test part, where there is one and the run came to its end.
  private @Nullable TestFigures test(RunOutcome outcome) {
    DataSet part = data.test();
    if (part == null || outcome.exit() != ExitStatus.DONE) {
      return null;
    }
    TestFigures figures = TestFigures.of(engine, model, settings.training().loss(), part);
    if (log != null) {
      log.append(figures.record());
    }
    return figures;
  }

  /// Saves model and checkpoint, elsewhere where that can't be done as asked.
  private void save(RunOutcome outcome) {
    Path file = files.save();
    if (file != null && outcome.isWorthSaving()) {
      savedModel = saved(file, "the model", model::save);
    }
    if (checkpoints == null) {
      return;
    }
    Checkpoint unsaved = checkpoints.unsaved();
    savedCheckpoint =
        unsaved == null
            ? checkpoints.saved()
            : saved(checkpoints.file(), "the checkpoint", unsaved::save);
    if (outcome.exit() == ExitStatus.DONE && file != null && file.equals(savedModel)) {
      checkpoints.removeUnlessAsked(files.resume());
      savedCheckpoint = checkpoints.areAsked() ? savedCheckpoint : null;
    }
  }

  private @Nullable Path saved(Path file, String what, Consumer<Path> write) {
    try {
      write.accept(file);
      return file;
    } catch (DescentException e) {
      Path elsewhere = Rescue.inUsersFolders().save(file, write);
      lost.add(
          elsewhere == null
              ? String.valueOf(e.getMessage())
              : "%s; %s is in %s instead".formatted(e.getMessage(), what, elsewhere));
      return elsewhere;
    }
  }

  private void tell(RunOutcome outcome) {
    String reason = outcome.reason();
    String saved = saved(outcome);
    if (outcome.exit() == ExitStatus.FAILED) {
      String unsaved = files.save() == null ? "" : "; the model is not saved";
      invocation.complain(reason + unsaved + (saved.isEmpty() ? "" : "; " + saved));
    } else if (reason != null) {
      boolean nothing = saved.isEmpty() && outcome.exit() != ExitStatus.DONE;
      String unsaved = nothing && outcome.isWorthSaving() ? "; no model was asked to be saved" : "";
      invocation.print(reason + (saved.isEmpty() ? unsaved : "; " + saved));
    } else if (!saved.isEmpty()) {
      invocation.print(saved);
    }
    if (report != null && report.failure() == null) {
      invocation.print("report: " + files.report());
    }
  }

  /// `model saved to M, checkpoint to C, best epoch to B`, as far as they were.
  private String saved(RunOutcome outcome) {
    Map<String, @Nullable Path> written = new LinkedHashMap<>();
    written.put("model", savedModel);
    written.put("checkpoint", savedCheckpoint);
    written.put("best epoch", checkpoints == null ? null : checkpoints.savedBest());
    List<String> parts = new ArrayList<>();
    written.forEach((what, file) -> {
      if (file != null) {
        parts.add(what + (parts.isEmpty() ? " saved to " : " to ") + file);
      }
    });
    if (savedCheckpoint == null || outcome.exit() == ExitStatus.DONE) {
      return String.join(", ", parts);
    }
    return String.join(", ", parts)
        + " (to go on: --resume "
        + wayOn(outcome, savedCheckpoint)
        + ")";
  }

  /// The checkpoint to go on from. What diverged would do so again: a lower rate, and the best epoch
  /// where it is kept, may help.
  private String wayOn(RunOutcome outcome, Path last) {
    if (outcome.exit() != ExitStatus.FAILED) {
      return last.toString();
    }
    Path best = checkpoints == null ? null : checkpoints.savedBest();
    float rate = settings.training().optimizer().learningRate() / LOWER;
    return (best == null ? last : best) + " --lr " + rate;
  }

  /// Ends the log, once.
  private void end(String status, @Nullable String reason, int exit) {
    if (log != null && !ended) {
      log.append(
          Json.object()
              .put("event", "end")
              .put("status", status)
              .put("reason", reason)
              .put("exit", exit)
              .put("model", text(savedModel))
              .put("checkpoint", text(savedCheckpoint))
              .build());
    }
    ended = true;
  }

  private static @Nullable String text(@Nullable Path file) {
    return file == null ? null : file.toString();
  }
}
