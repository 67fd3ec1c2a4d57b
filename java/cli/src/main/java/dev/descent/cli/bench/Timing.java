package dev.descent.cli.bench;

import java.util.Arrays;
import java.util.function.IntConsumer;
import java.util.function.LongSupplier;

/// How long a piece of work takes: the median of several repeats, and how far they spread.
///
/// @param median seconds of one run of the work
/// @param fastest seconds of one run in the fastest repeat
/// @param slowest seconds of one run in the slowest repeat
/// @param repeats how many there were
public record Timing(double median, double fastest, double slowest, int repeats) {
  private static final int MOST_REPEATS = 9;

  /// Where a single run takes longer than the time that was meant for all.
  private static final int LEAST_REPEATS = 3;

  /// The work is warm when it has become no faster than by this.
  private static final double GAIN = 1.03;

  /// So many times as long as the repeats the work may take to become warm.
  private static final double MOST_WARM = 8;

  private static final double NANO = 1e-9;

  /// Measures, once the work is compiled and the caches are warm.
  ///
  /// @param clock as [System#nanoTime]
  /// @param seconds how long the repeats take together, about
  /// @param mostTimes the most that `work` can do in a row
  /// @param work is given how many times it is to run
  /// @param afterwards runs after each repeat, and takes no time that counts
  public static Timing measure(
      LongSupplier clock, double seconds, int mostTimes, IntConsumer work, Runnable afterwards) {
    int times = warm(clock, seconds, mostTimes, work);
    double[] each = new double[MOST_REPEATS];
    int repeats = 0;
    double spent = 0;
    while (repeats < MOST_REPEATS && (repeats < LEAST_REPEATS || spent < 2 * seconds)) {
      double taken = time(clock, times, work);
      afterwards.run();
      spent += taken;
      each[repeats++] = taken / times;
    }
    return of(Arrays.copyOf(each, repeats));
  }

  /// The repeats' summary.
  ///
  /// @param each seconds of one run in each repeat, at least one; not modified
  static Timing of(double[] each) {
    double[] sorted = each.clone();
    Arrays.sort(sorted);
    int n = sorted.length;
    double median = (sorted[(n - 1) / 2] + sorted[n / 2]) / 2;
    return new Timing(median, sorted[0], sorted[n - 1], n);
  }

  /// Runs the work, ever more often in a row, until it has become no faster for as long as the
  /// repeats take.
  ///
  /// @return how often in a row makes a repeat of the wanted length
  private static int warm(LongSupplier clock, double seconds, int mostTimes, IntConsumer work) {
    double wanted = seconds / MOST_REPEATS;
    int times = 1;
    double best = Double.POSITIVE_INFINITY;
    double spent = 0;
    double steady = 0;
    while (steady < seconds && spent < MOST_WARM * seconds) {
      double taken = time(clock, times, work);
      spent += taken;
      steady = taken / times < best / GAIN ? 0 : steady + taken;
      best = Math.min(best, taken / times);
      // What was cold took longer than the next will, so that the number grows to the end.
      double fitting = times * (wanted / Math.max(taken, NANO));
      times = (int) Math.clamp(fitting, 1, Math.min(mostTimes, 2.0 * times));
    }
    return times;
  }

  private static double time(LongSupplier clock, int times, IntConsumer work) {
    long start = clock.getAsLong();
    work.accept(times);
    return (clock.getAsLong() - start) * NANO;
  }
}
