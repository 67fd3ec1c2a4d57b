package dev.descent.internal.cpu;

/// Multiplies a group of rows with a panel: some neighbouring columns of b, packed or in place.
///
/// Every element of a product is the sum of its products in the order of k, each added with one fused
/// multiply-add, so that all kernels give the same bits.
interface MatMulKernel {
  /// For explanations: the tile's size.
  String describe(MatMulPlan plan);

  /// The number of columns of the widest panel.
  int maxWidth();

  /// The number of columns, padding included, of the panel in which `columns` columns are packed; not
  /// below `columns` and not above [#maxWidth].
  int width(int columns);

  /// Whether [#multiplyInPlace] works, and is the faster way for so many rows of a.
  boolean readsInPlace(int m, int aKStride);

  /// Rows that are best computed together: groups of rows begin at multiples of it.
  int rowUnit();

  /// Makes a worker's scratch memory.
  ///
  /// @param k the most rows of b that are packed at a time
  /// @param width the widest panel
  Workspace workspace(int k, int width);

  /// The bytes that [#workspace] takes.
  long workspaceBytes(int k, int width);

  /// Packs `count x columns` elements of b, element (k, j) at `b[b0 + k * kStride + j *
  /// columnStride]`, one of the strides being 1.
  ///
  /// @param workspace its panel is modified
  void pack(
      Workspace workspace,
      float[] b,
      int b0,
      int kStride,
      int columnStride,
      int count,
      int columns);

  /// `c (+)= a b` with the packed panel.
  ///
  /// @param rows at most [MatMulPlan#GROUP]
  /// @param columns as packed; c must have room for [#width] of them
  /// @param add whether c is added to rather than overwritten
  void multiply(
      Workspace workspace,
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

  /// `c (+)= a b` with b's rows of [#maxWidth] columns where they are.
  void multiplyInPlace(
      int rows,
      int count,
      float[] a,
      int a0,
      int rowStride,
      int kStride,
      float[] b,
      int b0,
      int ldb,
      float[] c,
      int c0,
      int ldc,
      boolean add);
}
