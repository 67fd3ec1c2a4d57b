package dev.descent.internal.cpu.kernel;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;

/// Runs kernels on tiny inputs until the compiler has them. Before that, the Vector API allocates
/// an object for each vector and computes a thousandth of what it does afterwards: a first training
/// step would take seconds.
public final class WarmUp {
  /// Sums so short that the compiler meets a tile as a method that is called often. Of longer ones
  /// it takes the loop by itself first, which costs it twice the time and leaves the next call as
  /// slow as before.
  public static final int COUNT = 4;

  /// A compiled kernel does ten times this even on a small machine, an interpreted one a tenth.
  public static final double WARM_FLOPS_PER_NANO = 2;

  /// What a compiled call may take besides, of which a product of a single row is mostly made.
  private static final long CALL_NANOS = 1000;

  /// Enough for some ten tiles, one after the other, on a busy machine.
  private static final long LIMIT_NANOS = 2_000_000_000;

  /// After this many calls a kernel is in the JIT's queue.
  private static final int CALLS = 64;

  /// The pause between checks whether it is compiled.
  private static final long WAIT_NANOS = 500_000;

  /// Rows that split into tiles of five, as most batches do.
  private static final int SHORT_ROWS = 25;

  /// What a kernel's compiled code depends on.
  private record Shape(String kernel, int rows, int width, boolean rowMajor) {}

  private static final Set<Shape> DONE = new HashSet<>();

  /// A product that is to become fast.
  private abstract static class Trial {
    final int rows;
    final int width;
    final int count;
    final float[] a;
    final float[] b;
    final float[] c;
    private boolean add;

    Trial(Shape shape, int count) {
      this.rows = shape.rows();
      this.width = shape.width();
      this.count = count;
      this.a = new float[rows * count + Workspace.LEAD];
      this.b = new float[width * count + Workspace.LEAD];
      this.c = new float[rows * width + Workspace.LEAD];
    }

    abstract void multiply(boolean add);

    /// Tries once; both ways in turns.
    boolean isWarm() {
      long start = System.nanoTime();
      multiply(add);
      long time = System.nanoTime() - start;
      add = !add;
      return 2.0 * rows * width * count >= WARM_FLOPS_PER_NANO * (time - CALL_NANOS);
    }
  }

  private WarmUp() {}

  /// Warms the kernel for the products of most programs, in a thread of its own. A program that is
  /// compiled meanwhile waits for it.
  public static void ahead(MatMulKernel kernel) {
    if (kernel.isSlowAtFirst()
        && kernel instanceof PanelKernel panels
        && Runtime.getRuntime().availableProcessors() > 1) {
      var thread = new Thread(() -> run(kernel, List.of(), usual(panels)), "descent-warm-up");
      thread.setDaemon(true);
      thread.start();
    }
  }

  /// Panels of full width and narrow ones, and rows that are cut into the two tallest tiles.
  private static Set<PanelWork> usual(PanelKernel kernel) {
    int wide = kernel.maxWidth();
    int narrow = kernel.width(1);
    var works = new LinkedHashSet<PanelWork>();
    works.add(new PanelWork(wide, true));
    works.add(new PanelWork(wide, false));
    works.add(new PanelWork(narrow, false));
    works.add(new PanelWork(wide, SHORT_ROWS, true));
    return works;
  }

  /// Yields the processor to the JIT once a kernel was called often enough to be compiled.
  ///
  /// @param round how often it was called
  public static void giveWay(int round) {
    if (round > CALLS) {
      LockSupport.parkNanos(WAIT_NANOS);
    }
  }

  /// Warms the kernel for such products, once for each kind in the life of the virtual machine.
  ///
  /// @param works kinds of products with panels
  public static synchronized void run(
      MatMulKernel kernel, List<MatMulPlan> plans, Set<PanelWork> works) {
    if (!kernel.needsWarmUp()) {
      return;
    }
    String name = kernel.getClass().getName();
    List<Trial> cold = new ArrayList<>();
    if (kernel instanceof PanelKernel panels) {
      for (PanelWork work : works) {
        var shape = new Shape(name, work.rows(), work.columns(), work.rowMajor());
        if (DONE.add(shape)) {
          cold.add(panel(panels, shape));
        }
      }
    }
    for (MatMulPlan plan : plans) {
      for (int group = 0; group < plan.groups(); group++) {
        int rows = plan.row(group + 1) - plan.row(group);
        var shape = new Shape(name, rows, plan.width(), plan.leftKStride() == 1);
        if (DONE.add(shape)) {
          cold.add(packed(kernel, plan, shape));
        }
      }
    }
    long end = System.nanoTime() + LIMIT_NANOS;
    for (int round = 1; !cold.isEmpty() && System.nanoTime() < end; round++) {
      giveWay(round);
      cold.removeIf(Trial::isWarm);
    }
  }

  private static Trial panel(PanelKernel kernel, Shape shape) {
    return new Trial(shape, COUNT) {
      @Override
      void multiply(boolean add) {
        int lead = Workspace.LEAD;
        int rowStride = shape.rowMajor() ? count : 1;
        int kStride = shape.rowMajor() ? 1 : rows;
        kernel.multiplyPanel(
            width, rows, count, a, lead, rowStride, kStride, b, lead, width, c, lead, width, add);
      }
    };
  }

  private static Trial packed(MatMulKernel kernel, MatMulPlan plan, Shape shape) {
    Workspace workspace = kernel.workspace(List.of(plan), 0, 0);
    return new Trial(shape, Math.min(plan.kBlock(), COUNT)) {
      @Override
      void multiply(boolean add) {
        int rowStride = shape.rowMajor() ? count : 1;
        int kStride = shape.rowMajor() ? 1 : rows;
        kernel.pack(workspace, 0, b, 0, width, 1, count, width);
        kernel.multiply(
            workspace, 0, rows, width, count, a, 0, rowStride, kStride, c, 0, width, add);
      }
    };
  }
}
