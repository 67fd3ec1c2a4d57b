package dev.descent.train;

/// Told what happens while training. All methods are called on the thread that trains, so what they
/// take is lost to training.
public interface Callback {
  /// Before the first epoch.
  ///
  /// @param run the run that goes on
  default void onTrainBegin(TrainingRun run) {}

  /// Before each epoch.
  ///
  /// @param run the run that goes on
  /// @param epoch from 1
  default void onEpochBegin(TrainingRun run, int epoch) {}

  /// [#onBatchEnd] is called after this many more steps at the latest. The default leaves it to the
  /// trainer, which calls some thirty times a second; 1 means after each step, which costs speed on
  /// a GPU. Called after each [#onBatchEnd] again, and may change.
  ///
  /// @return the most steps, at least 1
  default int batchInterval() {
    return Integer.MAX_VALUE;
  }

  /// {@return whether the callback calls [TrainingRun#predict], for which the run's program needs
  /// steps of its own; false unless overridden}
  default boolean predicts() {
    return false;
  }

  /// After one or more steps, and after the last one of an epoch.
  ///
  /// @param run the run that goes on
  /// @param batch what the last steps brought
  default void onBatchEnd(TrainingRun run, BatchRecord batch) {}

  /// After each epoch, validation included.
  ///
  /// @param run the run that goes on
  /// @param epoch what the epoch brought
  default void onEpochEnd(TrainingRun run, EpochRecord epoch) {}

  /// When there is something that the user should know, in one line.
  ///
  /// @param run the run that goes on
  /// @param warning in one line
  default void onWarning(TrainingRun run, String warning) {}

  /// After the last epoch, or when training was stopped; not when it failed.
  ///
  /// @param run the run that goes on
  /// @param history of all epochs
  default void onTrainEnd(TrainingRun run, History history) {}
}
