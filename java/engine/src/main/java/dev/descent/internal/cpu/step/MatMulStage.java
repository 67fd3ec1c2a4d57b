package dev.descent.internal.cpu.step;

import dev.descent.internal.cpu.kernel.Elementwise;
import dev.descent.internal.cpu.kernel.Kernels;
import dev.descent.internal.cpu.kernel.MatMulKernel;
import dev.descent.internal.cpu.kernel.MatMulPlan;
import dev.descent.internal.cpu.kernel.PanelKernel;
import dev.descent.internal.cpu.kernel.Split;
import dev.descent.internal.cpu.kernel.Workspace;
import dev.descent.internal.lowering.Group;
import dev.descent.program.ProductOperation.MatMul;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/// A matrix product with its [Epilogue]. Workers share out the groups of rows of all panels, panel
/// after panel, or [RowBlocks], and each packs the panels that it touches into scratch memory of
/// its own.
final class MatMulStage implements Stage {
  private final Group.Product group;
  private final MatMulPlan plan;
  private final Elementwise math;
  private final MatMulKernel kernel;
  private final @Nullable PanelKernel inPlace;
  private final Workspaces workspaces;
  private final Epilogue epilogue;
  private final PanelCopy copy;
  private final FloatSpan out;
  private final int ldOut;
  private final float[] a;
  private final int a0;
  private final float[] b;
  private final int b0;

  /// The product of each worker's rows; none where they share out groups of all panels.
  private final List<MatMulPlan> shares;

  /// @param shares as [#shares] gives them, or none
  MatMulStage(
      Group.Product group,
      MatMulPlan plan,
      Kernels kernels,
      Workspaces workspaces,
      Storage storage,
      Epilogue epilogue,
      List<MatMulPlan> shares) {
    MatMul operation = group.matMul();
    this.group = group;
    this.shares = shares;
    this.plan = plan;
    this.math = kernels.math();
    this.kernel = kernels.matMul();
    this.inPlace = kernels.panels();
    this.workspaces = workspaces;
    this.epilogue = epilogue;
    this.out = storage.floats(operation.out());
    this.ldOut = (int) operation.n();
    this.copy =
        new PanelCopy(
            kernels.matMul(),
            math,
            epilogue.activated() != null ? epilogue.activated() : out,
            (int) operation.m(),
            ldOut);
    workspaces.require(copy);
    FloatSpan left = storage.floats(plan.swapped() ? operation.b() : operation.a());
    FloatSpan right = storage.floats(plan.swapped() ? operation.a() : operation.b());
    this.a = left.array();
    this.a0 = left.offset();
    this.b = right.array();
    this.b0 = right.offset();
  }

  /// The copies in panels that can be had of what this stage leaves.
  PanelCopy copy() {
    return copy;
  }

  /// The product of each worker's rows, where they share those out.
  static List<MatMulPlan> shares(MatMulPlan plan, int workers) {
    return IntStream.range(0, workers)
        .map(worker ->
            RowBlocks.start(plan.m(), worker + 1, workers)
                - RowBlocks.start(plan.m(), worker, workers))
        .mapToObj(plan::withRows)
        .toList();
  }

  /// What a stage by rows reads and writes.
  static Access access(Group.Product group) {
    MatMul operation = group.matMul();
    return Access.of(group.operations()).byRows((int) operation.m(), List.of(operation.b()));
  }

  @Override
  public void run(int worker, int workers) {
    if (shares.isEmpty()) {
      units(worker, workers);
    } else {
      int from = RowBlocks.start(plan.m(), worker, workers);
      rows(workspaces.get(worker), shares.get(worker), from);
    }
  }

  /// All columns of the rows from `from` on.
  private void rows(Workspace workspace, MatMulPlan share, int from) {
    if (share.m() > 0) {
      for (int panel = 0; panel < plan.panels(); panel += plan.slots()) {
        int panels = Math.min(plan.slots(), plan.panels() - panel);
        block(workspace, panel, panels, share, from, 0, share.groups());
      }
    }
  }

  private void units(int worker, int workers) {
    Workspace workspace = workspaces.get(worker);
    int groups = plan.groups();
    int units = plan.panels() * groups;
    int end = Split.start(units, worker + 1, workers);
    int unit = Split.start(units, worker, workers);
    while (unit < end) {
      int panel = unit / groups;
      int first = unit % groups;
      int whole = Math.min(plan.slots(), (end - unit) / groups);
      if (first == 0 && whole > 0) {
        block(workspace, panel, whole, plan, 0, 0, groups);
        unit += whole * groups;
      } else {
        int last = Math.min(groups, first + end - unit);
        block(workspace, panel, 1, plan, 0, first, last);
        unit += last - first;
      }
    }
  }

