package dev.descent.internal.cpu.team;

import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/// A fixed team of threads that runs one task at a time: the calling thread as worker 0 and daemon
/// threads `descent-cpu-1`, ... as the others. Waiting threads spin for some ten microseconds,
/// which is what makes a barrier cheap, then yield, then park, so that an idle team costs no core
/// and a machine with fewer cores than workers gets on.
public final class WorkerTeam implements AutoCloseable {
  /// What a team runs: every worker calls it once.
  public interface Task {
    void work(int worker);
  }

  /// Leaves a task at a barrier after another worker has failed.
  private static final class Aborted extends RuntimeException {
    private static final long serialVersionUID = 1L;

    @SuppressWarnings("StaticAssignmentOfThrowable") // it has no stack trace that could mislead
    private static final Aborted INSTANCE = new Aborted();

    private Aborted() {
      super("another worker failed", null, false, false);
    }
  }

  /// About 40 microseconds on a processor whose pause takes 140 cycles, 10 on others: a barrier
  /// within a step is passed in less, and a parked thread takes about as long to wake.
  private static final int SPINS = 1000;

  private static final int YIELDS = 100;
  private static final long NAP_NANOS = 50_000;

  private final int workers;
  private final int spins;
  private final Thread[] threads;
  private final AtomicBoolean busy = new AtomicBoolean();
  private final AtomicInteger arrived = new AtomicInteger();
  private final AtomicInteger running = new AtomicInteger();
  private final AtomicInteger parked = new AtomicInteger();
  private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
  private volatile int phase;
  private final AtomicInteger generation = new AtomicInteger();
  private volatile boolean expecting;
  private volatile boolean closed;
  private @Nullable Task task;

  /// @param workers at least 1; the caller is one of them
  public WorkerTeam(int workers) {
    this.workers = workers;
    this.spins = workers <= Runtime.getRuntime().availableProcessors() ? SPINS : 0;
    this.threads = new Thread[workers - 1];
    for (int i = 0; i < threads.length; i++) {
      int worker = i + 1;
      threads[i] = new Thread(() -> serve(worker), "descent-cpu-" + worker);
      threads[i].setDaemon(true);
      threads[i].start();
    }
  }

  public int workers() {
    return workers;
  }

  /// Runs a task on all workers and returns when all are done. Allocates nothing.
  ///
  /// @throws IllegalStateException if the team is closed, or at work for another thread
  /// @throws RuntimeException the first exception that a worker threw, all others having stopped
  public void run(Task newTask) {
    if (!tryRun(newTask)) {
      throw new IllegalStateException("this team works for another thread");
    }
  }

  /// [#run] unless the team is at work for another thread.
  ///
  /// @return whether the task was run
  public boolean tryRun(Task newTask) {
    if (!busy.compareAndSet(false, true)) {
      return false;
    }
    try {
      if (closed) {
        throw new IllegalStateException("this team is closed");
      }
      task = newTask;
      running.set(threads.length);
      generation.incrementAndGet();
      for (Thread thread : threads) {
        LockSupport.unpark(thread);
      }
      guard(newTask, 0);
      for (int waited = 0; running.get() > 0; waited++) {
        pause(waited);
      }
      task = null;
      Throwable thrown = failure.get();
      if (thrown != null) {
        failure.set(null);
        arrived.set(0);
        throw rethrow(thrown);
      }
      return true;
    } finally {
      busy.set(false);
    }
  }

  /// Whether the team is at work.
  public boolean isBusy() {
    return busy.get();
  }

  /// Whether no worker has parked: a task would start at once on all of them.
  public boolean isAwake() {
    return parked.get() == 0;
  }

  /// Wakes all workers for a task that is likely to come: they spin, and go on to for some time
  /// after [#settle].
  public void wake() {
    expecting = true;
    for (Thread thread : threads) {
      LockSupport.unpark(thread);
    }
  }

  /// Ends what [#wake] began.
  public void settle() {
    expecting = false;
  }

  /// Waits, within a task, until all workers have come here. What they wrote before is visible to
  /// all afterwards.
  public void barrier() {
    meet(null);
  }

  /// The same; the last worker to come does something before any goes on.
  public void barrier(Runnable meanwhile) {
    meet(meanwhile);
  }

  private void meet(@Nullable Runnable meanwhile) {
    int now = phase;
    if (arrived.incrementAndGet() == workers) {
      arrived.set(0);
      if (meanwhile != null) {
        meanwhile.run();
      }
      phase = now + 1;
      return;
    }
    for (int waited = 0; phase == now; waited++) {
      if (failure.get() != null) {
        throw Aborted.INSTANCE;
      }
      pause(waited);
    }
  }

  private void serve(int worker) {
    int seen = 0;
    while (true) {
      for (int waited = 0; generation.get() == seen; waited++) {
        if (closed) {
          return;
        }
        if (waited < spins) {
          Thread.onSpinWait();
          waited = expecting ? 0 : waited;
        } else {
          parked.incrementAndGet();
          LockSupport.park(this);
          parked.decrementAndGet();
          waited = 0;
        }
      }
      seen = generation.get();
      Task mine = task;
      if (mine != null) {
        guard(mine, worker);
      }
      running.decrementAndGet();
    }
  }

  private void guard(Task mine, int worker) {
    try {
      mine.work(worker);
    } catch (Aborted e) {
      // The failure that caused this is already recorded.
    } catch (Throwable e) {
      failure.compareAndSet(null, e);
    }
  }

  @SuppressWarnings("ThreadPriorityCheck") // others may need the core more, whoever they are
  private void pause(int waited) {
    if (waited < spins) {
      Thread.onSpinWait();
    } else if (waited < spins + YIELDS) {
      Thread.yield();
    } else {
      LockSupport.parkNanos(this, NAP_NANOS);
    }
  }

  private static RuntimeException rethrow(Throwable thrown) {
    return switch (thrown) {
      case RuntimeException e -> e;
      case Error e -> throw e;
      default -> new IllegalStateException(thrown);
    };
  }

  /// Stops the threads, after the task that they are at, if any. Idempotent.
  @Override
  public void close() {
    while (!busy.compareAndSet(false, true)) {
      LockSupport.parkNanos(this, NAP_NANOS);
    }
    closed = true;
    busy.set(false);
    for (Thread thread : threads) {
      LockSupport.unpark(thread);
    }
  }
}
