package dev.descent.train;

import java.util.Locale;

/// Lowers the learning rate when a figure has stopped getting better. Names and defaults are
/// Keras'. Serves one run at a time.
public final class ReduceLearningRateOnPlateau implements Callback {
  private final Monitor monitor;
  private final double factor;
  private final int patience;
  private final double minDelta;
  private final int cooldown;
  private final double minRate;

  private double best;
  private int waited;
  private int cooling;
  private boolean warned;

  /// Watches the validation loss: after 10 epochs without one better by 0.0001, the learning rate
  /// becomes a tenth.
  public ReduceLearningRateOnPlateau() {
    this(Monitor.VAL_LOSS, 0.1, 10, 1e-4, 0, 0);
  }

  /// Makes a callback that lowers the learning rate.
  ///
  /// @param monitor what is watched
  /// @param factor what the learning rate is multiplied by, in (0, 1)
  /// @param patience after how many epochs without a better value
  /// @param minDelta by how much a value must be better to count
  /// @param cooldown how many epochs to wait after a change before counting again
  /// @param minRate the learning rate does not fall below this
  public ReduceLearningRateOnPlateau(
      Monitor monitor, double factor, int patience, double minDelta, int cooldown, double minRate) {
    if (!(factor > 0 && factor < 1)) {
      throw new IllegalArgumentException("factor " + factor + " is not in (0, 1)");
    }
    if (patience < 0 || cooldown < 0 || !(minDelta >= 0) || !(minRate >= 0)) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "patience %d, cooldown %d, min delta %s and min rate %s must be >= 0",
              patience,
              cooldown,
              minDelta,
              minRate));
    }
    this.monitor = monitor;
    this.factor = factor;
    this.patience = patience;
    this.minDelta = minDelta;
    this.cooldown = cooldown;
    this.minRate = minRate;
  }

  @Override
  public void onTrainBegin(TrainingRun run) {
    best = monitor.worst();
    waited = 0;
    cooling = 0;
    // The factor that came of them is part of the checkpoint.
    warned = false;
    run.epochs().stream().filter(epoch -> counts(run, epoch)).forEach(this::isTime);
  }

  @Override
  public void onEpochEnd(TrainingRun run, EpochRecord epoch) {
    if (counts(run, epoch) && isTime(epoch)) {
      lower(run);
    }
  }

  private boolean counts(TrainingRun run, EpochRecord epoch) {
    boolean measured = monitor.isMeasured(run, epoch);
    if (!measured && !warned) {
      warned = true;
      monitor.warnOfAbsence(run, "reduce learning rate");
    }
    return measured;
  }

  /// Takes the next epoch, and tells whether to lower the learning rate.
  private boolean isTime(EpochRecord epoch) {
    if (cooling > 0) {
      cooling--;
      waited = 0;
    }
    double value = monitor.of(epoch);
    if (monitor.improves(value, best, minDelta)) {
      best = value;
      waited = 0;
    } else if (cooling == 0 && ++waited >= patience) {
      cooling = cooldown;
      waited = 0;
      return true;
    }
    return false;
  }

  private void lower(TrainingRun run) {
    double base = run.settings().optimizer().learningRate();
    double lowest = minRate / base;
    if (run.rateFactor() > lowest) {
      run.rateFactor(Math.max(run.rateFactor() * factor, Math.max(lowest, Double.MIN_NORMAL)));
    }
  }
}
