package dev.descent.internal.cpu;

import dev.descent.internal.cpu.Workspaces.PanelWork;
import java.util.HashSet;
import java.util.List;
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

  /// What a kernel's compiled code depends on.
  private record Shape(String kernel, int rows, int width, boolean transposed) {}

  private static final Set<Shape> DONE = new HashSet<>();

  private record PanelShape(String kernel, PanelWork work) {}

  private static final Set<PanelShape> PANELS_DONE = new HashSet<>();

  private WarmUp() {}

  /// Warms the kernel for such products, once for each kind in the life of the virtual machine.
  static synchronized void run(MatMulKernel kernel, List<MatMulPlan> plans) {
    long end = System.nanoTime() + LIMIT_NANOS;
    for (MatMulPlan plan : plans) {
      String name = kernel.getClass().getName();
      boolean transposed = plan.leftKStride() != 1;
      for (int group = 0; group < plan.groups(); group++) {
        int rows = plan.row(group + 1) - plan.row(group);
        if (DONE.add(new Shape(name, rows, plan.width(), transposed))) {
          warm(kernel, plan, rows, transposed, end);
        }
      }
    }
  }

  /// Warms the kernel for products with panels, likewise.
  static synchronized void runPanels(MatMulKernel kernel, Set<PanelWork> works) {
    long end = System.nanoTime() + LIMIT_NANOS;
    for (PanelWork work : works) {
      if (PANELS_DONE.add(new PanelShape(kernel.getClass().getName(), work))) {
        warm(kernel, work, end);
      }
    }
  }

  private static void warm(MatMulKernel kernel, PanelWork work, long end) {
    int rows = PanelMatMulStage.GROUP;
    int width = work.columns();
    float[] b = new float[width * COUNT + Storage.LEAD];
    float[] a = new float[rows * COUNT + Storage.LEAD];
    float[] c = new float[rows * width + Storage.LEAD];
    int lead = Storage.LEAD;
    int rowStride = work.rowMajor() ? COUNT : 1;
    int kStride = work.rowMajor() ? 1 : rows;
    double best = 0;
    boolean add = false;
    while (best < WARM_FLOPS_PER_NANO && System.nanoTime() < end) {
      long start = System.nanoTime();
      kernel.multiplyPanel(
          width, rows, COUNT, a, lead, rowStride, kStride, b, lead, width, c, lead, width, add);
      best = Math.max(best, 2.0 * rows * width * COUNT / (System.nanoTime() - start));
      add = !add;
    }
  }

  private static void warm(
      MatMulKernel kernel, MatMulPlan plan, int rows, boolean transposed, long end) {
    int width = plan.width();
    int count = Math.min(plan.kBlock(), COUNT);
    Workspace workspace = kernel.workspace(List.of(plan), 0, 0);
    float[] b = new float[width * count];
    float[] a = new float[rows * count];
    float[] c = new float[rows * width];
    int rowStride = transposed ? 1 : count;
    int kStride = transposed ? rows : 1;
    double best = 0;
    boolean add = false;
    while (best < WARM_FLOPS_PER_NANO && System.nanoTime() < end) {
      kernel.pack(workspace, 0, b, 0, width, 1, count, width);
      long start = System.nanoTime();
      kernel.multiply(workspace, 0, rows, width, count, a, 0, rowStride, kStride, c, 0, width, add);
      best = Math.max(best, 2.0 * rows * width * count / (System.nanoTime() - start));
      add = !add;
    }
  }
}
