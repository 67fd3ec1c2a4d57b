package dev.descent.train;

/// Stops as soon as a loss is not a number or infinite. A [Trainer] has one, unless
/// [Trainer#terminateOnNaN] says otherwise.
public final class TerminateOnNaN implements Callback {
  @Override
  public void onBatchEnd(TrainingRun run, BatchRecord batch) {
    if (!Double.isFinite(batch.loss())) {
      run.stop(
          "the loss became %s in epoch %d, by step %d; a lower learning rate may help"
              .formatted(batch.loss(), batch.epoch(), batch.step()));
    }
  }
}
