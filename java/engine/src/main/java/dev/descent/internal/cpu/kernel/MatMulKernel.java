package dev.descent.internal.cpu.kernel;

import java.util.List;

/// Multiplies a group of rows with a packed panel: some neighbouring columns of b.
///
/// Every element of a product is the sum of its products in the order of k, each added with one
/// fused multiply-add, so that all kernels give the same bits.
public interface MatMulKernel {
  /// Whether products on tiny inputs soon show that the compiler has this. Not so where operands are
  /// converted first, which takes most of the time of a tiny product.
  default boolean needsWarmUp() {
    return true;
  }

  /// Whether the first products, before the compiler has this, take far longer than plain loops
  /// would.
  default boolean isSlowAtFirst() {
    return false;
  }

  /// Repeats the instruction that products are made of, with nothing but registers, for some ten
  /// microseconds: no product can be faster.
  ///
  /// @return the operations of a product that this comes to, two for a multiply-add; NaN where
  ///     there is no such loop
  default double peak() {
    return Double.NaN;
  }

  /// For explanations: the tile's size.
  String describe(MatMulPlan plan);

  /// A kernel with the same results that needs no trial before it computes.
  default MatMulKernel untried() {
    return this;
  }

  /// The number of columns of the widest panel. Where the widest tile has as many, it reads a panel
  /// from one end to the other.
  int maxWidth();

  /// The number of columns, padding included, of the panel in which `columns` columns are packed;
  /// not below `columns` and not above [#maxWidth].
  int width(int columns);

  /// Rows that are best computed together: groups of rows begin at multiples of it.
  int rowUnit();

  /// How many packed panels of so many rows of b a worker keeps at a time.
  int slots(int k, int width);

  /// Makes a worker's scratch memory, for any of these plans.
  ///
  /// @param panelRows the most rows of a panel that [PanelKernel#packPanel] packs
  /// @param leftElements that [Workspace#left] must hold
  Workspace workspace(List<MatMulPlan> plans, int panelRows, int leftElements);

  /// Packs `count x columns` elements of b, element (k, j) at `b[b0 + k * kStride + j *
  /// columnStride]`, one of the strides being 1.
  ///
  /// @param workspace a panel of it is modified
  /// @param slot which
  void pack(
      Workspace workspace,
      int slot,
      float[] b,
      int b0,
      int kStride,
      int columnStride,
      int count,
      int columns);

  /// `c (+)= a b` with a packed panel.
  ///
  /// @param slot which
  /// @param rows at most [MatMulPlan#GROUP]
  /// @param columns as packed; c must have room for [#width] of them
  /// @param add whether c is added to rather than overwritten
  void multiply(
      Workspace workspace,
      int slot,
      int rows,
      int columns,
      int count,
      float[] a,
      int a0,
      int rowStride,
      int kStride,
      float[] c,
      int c0,
      int ldc,
      boolean add);
}
