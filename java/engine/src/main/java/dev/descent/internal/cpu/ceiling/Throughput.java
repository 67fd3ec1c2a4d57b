package dev.descent.internal.cpu.ceiling;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/// How much several threads get done together. They start at once and the time runs from the first
/// start to the last end, so that what threads take from each other (hyper-threads share a core's
/// arithmetic, all share the memory) is in the figure.
final class Throughput {
  /// So many times is measured, of which the best counts: what else the machine does can only
  /// disturb.
  private static final int WINDOWS = 10;

  private static final double MOST_WARM_SECONDS = 10;

  /// The rate is steady when no window was better than an earlier one by this.
  private static final double GAIN = 1.02;

  private static final double NANO = 1e-9;

  /// What each thread does again and again; some ten microseconds of work, so that a window ends in
  /// time.
  @FunctionalInterface
  interface Work {
    /// Does some work.
    ///
    /// @param worker which of the threads this is, from 0
    /// @return how much was done
    double unit(int worker);
  }

  private record Share(long start, long end, double amount) {}

  private Throughput() {}

  /// Measures.
  ///
  /// @param threads at least 1
  /// @param seconds how long to measure, once the work is warm
  /// @param warmSeconds the work is warm when it has become no faster for so long
  /// @return the amount a second that all threads did together
  static double best(int threads, double seconds, double warmSeconds, Work work) {
    ExecutorService pool = Executors.newFixedThreadPool(threads, Throughput::thread);
    try {
      warm(pool, threads, warmSeconds, work);
      double[] rates = new double[WINDOWS];
      for (int i = 0; i < WINDOWS; i++) {
        rates[i] = window(pool, threads, seconds / WINDOWS, work);
      }
      return Arrays.stream(rates).max().orElseThrow();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while measuring", e);
    } catch (ExecutionException e) {
      throw new IllegalStateException(e.getCause());
    } finally {
      // Those that wait for a thread that could not be started go too.
      pool.shutdownNow();
    }
  }

  private static void warm(ExecutorService pool, int threads, double warmSeconds, Work work)
      throws InterruptedException, ExecutionException {
    double window = warmSeconds / WINDOWS;
    double best = 0;
    double steady = 0;
    for (double spent = 0; spent < MOST_WARM_SECONDS && steady < warmSeconds; spent += window) {
      double rate = window(pool, threads, window, work);
      steady = rate > GAIN * best ? 0 : steady + window;
      best = Math.max(best, rate);
    }
  }

  private static Thread thread(Runnable work) {
    var thread = new Thread(work, "descent-ceiling");
    thread.setDaemon(true);
    return thread;
  }

  private static double window(ExecutorService pool, int threads, double seconds, Work work)
      throws InterruptedException, ExecutionException {
    var together = new CyclicBarrier(threads);
    List<Callable<Share>> tasks = new ArrayList<>();
    for (int i = 0; i < threads; i++) {
      int worker = i;
      tasks.add(() -> {
        together.await();
        return share(worker, seconds, work);
      });
    }
    long start = Long.MAX_VALUE;
    long end = Long.MIN_VALUE;
    double amount = 0;
    for (Future<Share> task : pool.invokeAll(tasks)) {
      Share share = task.get();
      start = Math.min(start, share.start());
      end = Math.max(end, share.end());
      amount += share.amount();
    }
    return amount / ((end - start) * NANO);
  }

  private static Share share(int worker, double seconds, Work work) {
    long start = System.nanoTime();
    double amount = 0;
    long end;
    do {
      amount += work.unit(worker);
      end = System.nanoTime();
    } while ((end - start) * NANO < seconds);
    return new Share(start, end, amount);
  }
}
