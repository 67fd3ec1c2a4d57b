package dev.descent.internal.cpu;

import dev.descent.program.Operation.MatMul;

/// A matrix product `out = a b'`, the gradient of a layer's input: computed as `out' = b a'`, so that
/// weights are read as they lie, and only activations are transposed. Workers claim parts of
/// [PanelMatMulStage#GROUP] columns of out for [Panels#WIDTH] of its rows.
final class TransposedMatMulStage implements Stage {
  private static final int GROUP = PanelMatMulStage.GROUP;

  private final MatMul operation;
  private final Kernels kernels;
  private final PanelProduct product;
  private final FloatSpan a;
  private final FloatSpan out;
  private final Epilogue epilogue;
  private final PanelCopy copy;
  private final Workspaces workspaces;
  private final Claims claims;
  private final PackedPanels packed;
  private final int m;
  private final int n;
  private final int k;
  private final int groups;

  /// @param b the weights: n rows, k columns
  TransposedMatMulStage(
      MatMul operation,
      LeftOperand b,
      Storage storage,
      Epilogue epilogue,
      Kernels kernels,
      Workspaces workspaces,
      int workers) {
    this.operation = operation;
    this.kernels = kernels;
    this.m = (int) operation.m();
    this.n = (int) operation.n();
    this.k = (int) operation.k();
    this.product = new PanelProduct(kernels.matMul(), b, k);
    this.a = storage.floats(operation.a());
    this.out = storage.floats(operation.out());
    this.epilogue = epilogue;
    this.workspaces = workspaces;
    this.groups = Split.units(n, GROUP);
    this.claims = new Claims(groups * Split.units(m, Panels.WIDTH), workers);
    this.packed = new PackedPanels(workers);
    this.copy = new PanelCopy(epilogue.activated() != null ? epilogue.activated() : out, m, n);
    workspaces.require(b, k, Math.min(m, Panels.WIDTH), copy);
  }

  /// The copy in panels that can be had of what this stage leaves.
  PanelCopy copy() {
    return copy;
  }

  @Override
  public void run(int worker, int workers) {
    Workspace workspace = workspaces.get(worker);
    claims.begin(worker);
    packed.forget(worker);
    for (int unit = claims.next(worker); unit >= 0; unit = claims.next(worker)) {
      int panel = unit / groups;
      int column = unit % groups * GROUP;
      part(workspace, worker, panel, column, Math.min(GROUP, n - column));
    }
  }

  private void part(Workspace workspace, int worker, int panel, int column, int columns) {
    int row = panel * Panels.WIDTH;
    int rows = Math.min(Panels.WIDTH, m - row);
    int width = kernels.matMul().panelWidth(rows);
    if (!packed.holds(worker, panel)) {
      kernels
          .matMul()
          .packPanel(workspace, a.array(), a.offset() + row * k, 1, k, k, rows);
    }
    float[] tile = workspace.tile();
    float[] from = workspace.packed();
    product.multiply(column, columns, width, from, Storage.LEAD, width, tile, 0, width);
    int to = out.offset() + row * n + column;
    kernels.math().transpose(tile, 0, width, out.array(), to, n, columns, rows);
    epilogue.apply(kernels.math(), out, n, row, column, rows, columns);
    copy.update(row, rows, column, columns);
  }

  @Override
  public String describe() {
    return "MatMul%s %d x %d x %d, b transposed -> %s: %s, computed transposed, %s, %d panels x %d groups"
        .formatted(
            epilogue.describe(),
            m,
            k,
            n,
            operation.out(),
            kernels.matMul().describe(),
            product.a().describe("b"),
            Split.units(m, Panels.WIDTH),
            groups);
  }
}
