package dev.descent.internal.cpu.step;

import java.util.List;

/// A part of a compiled step that all workers run together, each on its own share of the output.
///
/// A stage allocates nothing when it runs, and each element that it writes is computed by one
/// worker in an order that does not depend on the number of workers.
interface Stage {
  /// Does one worker's share.
  ///
  /// @param worker 0 to workers - 1
  void run(int worker, int workers);

  /// [#run] where the step is run once more right afterwards: what only the next repetition
  /// overwrites, before anybody has read it, need not be written.
  default void runAmidRepetitions(int worker, int workers) {
    run(worker, workers);
  }

  /// Whether all of it is the first worker's and soon done: between two barriers it is done at the
  /// first, so that the second is spared.
  default boolean isBrief() {
    return false;
  }

  /// One line for `descent explain`.
  String describe();

  /// All lines for `descent explain`.
  default List<String> explain() {
    return List.of(describe());
  }
}
