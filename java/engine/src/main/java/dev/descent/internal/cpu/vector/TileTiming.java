package dev.descent.internal.cpu.vector;

import dev.descent.internal.RandomStream;
import dev.descent.internal.cpu.kernel.MatMulPlan;
import dev.descent.internal.cpu.kernel.WarmUp;
import dev.descent.internal.cpu.kernel.Workspace;
import java.util.Arrays;
import java.util.List;

/// Finds by a short timing which tiles are the fastest here. It depends on the processor's vectors
/// and registers and on how the compiler translates each loop, so it can't be told from the
/// outside: of the same kind of tile one size may reach the peak and the next one half of it.
///
/// All tiles give the same bits, so a choice that a busy machine spoilt costs only time.
final class TileTiming {
  /// The products that a sum adds up: the tile's a and b stay in the first-level cache.
  private static final int COUNT = 192;

  /// Enough for two tiles to be compiled on a busy machine, and for the timing.
  private static final long LIMIT_NANOS = 1_000_000_000;

  /// The figures are settled when none has grown by this factor in so many rounds.
  private static final double GAIN = 1.02;

  private static final int SETTLED_ROUNDS = 40;

  /// A tile must be better than those before it in its list by this factor.
  private static final double CLEARLY = 1.03;

  private TileTiming() {}

  /// The fastest of a list for panels of `vectors` vectors; the first where none is clearly better,
  /// or where the compiler was not done in time.
  static TileChoice fastest(List<TileChoice> choices, int vectors) {
    double[] rates = rates(choices, vectors);
    if (!compiled(rates)) {
      return choices.getFirst();
    }
    int best = 0;
    for (int i = 1; i < rates.length; i++) {
      if (rates[i] > CLEARLY * rates[best]) {
        best = i;
      }
    }
    return choices.get(best);
  }

  /// In turns, so that what disturbs one disturbs all.
  private static double[] rates(List<TileChoice> choices, int vectors) {
    int width = vectors * VectorConstants.LANES;
    float[] a = random(COUNT * MatMulPlan.GROUP + Workspace.LEAD);
    float[] b = random(COUNT * width + Workspace.LEAD);
    float[] c = new float[MatMulPlan.GROUP * width + Workspace.LEAD];
    double[] rates = new double[choices.size()];
    long end = System.nanoTime() + LIMIT_NANOS;
    while (!compiled(rates) && System.nanoTime() < end) {
      for (int i = 0; i < rates.length; i++) {
        rates[i] = rate(choices.get(i), vectors, WarmUp.COUNT, a, b, c);
      }
    }
    Arrays.fill(rates, 0);
    int settled = 0;
    while (settled < SETTLED_ROUNDS && System.nanoTime() < end) {
      settled++;
      for (int i = 0; i < rates.length; i++) {
        double rate = rate(choices.get(i), vectors, COUNT, a, b, c);
        if (rate > GAIN * rates[i]) {
          settled = 0;
        }
        rates[i] = Math.max(rates[i], rate);
      }
    }
    return rates;
  }

  /// Zeros would be multiplied at a higher clock than what is trained.
  private static float[] random(int length) {
    var random = new RandomStream(0, 0, 0);
    float[] values = new float[length];
    for (int i = 0; i < length; i++) {
      values[i] = (float) random.nextDouble(-1, 1);
    }
    return values;
  }

  private static boolean compiled(double[] rates) {
    return Arrays.stream(rates).allMatch(rate -> rate >= WarmUp.WARM_FLOPS_PER_NANO);
  }

  private static double rate(
      TileChoice choice, int vectors, int count, float[] a, float[] b, float[] c) {
    int width = vectors * VectorConstants.LANES;
    int lead = Workspace.LEAD;
    int rows = 2 * choice.height();
    long start = System.nanoTime();
    choice.multiply(vectors, rows, count, a, lead, count, 1, b, lead, width, c, lead, width, false);
    return 2.0 * rows * width * count / Math.max(1, System.nanoTime() - start);
  }
}
