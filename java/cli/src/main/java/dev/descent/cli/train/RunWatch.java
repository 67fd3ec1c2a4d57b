package dev.descent.cli.train;

import dev.descent.cli.shell.Invocation;
import dev.descent.train.BatchRecord;
import dev.descent.train.Callback;
import dev.descent.train.EpochRecord;
import dev.descent.train.TrainingRun;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// Ends training when a signal comes or when nobody is left to hear of it, and remembers how far it
/// came.
final class RunWatch implements Callback {
  static final String UNHEARD = "stopped: the output has no reader, and nothing is saved";

  private static final String INTERRUPTED = "interrupted";

  private final Invocation invocation;
  private final boolean stopUnheard;
  private int epochs;
  private int epoch;
  private int step;
  private int steps;
  private boolean finished;
  private boolean stepped;
  private boolean interrupted;
  private @Nullable TrainingRun guarded;
  private boolean diverged;

  /// @param stopUnheard whether the run has no other purpose than its output
  RunWatch(Invocation invocation, boolean stopUnheard) {
    this.invocation = invocation;
    this.stopUnheard = stopUnheard;
  }

  @Override
  public void onTrainBegin(TrainingRun run) {
    epochs = run.settings().epochs();
    steps = run.settings().steps();
    synchronized (this) {
      guarded = run;
      if (interrupted) {
        run.stop(INTERRUPTED);
      }
    }
  }

  /// From now on a signal ends the run, before its first step too.
  void guard() {
    invocation.interruption().guard(this::interrupt);
  }

  private synchronized void interrupt() {
    interrupted = true;
    if (guarded != null) {
      guarded.stop(INTERRUPTED);
    }
  }

  @Override
  public void onEpochBegin(TrainingRun run, int newEpoch) {
    epoch = newEpoch;
    step = 0;
    finished = false;
  }

  @Override
  public void onBatchEnd(TrainingRun run, BatchRecord batch) {
    step = batch.step();
    stepped = true;
    diverged = !Double.isFinite(batch.loss());
    if (stopUnheard && invocation.nobodyListens()) {
      run.stop(UNHEARD);
    }
  }

  @Override
  public void onEpochEnd(TrainingRun run, EpochRecord record) {
    finished = true;
    stepped = true;
  }

  boolean hasDiverged() {
    return diverged;
  }

  /// Whether anything was learned in this run.
  boolean hasLearned() {
    return stepped;
  }

  /// `interrupted in epoch 3 of 5, after step 120 of 469`, or `interrupted after epoch 3 of 5`, or
  /// `interrupted before the first step; nothing was done`
  String whereInterrupted() {
    if (!stepped) {
      return INTERRUPTED + " before the first step; nothing was done";
    }
    return finished
        ? String.format(Locale.ROOT, "%s after epoch %d of %d", INTERRUPTED, epoch, epochs)
        : String.format(
            Locale.ROOT,
            "%s in epoch %d of %d, after step %d of %d",
            INTERRUPTED,
            epoch,
            epochs,
            step,
            steps);
  }
}