  /// Some groups of some panels: the panels are packed once, each group of rows once.
  ///
  /// @param share whose groups they are
  /// @param from its first row
  private void block(
      Workspace workspace,
      int firstPanel,
      int panels,
      MatMulPlan share,
      int from,
      int firstGroup,
      int lastGroup) {
    for (int k = 0; k < plan.k(); k += plan.kBlock()) {
      int count = Math.min(plan.kBlock(), plan.k() - k);
      for (int slot = 0; slot < panels; slot++) {
        if (!inPlace(firstPanel + slot)) {
          int bStart = bStart(firstPanel + slot, k);
          kernel.pack(
              workspace,
              slot,
              b,
              bStart,
              plan.bKStride(),
              plan.bColumnStride(),
              count,
              columns(firstPanel + slot));
        }
      }
      for (int group = firstGroup; group < lastGroup; group++) {
        int row = from + share.row(group);
        int rows = from + share.row(group + 1) - row;
        if (inPlace != null && plan.leftPacked()) {
          int aStart = a0 + row * plan.aRowStride() + k * plan.aKStride();
          inPlace.packLeft(workspace, a, aStart, plan.aKStride(), rows, count);
        }
        for (int slot = 0; slot < panels; slot++) {
          int columns = columns(firstPanel + slot);
          if (!plan.swapped() && columns == kernel.width(columns)) {
            direct(workspace, firstPanel + slot, slot, row, rows, k, count);
          } else {
            throughTile(workspace, firstPanel + slot, slot, row, rows);
          }
        }
      }
    }
  }

  /// The number of columns of a panel.
  private int columns(int panel) {
    return Math.min(plan.width(), plan.n() - panel * plan.width());
  }

  /// Whether b is read where it is: not a last panel that is too narrow.
  private boolean inPlace(int panel) {
    return !plan.packed() && columns(panel) == kernel.maxWidth();
  }

  private int bStart(int panel, int k) {
    return b0 + k * plan.bKStride() + panel * plan.width() * plan.bColumnStride();
  }

  /// The kernel writes into the result.
  private void direct(
      Workspace workspace, int panel, int slot, int row, int rows, int k, int count) {
    int column = panel * plan.width();
    int columns = columns(panel);
    int c0 = out.offset() + row * ldOut + column;
    multiply(workspace, panel, slot, row, rows, k, count, out.array(), c0, ldOut, k > 0);
    if (k + count == plan.k()) {
      finish(row, rows, column, columns);
    }
  }

  /// The kernel writes into a tile, which is put into the result, transposed if need be.
  private void throughTile(Workspace workspace, int panel, int slot, int row, int rows) {
    float[] tile = workspace.tile();
    int column = panel * plan.width();
    int columns = columns(panel);
    int ld = kernel.width(columns);
    multiply(workspace, panel, slot, row, rows, 0, plan.k(), tile, Workspace.LEAD, ld, false);
    float[] c = out.array();
    if (plan.swapped()) {
      int c0 = out.offset() + column * ldOut + row;
      math.transpose(tile, Workspace.LEAD, ld, c, c0, ldOut, rows, columns);
      finish(column, columns, row, rows);
    } else {
      int c0 = out.offset() + row * ldOut + column;
      math.copy(tile, Workspace.LEAD, ld, c, c0, ldOut, rows, columns);
      finish(row, rows, column, columns);
    }
  }

  /// What follows when a part of the product is there.
  private void finish(int row, int rows, int column, int columns) {
    epilogue.apply(math, out, ldOut, row, column, rows, columns);
    copy.update(row, rows, column, columns);
  }

  private void multiply(
      Workspace workspace,
      int panel,
      int slot,
      int row,
      int rows,
      int k,
      int count,
      float[] c,
      int c0,
      int ldc,
      boolean add) {
    boolean left = plan.leftPacked();
    float[] from = left ? workspace.left() : a;
    int start = left ? Workspace.LEAD : a0 + row * plan.aRowStride() + k * plan.aKStride();
    int rowStride = left ? count : plan.aRowStride();
    int kStride = plan.leftKStride();
    if (inPlace != null && inPlace(panel)) {
      int width = kernel.maxWidth();
      int bStart = bStart(panel, k);
      int ldb = plan.bKStride();
      inPlace.multiplyPanel(
          width, rows, count, from, start, rowStride, kStride, b, bStart, ldb, c, c0, ldc, add);
    } else {
      int columns = columns(panel);
      kernel.multiply(
          workspace, slot, rows, columns, count, from, start, rowStride, kStride, c, c0, ldc, add);
    }
  }

  @Override
  public String describe() {
    MatMul operation = group.matMul();
    return String.format(
        Locale.ROOT,
        "MatMul%s %d x %d x %d%s%s -> %s: %s%s",
        group.suffix(),
        operation.m(),
        operation.k(),
        operation.n(),
        operation.transposeA() ? ", a transposed" : "",
        operation.transposeB() ? ", b transposed" : "",
        operation.out(),
        plan.describe(kernel),
        shares.isEmpty() ? "" : ", by blocks of " + RowBlocks.ROWS + " rows");
  }
}
