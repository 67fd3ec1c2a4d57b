package dev.descent.internal.cpu;

import java.util.HashSet;
import java.util.Set;

/// Runs kernels on tiny inputs until the compiler has them. Before that, the Vector API allocates an
/// object for each vector and computes a thousandth of what it does afterwards: a first training step
/// would take seconds.
final class WarmUp {
  /// Enough for each of four tiles on an idle machine.
  private static final long LIMIT_NANOS = 400_000_000;

  /// A compiled kernel does ten times this even on a small machine, an interpreted one a tenth.
  private static final double WARM_FLOPS_PER_NANO = 2;

  private static final int COUNT = 24;

  private static final Set<String> DONE = new HashSet<>();

  private WarmUp() {}

  /// Warms the kernel for panels of these widths, once for each in the life of the virtual machine.
  static synchronized void run(MatMulKernel kernel, Set<Integer> widths) {
    long end = System.nanoTime() + LIMIT_NANOS;
    for (int width : widths) {
      if (DONE.add(kernel.describe() + " " + width)) {
        warm(kernel, width, end);
      }
    }
  }

  private static void warm(MatMulKernel kernel, int width, long end) {
    Workspace workspace = kernel.workspace(COUNT, width);
    float[] a = new float[MatMulPlan.GROUP * COUNT];
    float[] c = new float[MatMulPlan.GROUP * width];
    double best = 0;
    boolean add = false;
    while (best < WARM_FLOPS_PER_NANO && System.nanoTime() < end) {
      // 16 rows are tiles of 6, 6 and 4; 8 rows two of 4: so both are called equally often.
      long start = System.nanoTime();
      int rows = MatMulPlan.GROUP;
      kernel.multiply(workspace, rows, width, COUNT, a, 0, COUNT, 1, c, 0, width, add);
      kernel.multiply(workspace, rows / 2, width, COUNT, a, 0, COUNT, 1, c, 0, width, add);
      double flops = 2.0 * (rows + rows / 2) * width * COUNT;
      best = Math.max(best, flops / (System.nanoTime() - start));
      add = !add;
    }
  }
}
