package dev.descent.internal.cpu.team;

import dev.descent.internal.cpu.kernel.Split;
import java.util.concurrent.atomic.AtomicLongArray;

/// Hands out the units of a stage's work. Each worker takes those of its own share first, so that
/// it meets the same part of the data in every step, and then what others have left: a worker that
/// is late, because the machine has other work too, does not hold up the rest.
///
/// Reused without being reset: a counter belongs to a generation, one for each time that the stage
/// runs.
public final class WorkQueue {
  /// Counters of different workers lie on different pairs of cache lines.
  private static final int STRIDE = 16;

  private static final int GENERATION_SHIFT = 32;

  private final int units;
  private final int workers;
  private final int[] generations;
  private final AtomicLongArray next;

  public WorkQueue(int units, int workers) {
    this.units = units;
    this.workers = workers;
    this.generations = new int[workers * STRIDE];
    this.next = new AtomicLongArray(workers * STRIDE);
  }

  /// To be called by each worker before its first [#next] in a run of the stage. All workers have
  /// then finished the run before.
  public void begin(int worker) {
    generations[worker * STRIDE]++;
  }

  /// A unit that no other worker has got, or -1 if there is none left.
  public int next(int worker) {
    int generation = generations[worker * STRIDE];
    for (int i = 0; i < workers; i++) {
      int unit = claim((worker + i) % workers, generation);
      if (unit >= 0) {
        return unit;
      }
    }
    return -1;
  }

  private int claim(int owner, int generation) {
    int first = Split.start(units, owner, workers);
    int count = Split.start(units, owner + 1, workers) - first;
    int index = owner * STRIDE;
    while (true) {
      long seen = next.get(index);
      boolean current = (int) (seen >>> GENERATION_SHIFT) == generation;
      int taken = current ? (int) seen : 0;
      if (taken >= count) {
        return -1;
      }
      long claimed = ((long) generation << GENERATION_SHIFT) | (taken + 1);
      if (next.compareAndSet(index, seen, claimed)) {
        return first + taken;
      }
    }
  }
}
