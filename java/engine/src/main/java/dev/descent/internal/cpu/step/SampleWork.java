package dev.descent.internal.cpu.step;

import org.jspecify.annotations.Nullable;

/// What is done to each sample of a batch by itself. A [SampleStage] does several such one after
/// the other, so that what one leaves of a sample the next finds in the cache.
interface SampleWork {
  /// Called for each worker before its first sample, when all that is read besides the samples is
  /// there.
  default void begin(int worker) {}

  /// Does it to some samples, of one group if sums are made.
  ///
  /// @param worker whose scratch memory is used
  /// @param from the first sample
  /// @param to behind the last one
  void run(int worker, int from, int to);

  /// [#run] where the step is run once more right afterwards.
  default void runAmidRepetitions(int worker, int from, int to) {
    run(worker, from, to);
  }

  /// The groups over which sums are made, or null if none are: one worker takes all samples of a
  /// group, in their order.
  default @Nullable SampleGroups sums() {
    return null;
  }

  /// One line for `descent explain`.
  String describe();
}
