package dev.descent.internal.cpu.vector;

import dev.descent.internal.cpu.kernel.MatMulPlan;
import dev.descent.internal.cpu.kernel.Race;
import dev.descent.internal.cpu.kernel.WarmUp;
import dev.descent.internal.cpu.kernel.Workspace;
import java.util.Arrays;
import java.util.List;

/// Finds by a short timing which tiles are the fastest here. It depends on the processor's vectors
/// and registers and on how the compiler translates each loop, so it can't be told from the
/// outside: of the same kind of tile one size may reach the peak and the next one half of it.
final class TileTiming {
  /// The products that a sum adds up: the tile's a and b stay in the first-level cache.
  private static final int COUNT = 192;

  /// Enough for two tiles to be compiled on a busy machine, and for the timing.
  private static final long LIMIT_NANOS = 1_000_000_000;

  private TileTiming() {}

  /// The fastest of a list for panels of `vectors` vectors; the first where none is clearly better,
  /// or where there was no time to tell.
  static TileChoice fastest(List<TileChoice> choices, int vectors) {
    int width = vectors * VectorConstants.LANES;
    float[] a = Race.operand(COUNT * MatMulPlan.GROUP + Workspace.LEAD);
    float[] b = Race.operand(COUNT * width + Workspace.LEAD);
    float[] c = new float[MatMulPlan.GROUP * width + Workspace.LEAD];
    double[] rates = new double[choices.size()];
    long end = System.nanoTime() + LIMIT_NANOS;
    for (int round = 1; !compiled(rates) && System.nanoTime() < end; round++) {
      WarmUp.giveWay(round);
      // Both ways, or the compiler would leave the second out and compile the tile again for it.
      for (int i = 0; i < rates.length; i++) {
        rates[i] =
            Math.min(
                rate(choices.get(i), vectors, WarmUp.COUNT, a, b, c, true),
                rate(choices.get(i), vectors, WarmUp.COUNT, a, b, c, false));
      }
    }
    int winner =
        Race.winner(
            rates.length,
            i -> rate(choices.get(i), vectors, COUNT, a, b, c, false),
            System::nanoTime,
            end);
    return choices.get(winner);
  }

  private static boolean compiled(double[] rates) {
    return Arrays.stream(rates).allMatch(rate -> rate >= WarmUp.WARM_FLOPS_PER_NANO);
  }

  private static double rate(
      TileChoice choice, int vectors, int count, float[] a, float[] b, float[] c, boolean add) {
    int width = vectors * VectorConstants.LANES;
    int lead = Workspace.LEAD;
    int rows = 2 * choice.height();
    long start = System.nanoTime();
    choice.multiply(vectors, rows, count, a, lead, count, 1, b, lead, width, c, lead, width, add);
    return 2.0 * rows * width * count / Math.max(1, System.nanoTime() - start);
  }
}
