package dev.descent.internal.cpu;

import dev.descent.internal.cpu.step.CompiledStep;
import dev.descent.internal.cpu.step.LoneStep;
import dev.descent.internal.cpu.team.WorkerTeam;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/// Threads that help a single caller to predict. They do so only where it pays: for a model whose
/// weights take long to read, while no other thread predicts or trains, and where the call takes
/// much longer than to wake them, or follows so closely that they still spin. Whether they help
/// changes no bit.
final class Helpers implements AutoCloseable {
  /// Reading so many parameters takes several times as long as the barriers of a step.
  private static final int WORTH_IT = 100_000;

  /// The weights are read at the speed of the caches from two or four threads on.
  private static final int MOST = 4;

  /// So many products, 0.2 milliseconds and more on one core, are several times as long as it takes
  /// to wake the threads.
  private static final long WORTH_WAKING = 10_000_000;

  /// A call that follows within this time makes it likely that another does.
  private static final long CLOSELY_NANOS = 20_000;

  private final WorkerTeam trainers;
  private final AtomicInteger callers = new AtomicInteger();
  private volatile long lastEnd;
  private volatile @Nullable WorkerTeam team;
  private boolean closed;

  /// @param trainers who train
  Helpers(WorkerTeam trainers) {
    this.trainers = trainers;
    this.lastEnd = System.nanoTime() - CLOSELY_NANOS;
  }

  /// The team for a model; null where the caller works alone.
  synchronized @Nullable WorkerTeam team(int parameters) {
    int workers =
        Math.min(Math.min(MOST, trainers.workers()), Runtime.getRuntime().availableProcessors());
    if (closed || workers < 2 || parameters < WORTH_IT) {
      return null;
    }
    WorkerTeam current = team;
    if (current == null) {
      current = new WorkerTeam(workers);
      team = current;
    }
    return current;
  }

  /// Whether a step is so long that parked threads are woken for it.
  ///
  /// @param rows of the batch
  /// @param parameters of the model: about as many products a row
  static boolean isLong(int rows, int parameters) {
    return (long) rows * parameters >= WORTH_WAKING;
  }

  /// Runs a step, with help if it is at hand.
  ///
  /// @param shared the step for the team
  /// @param alone the same for the caller alone
  /// @param wakes whether the step [#isLong]
  void run(CompiledStep shared, LoneStep alone, boolean wakes) {
    try {
      boolean single = callers.getAndIncrement() == 0 && !trainers.isBusy();
      if (!single || !(wakes || isAwake()) || !shared.tryRun()) {
        alone.run();
      }
    } finally {
      callers.getAndDecrement();
      lastEnd = System.nanoTime();
      WorkerTeam current = team;
      if (current != null) {
        current.settle();
      }
    }
  }

  /// Waiting for parked threads would take longer than the work: they are woken for the next call.
  private boolean isAwake() {
    WorkerTeam current = team;
    if (current == null || current.isAwake()) {
      return current != null;
    }
    if (System.nanoTime() - lastEnd < CLOSELY_NANOS) {
      current.wake();
    }
    return false;
  }

  @Override
  public synchronized void close() {
    closed = true;
    WorkerTeam current = team;
    if (current != null) {
      current.close();
    }
  }
}
