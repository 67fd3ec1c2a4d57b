package dev.descent.internal.cpu.ceiling;

import java.util.Arrays;
import java.util.function.LongSupplier;

/// The processor's clock, by the time that a chain of multiplications takes, each of which waits
/// for the one before it. Read right after other work, it is the clock at which that ran:
/// processors by Intel lower it for vectors and raise it again a millisecond later.
///
/// Used by one thread at a time.
public final class Clock {
  /// The latency of a multiplication of whole numbers, on all processors for x86-64 by Intel since
  /// 2008 and by AMD since 2017 (Fog, Instruction tables).
  static final int CYCLES = 3;

  /// Some eight microseconds: in much less the steps of the system's clock would show.
  static final int MULTIPLICATIONS = 10_000;

  /// The last so many readings count.
  private static final int READINGS = 101;

  /// The compiler has the chain when it has become no faster for so long.
  private static final long STEADY_NANOS = 50_000_000;

  private static final long MOST_WARM_NANOS = 1_000_000_000;
  private static final double GAIN = 1.02;
  private static final double GIGA = 1e9;

  private final LongSupplier nanoTime;
  private final double[] readings = new double[READINGS];
  private int count;
  private int number = 3;

  /// @param nanoTime as [System#nanoTime]
  public Clock(LongSupplier nanoTime) {
    this.nanoTime = nanoTime;
  }

  /// Whether this processor's multiplications are known to take the cycles that are counted.
  public static boolean isKnown() {
    return System.getProperty("os.arch", "").equals("amd64");
  }

  /// Runs the chain until the compiler has it.
  public void warm() {
    double best = 0;
    long begin = nanoTime.getAsLong();
    long since = begin;
    long now = begin;
    while (now - since < STEADY_NANOS && now - begin < MOST_WARM_NANOS) {
      double reading = reading();
      now = nanoTime.getAsLong();
      if (reading > GAIN * best) {
        best = reading;
        since = now;
      }
    }
  }

  /// Takes a reading.
  public void read() {
    readings[count++ % READINGS] = reading();
  }

  private double reading() {
    long start = nanoTime.getAsLong();
    number = chain(number);
    long nanos = nanoTime.getAsLong() - start;
    return GIGA * CYCLES * MULTIPLICATIONS / Math.max(1, nanos);
  }

  /// Squares: of a product with a constant, the compiler would put several together.
  private static int chain(int first) {
    int x = first;
    for (int i = 0; i < MULTIPLICATIONS; i++) {
      x *= x;
    }
    return x;
  }

  /// The median of the last readings, which begin anew.
  ///
  /// @return cycles a second; NaN where none was taken
  public double hertz() {
    double[] sorted = Arrays.copyOf(readings, Math.min(count, READINGS));
    Arrays.sort(sorted);
    count = 0;
    return sorted.length == 0 ? Double.NaN : sorted[sorted.length / 2];
  }
}
