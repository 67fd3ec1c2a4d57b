package dev.descent.internal.cpu.kernel;

import java.util.List;

/// Multiplies a group of rows with a panel: some neighbouring columns of b, packed or in place.
///
/// Every element of a product is the sum of its products in the order of k, each added with one fused
/// multiply-add, so that all kernels give the same bits.
public interface MatMulKernel {
  /// For explanations: the tile's size.
  String describe(MatMulPlan plan);

  /// The number of columns of the widest panel.
  int maxWidth();

  /// The number of columns, padding included, of the panel in which `columns` columns are packed; not
  /// below `columns` and not above [#maxWidth].
  int width(int columns);

  /// Whether [#multiplyInPlace] works, and is the faster way for so many rows of a.
  boolean readsInPlace(int m);

  /// Rows that are best computed together: groups of rows begin at multiples of it.
  int rowUnit();

  /// Whether it pays to [#packLeft] where a's columns lie side by side.
  boolean packsLeft();

  /// How many packed panels of so many rows of b a worker keeps at a time.
  int slots(int k, int width);

  /// Makes a worker's scratch memory, for any of these plans.
  ///
  /// @param panelRows the most rows of a panel that [#packPanel] packs
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

  /// Copies `rows x count` elements of a, element (i, k) at `a[a0 + i + k * kStride]`, to
  /// [Workspace#left], element (i, k) at `[Workspace.LEAD + i * count + k]`.
  void packLeft(Workspace workspace, float[] a, int a0, int kStride, int rows, int count);

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

  /// Whether [#panelWidth], [#packPanel] and [#multiplyPanel] work, so that matrices may lie in
  /// [Panels].
  boolean takesPanels();

  /// For explanations: the tile's size in panels.
  String describe();

  /// How many rows of a [#multiplyPanel] is best called for at a time. More where a kernel prepares the
  /// panel for each call.
  ///
  /// @param usual how many suit a kernel that reads the panel as it is
  /// @return at least `usual`
  default int groupRows(int usual) {
    return usual;
  }

  /// The columns, padding included, that [#multiplyPanel] computes where `columns` are wanted.
  ///
  /// @param columns at most [Panels#WIDTH]
  int panelWidth(int columns);

  /// Packs `count x columns` elements of b as [#multiplyPanel] takes them, filled up with zeros to
  /// [#panelWidth], into [Workspace#packed] from [Workspace#LEAD] on. The parameters are those of [#pack].
  void packPanel(
      Workspace workspace,
      float[] b,
      int b0,
      int kStride,
      int columnStride,
      int count,
      int columns);

  /// [#multiplyPanel] where no update takes the result next.
  default void multiplyPanel(
      int columns,
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
      boolean add) {
    multiplyPanel(
        columns,
        rows,
        count,
        a,
        a0,
        rowStride,
        kStride,
        b,
        b0,
        ldb,
        c,
        c0,
        ldc,
        add,
        PrefetchTargets.NONE,
        0);
  }

  /// `c (+)= a b` for a panel of b: element (k, j) at `b[b0 + k * ldb + j]`.
  ///
  /// @param columns a value of [#panelWidth]
  /// @param rows any number
  /// @param partners what an update takes together with c next: a kernel that can ask for memory ahead of its
  ///     use does so
  /// @param partners0 where the partners' elements begin, ldc apart
  void multiplyPanel(
      int columns,
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
      boolean add,
      PrefetchTargets partners,
      int partners0);
}
