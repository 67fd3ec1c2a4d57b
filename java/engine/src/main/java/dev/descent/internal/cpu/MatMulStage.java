package dev.descent.internal.cpu;

import dev.descent.program.Operation.MatMul;

/// A matrix product with its [Epilogue]. Workers share out the groups of rows of all panels, panel
/// after panel, and each packs the panels that it touches into scratch memory of its own.
final class MatMulStage implements Stage {
  private final MatMul operation;
  private final MatMulPlan plan;
  private final Kernels kernels;
  private final MatMulKernel kernel;
  private final Workspaces workspaces;
  private final Epilogue epilogue;
  private final FloatSpan out;
  private final int ldOut;
  private final float[] a;
  private final int a0;
  private final float[] b;
  private final int b0;

  MatMulStage(
      MatMul operation,
      MatMulPlan plan,
      Kernels kernels,
      Workspaces workspaces,
      Storage storage,
      Epilogue epilogue) {
    this.operation = operation;
    this.plan = plan;
    this.kernels = kernels;
    this.kernel = kernels.matMul();
    this.workspaces = workspaces;
    this.epilogue = epilogue;
    this.out = storage.floats(operation.out());
    this.ldOut = (int) operation.n();
    FloatSpan left = storage.floats(plan.swapped() ? operation.b() : operation.a());
    FloatSpan right = storage.floats(plan.swapped() ? operation.a() : operation.b());
    this.a = left.array();
    this.a0 = left.offset();
    this.b = right.array();
    this.b0 = right.offset();
  }

  @Override
  public void run(int worker, int workers) {
    int groups = plan.groups();
    int units = plan.panels() * groups;
    int end = Split.start(units, worker + 1, workers);
    int unit = Split.start(units, worker, workers);
    while (unit < end) {
      int panel = unit / groups;
      int first = unit % groups;
      int last = Math.min(groups, first + end - unit);
      panel(workspaces.get(worker), panel, first, last);
      unit += last - first;
    }
  }

  private void panel(Workspace workspace, int panel, int firstGroup, int lastGroup) {
    int column = panel * plan.width();
    int columns = Math.min(plan.width(), plan.n() - column);
    boolean full = columns == kernel.width(columns);
    boolean inPlace = !plan.packed() && columns == kernel.maxWidth();
    for (int k = 0; k < plan.k(); k += plan.kBlock()) {
      int count = Math.min(plan.kBlock(), plan.k() - k);
      int bStart = b0 + k * plan.bKStride() + column * plan.bColumnStride();
      if (!inPlace) {
        kernel.pack(workspace, b, bStart, plan.bKStride(), plan.bColumnStride(), count, columns);
      }
      for (int group = firstGroup; group < lastGroup; group++) {
        int row = plan.row(group);
        int rows = plan.row(group + 1) - row;
        if (plan.direct() && full) {
          direct(workspace, inPlace, row, rows, column, columns, k, count, bStart);
        } else {
          throughTile(workspace, inPlace, row, rows, column, columns, bStart);
        }
      }
    }
  }

  /// The kernel writes into the result.
  private void direct(
      Workspace workspace,
      boolean inPlace,
      int row,
      int rows,
      int column,
      int columns,
      int k,
      int count,
      int bStart) {
    int aStart = a0 + row * plan.aRowStride() + k * plan.aKStride();
    int c0 = out.offset() + row * ldOut + column;
    multiply(
        workspace, inPlace, rows, columns, count, aStart, bStart, out.array(), c0, ldOut, k > 0);
    if (k + count == plan.k() && !epilogue.isEmpty()) {
      epilogue.apply(kernels.math(), out, ldOut, row, column, rows, columns);
    }
  }

  /// The kernel writes into a tile, which is scaled, transposed if need be and put into the result.
  private void throughTile(
      Workspace workspace,
      boolean inPlace,
      int row,
      int rows,
      int column,
      int columns,
      int bStart) {
    float[] tile = workspace.tile();
    int ld = kernel.width(columns);
    int aStart = a0 + row * plan.aRowStride();
    multiply(workspace, inPlace, rows, columns, plan.k(), aStart, bStart, tile, 0, ld, false);
    float alpha = operation.alpha();
    float beta = operation.beta();
    if (plan.swapped()) {
      putTransposed(tile, ld, row, rows, column, columns);
      epilogue.apply(kernels.math(), out, ldOut, column, row, columns, rows);
    } else {
      int c0 = out.offset() + row * ldOut + column;
      kernels.math().combine(alpha, tile, 0, ld, beta, out.array(), c0, ldOut, rows, columns);
      epilogue.apply(kernels.math(), out, ldOut, row, column, rows, columns);
    }
  }

  private void multiply(
      Workspace workspace,
      boolean inPlace,
      int rows,
      int columns,
      int count,
      int aStart,
      int bStart,
      float[] c,
      int c0,
      int ldc,
      boolean add) {
    int rowStride = plan.aRowStride();
    int kStride = plan.aKStride();
    if (inPlace) {
      int ldb = plan.bKStride();
      kernel.multiplyInPlace(
          rows, count, a, aStart, rowStride, kStride, b, bStart, ldb, c, c0, ldc, add);
    } else {
      kernel.multiply(
          workspace, rows, columns, count, a, aStart, rowStride, kStride, c, c0, ldc, add);
    }
  }

  private void putTransposed(float[] tile, int ld, int row, int rows, int column, int columns) {
    float alpha = operation.alpha();
    float beta = operation.beta();
    float[] c = out.array();
    for (int j = 0; j < columns; j++) {
      int to = out.offset() + (column + j) * ldOut + row;
      if (beta == 0) {
        for (int i = 0; i < rows; i++) {
          c[to + i] = alpha * tile[i * ld + j];
        }
      } else {
        for (int i = 0; i < rows; i++) {
          c[to + i] = Math.fma(beta, c[to + i], alpha * tile[i * ld + j]);
        }
      }
    }
  }

  @Override
  public String describe() {
    return "MatMul%s %d x %d x %d%s%s -> %s: %s"
        .formatted(
            epilogue.describe(),
            operation.m(),
            operation.k(),
            operation.n(),
            operation.transposeA() ? ", a transposed" : "",
            operation.transposeB() ? ", b transposed" : "",
            operation.out(),
            plan.describe(kernel));
  }
}
