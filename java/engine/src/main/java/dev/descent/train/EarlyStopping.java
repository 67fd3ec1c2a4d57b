package dev.descent.train;

import java.util.List;
import java.util.Locale;

/// Stops when a figure has stopped getting better: names, defaults and counting are Keras'. Serves
/// one run at a time. In a resumed run the epochs before count, and the parameters of the best of
/// them are in its checkpoint.
public final class EarlyStopping implements Callback {
  private final Monitor monitor;
  private final int patience;
  private final double minDelta;
  private final boolean restoreBest;
  private double baseline = Double.NaN;
  private int startFromEpoch;

  private double best;
  private int bestEpoch;
  private int waited;
  private boolean due;
  private boolean warned;

  /// Watches the validation loss, and keeps the last parameters.
  ///
  /// @param patience after how many epochs without a better value training stops
  public EarlyStopping(int patience) {
    this(Monitor.VAL_LOSS, patience, 0, false);
  }

  /// Makes a callback that stops training.
  ///
  /// @param monitor what is watched
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

  /// A value that the figure must be better than, beside its best so far, for the count to begin
  /// again: training stops if it does not get there within the patience. NaN, which is what it is
  /// unless set, for none.
  ///
  /// @param value of the monitor
  /// @return this
  public EarlyStopping baseline(double value) {
    this.baseline = value;
    return this;
  }

  /// How many epochs pass before the first that counts; 0 unless set.
  ///
  /// @param epochs from the start of training
  /// @return this
  public EarlyStopping startFromEpoch(int epochs) {
    if (epochs < 0) {
      throw new IllegalArgumentException("start from epoch " + epochs + "; must be >= 0");
    }
    this.startFromEpoch = epochs;
    return this;
  }

  @Override
  public void onTrainBegin(TrainingRun run) {
    best = monitor.worst();
    bestEpoch = 0;
    waited = 0;
    due = false;
    warned = false;
    List<EpochRecord> before = run.epochs();
    before.stream().filter(epoch -> counts(run, epoch)).forEach(this::count);
    if (before.isEmpty()) {
      return;
    }
    stopIfDue(run);
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
    return kept != null && kept.epoch() == (bestEpoch == 0 ? startFromEpoch + 1 : bestEpoch);
  }

  @Override
  public void onEpochEnd(TrainingRun run, EpochRecord epoch) {
    if (!counts(run, epoch)) {
      return;
    }
    boolean better = count(epoch);
    // Keras: where no epoch has a value that counts, the first is the best.
    if (restoreBest && (better || run.best() == null)) {
      keep(run, epoch.epoch());
    }
    stopIfDue(run);
  }

  private boolean counts(TrainingRun run, EpochRecord epoch) {
    boolean measured = monitor.isMeasured(run, epoch);
    if (!measured && !warned) {
      warned = true;
      monitor.warnOfAbsence(run, "early stopping");
    }
    return measured && epoch.epoch() > startFromEpoch;
  }

  /// Takes the next epoch, and tells whether it is the best so far.
  private boolean count(EpochRecord epoch) {
    double value = monitor.of(epoch);
    boolean better = monitor.improves(value, best, minDelta);
    boolean reached = Double.isNaN(baseline) || monitor.improves(value, baseline, minDelta);
    waited = better && reached ? 0 : waited + 1;
    if (better) {
      best = value;
      bestEpoch = epoch.epoch();
    }
    // With a patience of 0 the first epoch that is no better ends training, but never the first of
    // all.
    due = !better && waited >= patience && epoch.epoch() > 1;
    return better;
  }

  private void stopIfDue(TrainingRun run) {
    if (due) {
      boolean reached = Double.isNaN(baseline) || monitor.improves(best, baseline, minDelta);
      run.stop(
          reached
              ? String.format(
                  Locale.ROOT,
                  "early stopping: %s has not improved on %.4f since epoch %d",
                  monitor.label(),
                  best,
                  bestEpoch)
              : String.format(
                  Locale.ROOT,
                  "early stopping: %s has not reached the baseline of %.4f",
                  monitor.label(),
                  baseline));
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
