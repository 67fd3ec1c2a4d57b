package dev.descent.train;

import java.util.Locale;

/// Stops as soon as a loss is not a number or infinite. A [Trainer] has one, unless
/// [Trainer#terminateOnNaN] says otherwise.
public final class TerminateOnNaN implements Callback {
  /// Makes one for any number of runs.
  public TerminateOnNaN() {}

  @Override
  public void onBatchEnd(TrainingRun run, BatchRecord batch) {
    if (!Double.isFinite(batch.loss())) {
      run.stop(
          String.format(
              Locale.ROOT,
              "the loss became %s in epoch %d, by step %d; a lower learning rate may help",
              batch.loss(),
              batch.epoch(),
              batch.step()));
    }
  }
}
