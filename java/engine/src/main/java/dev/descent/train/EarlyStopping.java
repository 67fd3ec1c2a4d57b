package dev.descent.train;

import java.util.List;

/// Stops when a figure has stopped getting better: names, defaults and counting are Keras'. Serves one
/// run at a time. In a resumed run the epochs before count, and the parameters of the best of them are
/// in its checkpoint.
public final class EarlyStopping implements Callback {
  private final Monitor monitor;
  private final int patience;
  private final double minDelta;
  private final boolean restoreBest;

  private double best;
  private int bestEpoch;
  private int waited;

  /// Watches the validation loss, and keeps the last parameters.
  ///
  /// @param patience after how many epochs without a better value training stops
  public EarlyStopping(int patience) {
    this(Monitor.VAL_LOSS, patience, 0, false);
  }

  /// @param patience after how many epochs without a better value training stops
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
    waited = 0;
    List<EpochRecord> before = run.epochs();
    before.forEach(this::count);
    if (before.isEmpty()) {
      return;
    }
    stopIfDue(run, before.size());
    if (restoreBest && !knowsBest(run)) {
      if (bestEpoch == before.size() && run.stops().getLast().step() == 0) {
        keep(run, bestEpoch);
      } else {
        // The parameters of that epoch are gone: where they are to be restored it does not count.
        best = monitor.worst();
        run.best(null);
      }
    }
  }

  private boolean knowsBest(TrainingRun run) {
    Checkpoint.Best kept = run.best();
    return kept != null && kept.epoch() == Math.max(1, bestEpoch);
  }

  @Override
  public void onEpochEnd(TrainingRun run, EpochRecord epoch) {
    boolean better = count(epoch);
    // Keras: where no epoch has a value that counts, the first is the best.
    if (restoreBest && (better || run.best() == null)) {
      keep(run, epoch.epoch());
    }
    stopIfDue(run, epoch.epoch());
  }

  /// Takes the next epoch, and tells whether it is the best so far.
  private boolean count(EpochRecord epoch) {
    double value = monitor.of(epoch);
    boolean better = monitor.improves(value, best, minDelta);
    waited = better ? 0 : waited + 1;
    if (better) {
      best = value;
      bestEpoch = epoch.epoch();
    }
    return better;
  }

  private void stopIfDue(TrainingRun run, int epoch) {
    // With a patience of 0 the first epoch that is no better ends training, but never the first of
    // all.
    if (waited >= Math.max(1, patience) && epoch > 1) {
      run.stop(
          "early stopping: %s has not improved on %.4f since epoch %d"
              .formatted(monitor.label(), best, bestEpoch));
    }
  }

  private static void keep(TrainingRun run, int epoch) {
    run.best(new Checkpoint.Best(epoch, run.parameters()));
  }

  @Override
  public void onTrainEnd(TrainingRun run, History history) {
    Checkpoint.Best kept = run.best();
    if (restoreBest && kept != null) {
      run.parameters(kept.parameters());
    }
  }
}
