package dev.descent.internal.cpu.step;

import dev.descent.internal.cpu.kernel.MatMulPlan;
import dev.descent.internal.cpu.kernel.PanelKernel;
import dev.descent.internal.cpu.kernel.PrefetchTargets;

/// Parts of a product `a b` whose right operand is read panel by panel.
final class PanelProduct {
  private PanelProduct() {}

  /// Overwrites a part of the result.
  ///
  /// @param a the left operand
  /// @param k the number of products that each element sums
  /// @param row the first row
  /// @param columns the kernel's width for the panel's columns; b and c have room for them
  /// @param b the panel's elements from b0 on, ldb apart
  /// @param c the part's elements from c0 on, ldc apart; modified
  /// @param partners what an update takes together with c next
  /// @param partners0 where its elements begin, ldc apart
  static void multiply(
      PanelKernel kernel,
      LeftOperand a,
      int k,
      int row,
      int rows,
      int columns,
      float[] b,
      int b0,
      int ldb,
      float[] c,
      int c0,
      int ldc,
      PrefetchTargets partners,
      int partners0) {
    int kBlock = MatMulPlan.kBlock(k);
    for (int p = 0; p < k; ) {
      int count = a.columns(p, Math.min(kBlock, k - p));
      for (int i = 0; i < rows; ) {
        int some = a.rows(row + i, rows - i);
        kernel.multiplyPanel(
            columns,
            some,
            count,
            a.array(),
            a.index(row + i, p),
            a.rowStride(p),
            a.kStride(row + i),
            b,
            b0 + p * ldb,
            ldb,
            c,
            c0 + i * ldc,
            ldc,
            p > 0,
            partners,
            partners0 + i * ldc);
        i += some;
      }
      p += count;
    }
  }
}
