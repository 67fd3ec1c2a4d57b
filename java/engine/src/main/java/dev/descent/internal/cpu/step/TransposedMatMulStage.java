package dev.descent.internal.cpu.step;

import dev.descent.internal.cpu.kernel.Elementwise;
import dev.descent.internal.cpu.kernel.PanelKernel;
import dev.descent.internal.cpu.kernel.PanelWork;
import dev.descent.internal.cpu.kernel.Panels;
import dev.descent.internal.cpu.kernel.Split;
import dev.descent.internal.cpu.kernel.Workspace;
import dev.descent.internal.cpu.team.WorkQueue;
import dev.descent.internal.lowering.Group;
import dev.descent.program.ProductOperation.MatMul;
import java.util.Locale;

/// A matrix product `out = a b'`, the gradient of a layer's input: computed as `out' = b a'`, so
/// that weights are read as they lie, and only activations are transposed. Workers claim parts of
/// [#GROUP] columns of out for some panels of its rows.
final class TransposedMatMulStage implements Stage {
  /// Columns of out that are computed together: the rows of b that they take stay in the
  /// first-level cache.
  private static final int GROUP = 16;

  /// Panels of out's rows that share the copied rows of b.
  private static final int PANELS = 4;

  private final Group.Product product;
  private final PanelKernel kernel;
  private final Elementwise math;
  private final LeftOperand b;
  private final Panels a;
  private final FloatSpan out;
  private final Epilogue epilogue;
  private final PanelCopy copy;
  private final Workspaces workspaces;
  private final WorkQueue claims;
  private final int m;
  private final int n;
  private final int k;
  private final int group;
  private final int groups;

  /// @param a the transpose of the left operand: k rows, m columns
  /// @param b the right operand, the weights: n rows, k columns
  TransposedMatMulStage(
      Group.Product product,
      Panels a,
      LeftOperand b,
      Storage storage,
      Epilogue epilogue,
      PanelKernel kernel,
      Elementwise math,
      Workspaces workspaces,
      int workers) {
    MatMul operation = product.matMul();
    this.product = product;
    this.kernel = kernel;
    this.math = math;
    this.m = (int) operation.m();
    this.n = (int) operation.n();
    this.k = (int) operation.k();
    this.a = a;
    this.b = b;
    this.out = storage.floats(operation.out());
    this.epilogue = epilogue;
    this.workspaces = workspaces;
    this.group = kernel.groupRows(GROUP);
    this.groups = Split.units(n, group);
    this.claims = new WorkQueue(groups * Split.units(a.count(), PANELS), workers);
    this.copy =
        new PanelCopy(
            kernel, math, epilogue.activated() != null ? epilogue.activated() : out, m, n);
    workspaces.requireLeft(Math.multiplyExact(group, k));
    int width = kernel.panelWidth(Math.min(m, a.width()));
    workspaces.require(new PanelWork(width, true), 0, copy);
  }

  /// The copies in panels that can be had of what this stage leaves.
  PanelCopy copy() {
    return copy;
  }

  @Override
  public void run(int worker, int workers) {
    Workspace workspace = workspaces.get(worker);
    claims.begin(worker);
    for (int unit = claims.next(worker); unit >= 0; unit = claims.next(worker)) {
      int column = unit % groups * group;
      int columns = Math.min(group, n - column);
      int panel = unit / groups * PANELS;
      copyRows(workspace.left(), column, columns);
      kernel.beginProducts();
      try {
        for (int p = panel; p < Math.min(a.count(), panel + PANELS); p++) {
          kernel.nextPanel();
          part(workspace, p, column, columns);
        }
      } finally {
        kernel.endProducts();
      }
    }
  }

  /// Rows of b, wherever they lie, one after the other. They are read from one end to the other,
  /// which the processor foresees; the product, which needs few of them at a time, would wait for
  /// each (dX of 128 x 512 x 512 with cold weights: 295 to 200 us).
  private void copyRows(float[] left, int row, int rows) {
    for (int p = 0; p < k; ) {
      int run = b.columns(p, k - p);
      int at = b.index(row, p);
      int to = Workspace.LEAD + p;
      for (int i = 0; i < rows; i++) {
        System.arraycopy(b.array(), at, left, to, run);
        at += b.rowStride(p);
        to += k;
      }
      p += run;
    }
  }

  private void part(Workspace workspace, int panel, int column, int columns) {
    int row = panel * a.width();
    int rows = a.columns(panel);
    int width = kernel.panelWidth(rows);
    float[] tile = workspace.tile();
    kernel.multiplyPanel(
        width,
        columns,
        k,
        workspace.left(),
        Workspace.LEAD,
        k,
        1,
        a.array(),
        a.start(panel),
        a.width(panel),
        tile,
        Workspace.LEAD,
        width,
        false);
    int to = out.offset() + row * n + column;
    math.transpose(tile, Workspace.LEAD, width, out.array(), to, n, columns, rows);
    epilogue.apply(math, out, n, row, column, rows, columns);
    copy.update(row, rows, column, columns);
  }

  @Override
  public String describe() {
    return String.format(
        Locale.ROOT,
        "MatMul%s %d x %d x %d, b transposed -> %s: %s, computed transposed, %s, %d panels x %d groups",
        product.suffix(),
        m,
        k,
        n,
        product.matMul().out(),
        kernel.describe(),
        b.describe("b"),
        a.count(),
        groups);
  }
}
