package dev.descent.internal.cpu.step;

import dev.descent.internal.cpu.kernel.MatMulPlan;
import dev.descent.internal.cpu.kernel.PanelKernel;
import dev.descent.internal.cpu.kernel.PanelWork;
import dev.descent.internal.cpu.kernel.RunKernel;
import dev.descent.internal.cpu.kernel.Split;
import dev.descent.internal.cpu.kernel.Workspace;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// A matrix in panels as a [PanelKernel] takes them: each as wide as the kernel computes, and of whole
/// cache lines, zeros behind the last column.
final class KernelPanels {
  /// Elements of a cache line: where rows fill whole lines, no vector lies in two.
  private static final int LINE = 16;

  private final PanelKernel kernel;
  private final int rows;
  private final int columns;
  private final int[] widths;

  KernelPanels(PanelKernel kernel, int rows, int columns) {
    this.kernel = kernel;
    this.rows = rows;
    this.columns = columns;
    this.widths = new int[Split.units(columns, kernel.maxWidth())];
    Arrays.setAll(widths, panel -> kernel.panelWidth(Split.units(columns(panel), LINE) * LINE));
  }

  /// How many rows [#multiply] is best called for at a time.
  int groupRows(int usual) {
    return kernel.groupRows(usual);
  }

  /// The kernel, if its sums go by runs and over the whole of a panel.
  @Nullable RunKernel runKernel() {
    return kernel instanceof RunKernel byRuns && rows <= MatMulPlan.MAX_K_BLOCK ? byRuns : null;
  }

  /// The kinds of products that [#multiply] makes of them.
  ///
  /// @param aRows of a
  /// @param rowMajor whether neighbours in a's rows lie side by side
  List<PanelWork> works(int aRows, boolean rowMajor) {
    return Arrays.stream(widths)
        .distinct()
        .mapToObj(width -> new PanelWork(width, aRows, rowMajor))
        .toList();
  }

  /// The panels and the kernel, for explanations.
  String describe() {
    return String.format(Locale.ROOT, "%d panels, %s", count(), kernel.describe());
  }

  int count() {
    return widths.length;
  }

  /// The columns of a panel that are part of the matrix.
  int columns(int panel) {
    return Math.min(kernel.maxWidth(), columns - column(panel));
  }

  /// The first column of a panel.
  int column(int panel) {
    return panel * kernel.maxWidth();
  }

  /// The columns of a panel, zeros included.
  int width(int panel) {
    return widths[panel];
  }

  int start(int panel) {
    return Workspace.LEAD + column(panel) * rows;
  }

  /// Memory for it, filled with zeros.
  float[] allocate() {
    int last = count() - 1;
    return new float[Math.addExact(start(last), Math.multiplyExact(width(last), rows))];
  }

  /// The index of the row's part in a panel.
  int index(int row, int panel) {
    return start(panel) + row * width(panel);
  }

  /// `c (+)= a b`, b being rows of a panel.
  ///
  /// @param row the first row of the panel
  /// @param count the rows of the panel
  void multiply(
      float[] panels,
      int panel,
      int row,
      int count,
      int aRows,
      float[] a,
      int a0,
      int rowStride,
      int kStride,
      float[] c,
      int c0,
      boolean add) {
    int width = width(panel);
    for (int k = 0; k < count; k += MatMulPlan.MAX_K_BLOCK) {
      kernel.multiplyPanel(
          width,
          aRows,
          Math.min(MatMulPlan.MAX_K_BLOCK, count - k),
          a,
          a0 + k * kStride,
          rowStride,
          kStride,
          panels,
          index(row + k, panel),
          width,
          c,
          c0,
          width,
          add || k > 0);
    }
  }
}
