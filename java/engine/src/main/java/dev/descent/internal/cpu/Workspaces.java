package dev.descent.internal.cpu;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/// The workers' scratch memory, shared by all matrix products of an executable: sized by the largest.
final class Workspaces {
  private final MatMulKernel kernel;
  private final int workers;
  private final List<Workspace> all = new ArrayList<>();
  private final Set<Integer> widths = new TreeSet<>();
  private int k = 1;
  private int width = 1;

  Workspaces(MatMulKernel kernel, int workers) {
    this.kernel = kernel;
    this.workers = workers;
  }

  /// Makes room for a product. To be called before [#allocate].
  void require(MatMulPlan plan) {
    k = Math.max(k, plan.kBlock());
    width = Math.max(width, plan.width());
    widths.add(plan.width());
  }

  /// The bytes of all workers together.
  long bytes() {
    return workers * kernel.workspaceBytes(k, width);
  }

  void allocate() {
    for (int worker = 0; worker < workers; worker++) {
      all.add(kernel.workspace(k, width));
    }
  }

  /// The widths of panels that products will have.
  Set<Integer> widths() {
    return widths;
  }

  Workspace get(int worker) {
    return all.get(worker);
  }
}
