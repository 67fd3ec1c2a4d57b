package dev.descent.train;

import org.jspecify.annotations.Nullable;

/// Stops when a figure has stopped getting better. Names and defaults are Keras'. Serves one run at a
/// time.
public final class EarlyStopping implements Callback {
  private final Monitor monitor;
  private final int patience;
  private final double minDelta;
  private final boolean restoreBest;

  private double best;
  private int bestEpoch;
  private float @Nullable [] bestParameters;

  /// Watches the validation loss, and keeps the last parameters.
  ///
  /// @param patience how many epochs without a better value are borne
  public EarlyStopping(int patience) {
    this(Monitor.VAL_LOSS, patience, 0, false);
  }

  /// @param patience how many epochs without a better value are borne
  /// @param minDelta by how much a value must be better to count
  /// @param restoreBest whether the parameters of the best epoch come back when training ends
  public EarlyStopping(Monitor monitor, int patience, double minDelta, boolean restoreBest) {
    if (patience < 0 || !(minDelta >= 0)) {
      throw new IllegalArgumentException(
          "patience " + patience + " and min delta " + minDelta + " must be >= 0");
    }
    this.monitor = monitor;
    this.patience = patience;
    this.minDelta = minDelta;
    this.restoreBest = restoreBest;
  }

  @Override
  public void onTrainBegin(TrainingRun run) {
    best = monitor.worst();
    bestEpoch = 0;
    bestParameters = null;
    for (EpochRecord epoch : run.epochs()) {
      // The parameters of an epoch before a resumption are gone: where they shall come back it does
      // not count.
      if (restoreBest || monitor.improves(monitor.of(epoch), best, minDelta)) {
        best = restoreBest ? best : monitor.of(epoch);
        bestEpoch = epoch.epoch();
      }
    }
  }

  @Override
  public void onEpochEnd(TrainingRun run, EpochRecord epoch) {
    double value = monitor.of(epoch);
    if (monitor.improves(value, best, minDelta)) {
      best = value;
      bestEpoch = epoch.epoch();
      if (restoreBest) {
        bestParameters = run.parameters();
      }
    } else if (epoch.epoch() - bestEpoch > patience) {
      run.stop(
          "early stopping: %s has not improved on %.4f since epoch %d"
              .formatted(monitor.label(), best, bestEpoch));
    }
  }

  @Override
  public void onTrainEnd(TrainingRun run, History history) {
    if (bestParameters != null) {
      run.parameters(bestParameters);
    }
  }
}
