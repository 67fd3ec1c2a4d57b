package dev.descent.train;

import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// What a training run left behind. That of a resumed run begins with what came before.
///
/// @param epochs one record for each finished epoch, in order
/// @param stopReason why training ended before its last epoch, or null if it did not
/// @param warnings what the user should know, a line each
/// @param stops where training was stopped and later resumed, in order
public record History(
    List<EpochRecord> epochs,
    @Nullable String stopReason,
    List<String> warnings,
    List<Stop> stops) {
  /// Copies the lists.
  public History {
    epochs = List.copyOf(epochs);
    warnings = List.copyOf(warnings);
    stops = List.copyOf(stops);
  }

  /// That of a run that was never resumed.
  ///
  /// @param epochs in order
  /// @param stopReason why training ended before its last epoch, or null
  /// @param warnings in the order in which they were given
  public History(List<EpochRecord> epochs, @Nullable String stopReason, List<String> warnings) {
    this(epochs, stopReason, warnings, List.of());
  }

  /// A place in training.
  ///
  /// @param epochs the epochs finished before it
  /// @param step the steps of the next epoch done before it
  /// @param steps the steps of an epoch
  public record Stop(int epochs, int step, int steps) {
    /// In epochs, with the fraction of the unfinished one.
    ///
    /// @return where the run stopped, in epochs, with the fraction of the unfinished one
    public double position() {
      return epochs + (double) step / steps;
    }
  }

  /// {@return the last finished epoch}
  ///
  /// @throws IllegalStateException if there is none
  public EpochRecord last() {
    if (epochs.isEmpty()) {
      throw new IllegalStateException("no epoch was finished");
    }
    return epochs.getLast();
  }

  /// {@return the epoch with the best value of a figure, the first among equals; empty where no
  /// epoch has one}
  ///
  /// @param monitor what tells the best
  public Optional<EpochRecord> best(Monitor monitor) {
    Comparator<EpochRecord> byValue = Comparator.comparingDouble(monitor::of);
    return epochs.stream()
        .filter(epoch -> !Double.isNaN(monitor.of(epoch)))
        .min(monitor.higherIsBetter() ? byValue.reversed() : byValue);
  }

  /// {@return where overfitting began: the epoch with the lowest validation loss, if validation
  /// loss rose from there while training loss went on falling, as the warning says that comes while
  /// training}
  public Optional<EpochRecord> overfitting() {
    var watch = new OverfittingWatch();
    for (EpochRecord epoch : epochs) {
      if (watch.next(epoch) != null) {
        return Optional.ofNullable(watch.best());
      }
    }
    return Optional.empty();
  }
}
