package dev.descent.internal.cpu.kernel;

import dev.descent.internal.RandomStream;
import java.util.function.IntToDoubleFunction;
import java.util.function.LongSupplier;

/// Finds the fastest of several kernels that give the same bits, by timing them in turns, so that
/// what disturbs one disturbs all. A choice that a busy machine spoilt costs only time.
public final class Race {
  /// The figures are settled when none has grown by this factor in so many rounds.
  private static final double GAIN = 1.02;

  private static final int SETTLED_ROUNDS = 40;

  /// One must be better than those before it in its list by this factor.
  private static final double CLEARLY = 1.03;

  private Race() {}

  /// The fastest; an earlier one where it is not clearly so, and the first where there was no time
  /// to tell.
  ///
  /// @param entrants how many there are, the likeliest first
  /// @param rate runs one of them, by its number, and says how fast it was
  /// @param nanoTime as [System#nanoTime]
  /// @param end when no further round begins
  public static int winner(
      int entrants, IntToDoubleFunction rate, LongSupplier nanoTime, long end) {
    // The best of each, as the machine can only ever make one slower.
    double[] rates = new double[entrants];
    int settled = 0;
    while (settled < SETTLED_ROUNDS && nanoTime.getAsLong() < end) {
      settled++;
      for (int i = 0; i < entrants; i++) {
        double now = rate.applyAsDouble(i);
        settled = now > GAIN * rates[i] ? 0 : settled;
        rates[i] = Math.max(rates[i], now);
      }
    }
    return settled < SETTLED_ROUNDS ? 0 : fastest(rates);
  }

  private static int fastest(double[] rates) {
    int best = 0;
    for (int i = 1; i < rates.length; i++) {
      if (rates[i] > CLEARLY * rates[best]) {
        best = i;
      }
    }
    return best;
  }

  /// Random numbers from -1 to 1: zeros would be multiplied at a higher clock than what is trained.
  public static float[] operand(int length) {
    var random = new RandomStream(0, 0, 0);
    float[] values = new float[length];
    for (int i = 0; i < length; i++) {
      values[i] = (float) random.nextDouble(-1, 1);
    }
    return values;
  }
}
