package dev.descent.internal.cpu;

import java.util.ArrayList;
import java.util.List;

/// The workers' scratch memory, shared by all matrix products of an executable: sized by the largest.
final class Workspaces {
  private final MatMulKernel kernel;
  private final int workers;
  private final List<Workspace> all = new ArrayList<>();
  private final List<MatMulPlan> plans = new ArrayList<>();

  Workspaces(MatMulKernel kernel, int workers) {
    this.kernel = kernel;
    this.workers = workers;
  }

  /// Makes room for a product. To be called before [#allocate].
  void require(MatMulPlan plan) {
    plans.add(plan);
  }

  void allocate() {
    for (int worker = 0; worker < workers; worker++) {
      all.add(kernel.workspace(plans));
    }
  }

  /// The bytes of all workers together, once allocated.
  long bytes() {
    return all.stream().mapToLong(Workspace::bytes).sum();
  }

  /// The products that there will be.
  List<MatMulPlan> plans() {
    return plans;
  }

  Workspace get(int worker) {
    return all.get(worker);
  }
}
