package dev.descent.internal.cpu.kernel;

import org.jspecify.annotations.Nullable;

/// A kernel that takes the operands of convolutions where they lie in images: its sums go by runs of products, which
/// lie apart in both operands.
public interface RunKernel extends PanelKernel {
  /// `c (+)= a b + bias` for lines of rows, which follow each other in c, with the bits of
  /// [#multiplyPanel] and [Elementwise#addBias].
  ///
  /// @param columns any number up to [#maxWidth]
  /// @param lines how often there are `rows` rows
  /// @param runs how many runs a sum adds up
  /// @param count the products of a run
  /// @param aLine elements of a from a line to the next
  /// @param aRun elements of a from a run to the next
  /// @param bLine elements of b from a line to the next
  /// @param bRun elements of b from a run to the next
  /// @param bias one row, or null
  void multiplyRuns(
      int columns,
      int lines,
      int rows,
      int runs,
      int count,
      float[] a,
      int a0,
      int aLine,
      int rowStride,
      int kStride,
      int aRun,
      float[] b,
      int b0,
      int bLine,
      int ldb,
      int bRun,
      float @Nullable [] bias,
      int bias0,
      float[] c,
      int c0,
      int ldc,
      boolean add);
}
