package dev.descent.train;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// Notices when validation loss turns up while training loss still falls. Warns once a run.
final class OverfittingWatch {
  /// A rise by less than this share may be noise.
  private static final double RISE = 0.02;

  /// So many epochs in a row must show it.
  private static final int EPOCHS = 2;

  private @Nullable EpochRecord best;
  private int risen;
  private boolean warned;

  /// The epoch with the lowest validation loss so far.
  @Nullable EpochRecord best() {
    return best;
  }

  /// Takes the next epoch, and returns a warning if it is time for one.
  @Nullable String next(EpochRecord epoch) {
    EpochRecord lowest = best;
    if (lowest == null || epoch.valLoss() < lowest.valLoss()) {
      best = epoch;
      risen = 0;
      return null;
    }
    boolean apart = epoch.valLoss() > lowest.valLoss() * (1 + RISE) && epoch.loss() < lowest.loss();
    risen = apart ? risen + 1 : 0;
    if (warned || risen < EPOCHS) {
      return null;
    }
    warned = true;
    return String.format(
        Locale.ROOT,
        "overfitting: validation loss rose from %.4f (epoch %d) to %.4f (epoch %d) while"
            + " training loss fell from %.4f to %.4f",
        lowest.valLoss(),
        lowest.epoch(),
        epoch.valLoss(),
        epoch.epoch(),
        lowest.loss(),
        epoch.loss());
  }
}
