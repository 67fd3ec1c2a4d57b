package dev.descent.internal.cpu.step;

import dev.descent.internal.cpu.kernel.Elementwise;
import dev.descent.internal.cpu.kernel.FormEpilogue;
import dev.descent.internal.cpu.kernel.PanelKernel;
import dev.descent.internal.cpu.kernel.PanelWork;
import dev.descent.internal.cpu.kernel.Panels;
import dev.descent.internal.cpu.kernel.PrefetchTargets;
import dev.descent.internal.cpu.kernel.Split;
import dev.descent.internal.cpu.kernel.Workspace;
import dev.descent.internal.cpu.team.WorkQueue;
import dev.descent.internal.lowering.Group;
import dev.descent.program.ProductOperation.MatMul;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// A matrix product `out = a b` that reads b panel by panel, or both operands in forms, with its
/// [Epilogue], and where the result is a gradient, with the optimizer's update of the weights that
/// belong to it. Workers claim parts of [Panels#GROUP] rows of a panel or fewer.
final class PanelMatMulStage implements Stage {
  /// As many where sums are long: three tiles, so that workers are done at nearly the same time.
  private static final int SHORT_GROUP = 16;

  private static final int LONG = 256;

  /// Of products of so few panels, parts are no more than [Panels#GROUP] rows if b is not prepared
  /// for each: there would be too few.
  private static final int FEW_PANELS = 4;

  private final Group.Product product;
  private final PanelKernel kernel;
  private final Elementwise math;
  private final LeftOperand a;
  private final Right b;
  private final Result out;
  private final @Nullable FormProduct forms;
  private final Epilogue epilogue;
  private final @Nullable FormEpilogue meanwhile;
  private final PanelCopy copy;
  private final @Nullable Updater updater;
  private final PrefetchTargets partners;
  private final boolean passing;
  private final Workspaces workspaces;
  private final WorkQueue claims;
  private final PackedPanels packed;
  private final int m;
  private final int n;
  private final int k;
  private final int maxWidth;
  private final int group;
  private final int groups;

  /// Where b lies: in panels, or row by row, from where each worker packs the panel that it works
  /// on.
  ///
  /// @param rows row-major elements, or null
  /// @param panels the panels, or null
  /// @param transposed whether these are b's transpose
  record Right(@Nullable FloatSpan rows, @Nullable Panels panels, boolean transposed) {}

  /// Where the result lies: in panels or row by row.
  record Result(FloatSpan rows, @Nullable Panels panels) {}

  /// @param forms in which operands are read where they can be, or null
  /// @param updater of what the result is the gradient of, or null
  /// @param passing whether within the step only the updater reads the result, or if there is none,
  ///     only products by forms
  /// @param workers of the team
  PanelMatMulStage(
      Group.Product product,
      LeftOperand a,
      Right b,
      Result out,
      @Nullable FormProduct forms,
      Epilogue epilogue,
      @Nullable Updater updater,
      boolean passing,
      PanelKernel kernel,
      Elementwise math,
      Workspaces workspaces,
      int workers) {
    MatMul operation = product.matMul();
    this.product = product;
    this.kernel = kernel;
    this.math = math;
    this.a = a;
    this.b = b;
    this.out = out;
    this.forms = forms;
    this.epilogue = epilogue;
    this.meanwhile =
        forms != null && updater == null && out.panels() == null
            ? epilogue.byForms(out.rows(), (int) operation.n())
            : null;
    this.updater = updater;
    this.passing = passing && (updater == null || updater.takesAnyGradients());
    this.partners = updater == null ? PrefetchTargets.NONE : updater.partners();
    this.workspaces = workspaces;
    this.m = (int) operation.m();
    this.n = (int) operation.n();
    this.k = (int) operation.k();
    this.maxWidth = kernel.maxWidth();
    this.group =
        forms != null && Split.units(n, maxWidth) < FEW_PANELS
            ? Panels.GROUP
            : kernel.groupRows(k >= LONG ? SHORT_GROUP : Panels.GROUP);
    this.groups = Split.units(m, group);
    this.claims = new WorkQueue(groups * Split.units(n, maxWidth), workers);
    this.packed = new PackedPanels(workers);
    this.copy =
        new PanelCopy(
            kernel, math, epilogue.activated() != null ? epilogue.activated() : out.rows(), m, n);
    workspaces.require(
        new PanelWork(kernel.panelWidth(Math.min(n, maxWidth)), a.kStride(0) == 1), k, copy);
  }

  /// The copy in panels that can be had of what this stage leaves: of the activation's result where
  /// there is one.
  PanelCopy copy() {
    return copy;
  }

  @Override
  public void run(int worker, int workers) {
    run(worker, true);
  }

  /// A gradient that only its update reads is not stored, nor is what is read in forms alone.
  @Override
  public void runAmidRepetitions(int worker, int workers) {
    run(worker, !passing);
  }

  private void run(int worker, boolean kept) {
    Workspace workspace = workspaces.get(worker);
    claims.begin(worker);
    packed.forget(worker);
    kernel.beginProducts();
    try {
      for (int unit = claims.next(worker); unit >= 0; unit = claims.next(worker)) {
        int row = unit % groups * group;
        kernel.nextPanel();
        part(workspace, worker, unit / groups, row, Math.min(group, m - row), kept);
      }
    } finally {
      kernel.endProducts();
    }
  }

