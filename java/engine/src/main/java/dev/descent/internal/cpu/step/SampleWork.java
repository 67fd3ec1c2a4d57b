package dev.descent.internal.cpu.step;

/// What is done to each sample of a batch by itself. A [SampleStage] does several such one after
/// the other, so that what one leaves of a sample the next finds in the cache.
interface SampleWork {
  /// Called for each worker before its first sample, when all that is read besides the samples is
  /// there.
  default void begin(int worker) {}

  /// Does it to some samples of one of the [SampleGroups].
  ///
  /// @param worker whose scratch memory is used
  /// @param from the first sample
  /// @param to behind the last one
  void run(int worker, int from, int to);

  /// Whether sums over the samples of a group are made: one worker then takes them all, in their
  /// order.
  default boolean isSum() {
    return false;
  }

  /// One line for `descent explain`.
  String describe();
}
