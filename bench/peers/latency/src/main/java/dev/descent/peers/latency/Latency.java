package dev.descent.peers.latency;

import com.sun.management.ThreadMXBean;
import dev.descent.model.Model;
import dev.descent.program.Activation;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/// Measures one side: the time of each call, for some numbers of clients, which call as fast as
/// they can, and of rows. Prints a line of a Markdown table for each.
///
/// Arguments: side, widths of the layers, threads, clients, rows, seconds; lists have commas.
public final class Latency {
  private static final int MOST_CALLS = 5_000_000;
  private static final long SEED = 1;

  private Latency() {}

  /// What a client saw: the time of each call, ascending, and the bytes that a call allocates.
  private record Seen(long[] nanos, double bytes) {}

  public static void main(String[] args) throws Exception {
    String side = args[0];
    int[] widths = numbers(args[1]);
    int threads = Integer.parseInt(args[2]);
    double seconds = Double.parseDouble(args[5]);
    Model.Builder builder = Model.sequential(widths[0]);
    for (int i = 1; i < widths.length - 1; i++) {
      builder.dense(widths[i], Activation.RELU);
    }
    Model model = builder.dense(widths[widths.length - 1]).build(SEED);
    try (Side opened = Side.of(side, model, threads)) {
      for (int clients : numbers(args[3])) {
        for (int rows : numbers(args[4])) {
          measure(opened, model, clients, rows, seconds / 2);
          Seen seen = measure(opened, model, clients, rows, seconds);
          print(args[1].replace(',', '-'), side, threads, clients, rows, seen);
        }
      }
    }
  }

  private static int[] numbers(String list) {
    return Arrays.stream(list.split(",")).mapToInt(Integer::parseInt).toArray();
  }

  private static Seen measure(Side side, Model model, int clients, int rows, double seconds)
      throws Exception {
    var start = new CyclicBarrier(clients);
    List<Callable<Seen>> tasks = new ArrayList<>();
    for (int i = 0; i < clients; i++) {
      tasks.add(() -> ask(side, model, rows, start, seconds));
    }
    List<Seen> all = new ArrayList<>();
    try (ExecutorService pool = Executors.newFixedThreadPool(clients)) {
      for (Future<Seen> future : pool.invokeAll(tasks)) {
        all.add(future.get());
      }
    }
    long[] nanos = all.stream().flatMapToLong(s -> Arrays.stream(s.nanos)).sorted().toArray();
    return new Seen(nanos, all.stream().mapToDouble(Seen::bytes).average().orElseThrow());
  }

  private static Seen ask(Side side, Model model, int rows, CyclicBarrier start, double seconds)
      throws Exception {
    var random = new SplittableRandom(SEED);
    float[] samples = new float[rows * model.inputs()];
    for (int i = 0; i < samples.length; i++) {
      samples[i] = (float) random.nextDouble();
    }
    float[] outputs = new float[rows * model.outputs()];
    long[] nanos = new long[MOST_CALLS];
    var bean = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    try (Side.Client client = side.client(rows)) {
      start.await();
      long bytes = bean.getCurrentThreadAllocatedBytes();
      int calls = 0;
      long begin = System.nanoTime();
      long end = begin + (long) (seconds * 1e9);
      long now = begin;
      while (now < end && calls < MOST_CALLS) {
        client.predict(samples, outputs);
        long then = System.nanoTime();
        nanos[calls++] = then - now;
        now = then;
      }
      bytes = bean.getCurrentThreadAllocatedBytes() - bytes;
      return new Seen(Arrays.copyOf(nanos, calls), (double) bytes / calls);
    }
  }

  @SuppressWarnings("SystemOut") // a program's output
  private static void print(
      String model, String side, int threads, int clients, int rows, Seen seen) {
    System.out.printf(
        Locale.ROOT,
        "| %s | %s | %d | %d | %d | %.2f | %.2f | %.2f | %.0f | %,d |%n",
        model,
        side,
        threads,
        clients,
        rows,
        at(seen.nanos, 0.5),
        at(seen.nanos, 0.99),
        at(seen.nanos, 0.999),
        seen.bytes,
        seen.nanos.length);
  }

  /// A percentile in microseconds.
  private static double at(long[] sorted, double share) {
    return sorted[(int) Math.min(sorted.length - 1, sorted.length * share)] / 1e3;
  }
}
