package dev.descent.internal.cpu.step;

import dev.descent.internal.cpu.kernel.MatMulKernel;
import dev.descent.internal.cpu.kernel.MatMulPlan;
import dev.descent.internal.cpu.kernel.PanelWork;
import dev.descent.internal.cpu.kernel.Workspace;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/// The workers' scratch memory, shared by all matrix products of an executable: sized by the
/// largest.
public final class Workspaces {
  private final MatMulKernel kernel;
  private final int workers;
  private final List<Workspace> all = new ArrayList<>();
  private final List<MatMulPlan> plans = new ArrayList<>();
  private final List<MatMulPlan> announced = new ArrayList<>();
  private final List<PanelCopy> copies = new ArrayList<>();
  private final Set<PanelWork> panels = new LinkedHashSet<>();
  private long others;
  private int panelRows;
  private int leftElements;

  public Workspaces(MatMulKernel kernel, int workers) {
    this.kernel = kernel;
    this.workers = workers;
  }

  /// Makes room for a product. To be called before [#allocate].
  void require(MatMulPlan plan) {
    plans.add(plan);
  }

  /// Notes a product that has memory of its own.
  void announce(MatMulPlan plan) {
    announced.add(plan);
  }

  /// Makes room for a product that reads b panel by panel. To be called before [#allocate].
  ///
  /// @param packedRows the rows of a panel that is packed
  /// @param copy of the result
  void require(PanelWork work, int packedRows, PanelCopy copy) {
    panelRows = Math.max(panelRows, packedRows);
    panels.add(work);
    copies.add(copy);
  }

  /// Notes products with panels that have memory of their own.
  void announce(Collection<PanelWork> works) {
    panels.addAll(works);
  }

  /// Makes room for a copy of a part of the left operand. To be called before [#allocate].
  void requireLeft(int elements) {
    leftElements = Math.max(leftElements, elements);
  }

  /// Counts copies. To be called before [#bytes].
  void require(PanelCopy copy) {
    copies.add(copy);
  }

  /// Counts memory that a stage has itself. To be called before [#bytes].
  void count(long bytes) {
    others += bytes;
  }

  public void allocate() {
    for (int worker = 0; worker < workers; worker++) {
      all.add(kernel.workspace(plans, panelRows, leftElements));
    }
  }

  /// The bytes of all workers together, of copies of results and of stages, once allocated.
  public long bytes() {
    return all.stream().mapToLong(Workspace::bytes).sum()
        + copies.stream().mapToLong(PanelCopy::bytes).sum()
        + others;
  }

  /// The kinds of products with panels that there will be.
  public Set<PanelWork> panels() {
    return panels;
  }

  /// The products that there will be.
  public List<MatMulPlan> plans() {
    return Stream.concat(plans.stream(), announced.stream()).toList();
  }

  Workspace get(int worker) {
    return all.get(worker);
  }
}