  private void part(Workspace workspace, int worker, int panel, int row, int rows, boolean kept) {
    int columns = Math.min(maxWidth, n - panel * maxWidth);
    int column = panel * maxWidth;
    if (forms != null
        && meanwhile != null
        && copy.isInFormsAlone()
        && forms.multiply(row, rows, column, columns, copy.forms(), meanwhile, kept)) {
      return;
    }
    int width = kernel.panelWidth(columns);
    int c0 = index(panel, row);
    int ldc = stride(panel);
    float[] c = out.rows().array();
    boolean whole = width == columns;
    // A gradient that is not kept stays in memory of the first-level cache, where it would else
    // displace what is updated.
    Updater only = !kept && whole && ldc == columns ? updater : null;
    int first = c0 - out.rows().offset();
    if (only != null
        && forms != null
        && only.update(worker, forms, first, row, column, rows, columns)) {
      return;
    }
    boolean inPlace = whole && only == null;
    float[] to = inPlace ? c : workspace.tile();
    int to0 = inPlace ? c0 : Workspace.LEAD;
    int ldto = inPlace ? ldc : width;
    PrefetchTargets next = whole ? partners : PrefetchTargets.NONE;
    if (forms == null || !forms.multiply(row, rows, column, width, to, to0, ldto, next, c0)) {
      multiply(workspace, worker, panel, row, rows, to, to0, ldto, next, c0);
    }
    if (only != null) {
      only.update(worker, to, to0, first, row, column, rows, columns);
      return;
    }
    if (!inPlace) {
      for (int i = 0; i < rows; i++) {
        System.arraycopy(to, to0 + i * width, c, c0 + i * ldc, columns);
      }
    }
    epilogue.apply(math, out.rows(), n, row, column, rows, columns);
    copy.update(row, rows, column, columns);
    if (updater != null) {
      updater.update(worker, first, ldc, row, column, rows, columns);
    }
  }

  /// The product of the operands as they were before any conversion.
  private void multiply(
      Workspace workspace,
      int worker,
      int panel,
      int row,
      int rows,
      float[] to,
      int to0,
      int ldto,
      PrefetchTargets next,
      int next0) {
    int columns = Math.min(maxWidth, n - panel * maxWidth);
    int width = kernel.panelWidth(columns);
    float[] from;
    int start;
    int ldb;
    if (b.panels() != null && !b.transposed() && b.panels().width(panel) >= width) {
      from = b.panels().array();
      start = b.panels().start(panel);
      ldb = b.panels().width(panel);
    } else {
      pack(workspace, worker, panel, columns);
      from = workspace.packed();
      start = Workspace.LEAD;
      ldb = width;
    }
    PanelProduct.multiply(
        kernel, a, k, row, rows, width, from, start, ldb, to, to0, ldto, next, next0);
  }

  private void pack(Workspace workspace, int worker, int panel, int columns) {
    if (!packed.holds(worker, panel)) {
      Panels panels = b.panels();
      FloatSpan rows = b.rows();
      int column = panel * maxWidth;
      if (panels != null && b.transposed()) {
        packTransposed(workspace, panels, column, columns);
      } else if (panels != null) {
        kernel.packPanel(
            workspace, panels.array(), panels.start(panel), panels.width(panel), 1, k, columns);
      } else if (rows != null && b.transposed()) {
        int start = rows.offset() + column * k;
        kernel.packPanel(workspace, rows.array(), start, 1, k, k, columns);
      } else if (rows != null) {
        kernel.packPanel(workspace, rows.array(), rows.offset() + column, n, 1, k, columns);
      }
    }
  }

  private void packTransposed(Workspace workspace, Panels panels, int row, int rows) {
    for (int p = 0; p < panels.count(); p++) {
      math.transpose(
          panels.array(),
          panels.start(p) + row * panels.width(p),
          panels.width(p),
          workspace.packed(),
          Workspace.LEAD + p * maxWidth * rows,
          rows,
          rows,
          panels.columns(p));
    }
  }

  private int index(int panel, int row) {
    Panels panels = out.panels();
    return panels != null
        ? panels.index(row, panel * maxWidth)
        : out.rows().offset() + row * n + panel * maxWidth;
  }

  private int stride(int panel) {
    return out.panels() != null ? out.panels().width(panel) : n;
  }

  @Override
  public String describe() {
    MatMul operation = product.matMul();
    return String.format(
        Locale.ROOT,
        "MatMul%s %d x %d x %d%s%s -> %s: %s, %s%s%d panels x %d groups",
        product.suffix(),
        operation.m(),
        operation.k(),
        operation.n(),
        operation.transposeA() ? ", a transposed" : "",
        operation.transposeB() ? ", b transposed" : "",
        operation.out(),
        kernel.describe(),
        forms != null ? "both in forms, " : a.describe("a") + ", ",
        forms != null ? "" : b.panels() != null ? "b in panels, " : "b packed, ",
        Split.units(n, maxWidth),
        groups);
  }
}
