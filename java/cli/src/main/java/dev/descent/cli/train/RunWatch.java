package dev.descent.cli.train;

import dev.descent.cli.shell.Invocation;
import dev.descent.train.BatchRecord;
import dev.descent.train.Callback;
import dev.descent.train.EpochRecord;
import dev.descent.train.TrainingRun;

/// Ends training when a signal comes or when nobody is left to hear of it, and remembers how far it
/// came.
final class RunWatch implements Callback {
  static final String UNHEARD = "stopped: nobody reads the output, and nothing is to be saved";

  private static final String INTERRUPTED = "interrupted";

  private final Invocation invocation;
  private final boolean stopUnheard;
  private int epochs;
  private int epoch;
  private int step;
  private int steps;
  private boolean finished;
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
    invocation.interruption().guard(() -> run.stop(INTERRUPTED));
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
    diverged = !Double.isFinite(batch.loss());
    if (stopUnheard && invocation.nobodyListens()) {
      run.stop(UNHEARD);
    }
  }

  @Override
  public void onEpochEnd(TrainingRun run, EpochRecord record) {
    finished = true;
  }

  boolean hasDiverged() {
    return diverged;
  }

  /// `interrupted in epoch 3 of 5, after step 120 of 469`, or `interrupted after epoch 3 of 5`
  String whereInterrupted() {
    return finished
        ? "%s after epoch %d of %d".formatted(INTERRUPTED, epoch, epochs)
        : "%s in epoch %d of %d, after step %d of %d"
            .formatted(INTERRUPTED, epoch, epochs, step, steps);
  }
}
