package dev.descent.internal.cpu.ceiling;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.DoubleSupplier;

/// What this machine can do at best, measured: what benchmarks hold their figures against.
public final class Ceiling {
  /// Much more than second-level caches hold, for source and target each.
  private static final int COPIED_BYTES = 64 << 20;

  /// Bytes that are copied between two looks at the clock.
  private static final int COPIED_AT_ONCE = 1 << 18;

  /// The compiler needs up to a second for a loop, on a busy machine more; until then a loop of
  /// vectors runs at a thousandth of its speed, which must never be taken for a ceiling.
  private static final double COMPILED_AFTER = 1;

  /// A copy is compiled from the start; the memory must have been touched.
  private static final double PAGED_AFTER = 0.1;

  /// The best rate per thread of each loop that has been measured, and so compiled.
  private static final Map<Class<?>, Double> MEASURED = new ConcurrentHashMap<>();

  /// A rate below this share of an earlier one means that the JVM has deoptimized the loop.
  private static final double DEOPTIMIZED = 1.0 / 8;

  private Ceiling() {}

  /// How much several threads get done of what needs nothing but registers.
  ///
  /// @param loop the class that the unit runs code of; the compiler is waited for once for each
  /// @param threads that work at the same time, at least 1
  /// @param seconds how long to measure
  /// @param unit does some ten microseconds of work, on several threads at once, and says how much
  /// @return the amount a second of all threads together
  public static double rate(Class<?> loop, int threads, double seconds, DoubleSupplier unit) {
    Throughput.Work work = worker -> unit.getAsDouble();
    Double earlier = MEASURED.get(loop);
    double rate = earlier == null ? 0 : Throughput.best(threads, seconds, PAGED_AFTER, work);
    if (earlier == null || rate < DEOPTIMIZED * earlier * threads) {
      rate = Throughput.best(threads, seconds, COMPILED_AFTER, work);
    }
    MEASURED.merge(loop, rate / threads, Math::max);
    return rate;
  }

  /// The clock while several threads do such work, which the compiler has.
  ///
  /// @param threads that work at the same time, at least 1
  /// @param seconds how long to measure
  /// @param unit as above
  /// @return cycles a second; NaN where it is not known how to measure it
  public static double clock(int threads, double seconds, DoubleSupplier unit) {
    if (!Clock.isKnown()) {
      return Double.NaN;
    }
    var clock = new Clock(System::nanoTime);
    clock.warm();
    Throughput.best(
        threads,
        seconds,
        PAGED_AFTER,
        worker -> {
          double amount = unit.getAsDouble();
          if (worker == 0) {
            clock.read();
          }
          return amount;
        });
    return clock.hertz();
  }

  /// Copies within the memory, of arrays too large for second-level caches.
  ///
  /// @param threads that work at the same time, at least 1
  /// @param seconds how long to measure
  /// @return bytes read and bytes written a second, of all threads together
  public static double copies(int threads, double seconds) {
    byte[] source = new byte[COPIED_BYTES];
    byte[] target = new byte[COPIED_BYTES];
    int part = COPIED_BYTES / threads;
    int length = Math.min(part, COPIED_AT_ONCE);
    int[] done = new int[threads];
    return Throughput.best(
        threads,
        seconds,
        PAGED_AFTER,
        worker -> {
          int offset = worker * part + done[worker];
          System.arraycopy(source, offset, target, offset, length);
          done[worker] = done[worker] + 2 * length > part ? 0 : done[worker] + length;
          return 2.0 * length;
        });
  }
}
