package dev.descent.internal.cpu.step;

import dev.descent.internal.cpu.kernel.Elementwise;
import dev.descent.internal.cpu.kernel.Kernels;
import dev.descent.internal.cpu.kernel.MatMulKernel;
import dev.descent.internal.cpu.kernel.MatMulPlan;
import dev.descent.internal.cpu.kernel.Split;
import dev.descent.internal.cpu.kernel.Workspace;
import dev.descent.internal.lowering.Group;
import dev.descent.program.ProductOperation.MatMul;
import java.util.Locale;

/// A product with [PackedWeights], and its [Epilogue]. Workers share out the panels, always in the
/// same way, so that each finds its weights in its own cache again.
final class ConstantProductStage implements Stage {
  private final Group.Product group;
  private final PackedWeights.Packed weights;
  private final MatMulKernel kernel;
  private final Elementwise math;
  private final Epilogue epilogue;
  private final FloatSpan a;
  private final FloatSpan out;
  private final int m;
  private final int n;
  private final int k;
  private final MatMulPlan plan;

  /// The packed blocks, each with the worker's scratch memory: a row for each worker.
  private final Workspace[][] blocks;

  ConstantProductStage(
      Group.Product group,
      PackedWeights.Packed weights,
      Kernels kernels,
      Storage storage,
      Epilogue epilogue,
      int workers) {
    MatMul operation = group.matMul();
    this.group = group;
    this.weights = weights;
    this.kernel = kernels.matMul();
    this.math = kernels.math();
    this.epilogue = epilogue;
    this.a = storage.floats(operation.a());
    this.out = storage.floats(operation.out());
    this.m = (int) operation.m();
    this.n = (int) operation.n();
    this.k = (int) operation.k();
    this.plan = PackedWeights.plan(kernel, m, weights.columns(0), weights.count(0));
    this.blocks = new Workspace[workers][weights.blocks().length];
    for (Workspace[] own : blocks) {
      Workspace scratch = PackedWeights.workspace(kernel, weights.columns(0), 1);
      for (int i = 0; i < own.length; i++) {
        Workspace shared = weights.blocks()[i];
        own[i] =
            new Workspace(
                shared.packed(), scratch.left(), scratch.tile(), shared.panel(), scratch.sums());
      }
    }
  }

  /// What the kernel is called for.
  MatMulPlan plan() {
    return plan;
  }

  @Override
  public void run(int worker, int workers) {
    int end = Split.start(weights.panels(), worker + 1, workers);
    for (int panel = Split.start(weights.panels(), worker, workers); panel < end; panel++) {
      for (int group = 0; group < plan.groups(); group++) {
        int row = plan.row(group);
        part(blocks[worker], panel, row, plan.row(group + 1) - row);
      }
    }
  }

  /// Some rows of a panel. The kernel writes into the result, or where its width leaves no room,
  /// into a tile.
  private void part(Workspace[] own, int panel, int row, int rows) {
    int perPanel = weights.blocksOfPanel();
    int column = panel * weights.width();
    int columns = weights.columns(panel);
    int width = kernel.width(columns);
    int start = out.offset() + row * n + column;
    Workspace first = own[panel * perPanel];
    boolean direct = width == columns;
    float[] c = direct ? out.array() : first.tile();
    int c0 = direct ? start : Workspace.LEAD;
    int ldc = direct ? n : width;
    for (int block = 0; block < perPanel; block++) {
      int p = block * weights.kBlock();
      kernel.multiply(
          own[panel * perPanel + block],
          0,
          rows,
          columns,
          weights.count(block),
          a.array(),
          a.offset() + row * k + p,
          k,
          1,
          c,
          c0,
          ldc,
          p > 0);
    }
    if (!direct) {
      for (int i = 0; i < rows; i++) {
        System.arraycopy(c, c0 + i * ldc, out.array(), start + i * n, columns);
      }
    }
    epilogue.apply(math, out, n, row, column, rows, columns);
  }

  @Override
  public String describe() {
    return String.format(
        Locale.ROOT,
        "MatMul%s %d x %d x %d -> %s: weights packed beforehand, %d panels",
        group.suffix(),
        m,
        k,
        n,
        group.matMul().out(),
        weights.panels());
  }
}
