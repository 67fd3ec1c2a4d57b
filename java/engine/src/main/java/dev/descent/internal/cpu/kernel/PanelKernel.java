package dev.descent.internal.cpu.kernel;

/// A kernel that also reads b where it lies: row by row, or in [Panels].
public interface PanelKernel extends MatMulKernel {
  /// For explanations: the tile's size in panels.
  String describe();

  /// Whether reading b in place is faster than packing it, for so many rows of a, where its rows
  /// don't crowd a cache.
  boolean readsInPlace(int m);

  /// Whether operands whose elements (k, j) and (k + 1, j) lie so far apart must not be read in
  /// place by products of m rows: see [Processor#crowdsSets]. Never where operands are converted
  /// first, and read once.
  boolean crowdsSets(int m, int stride);

  /// Whether it pays to [#packLeft] where a's columns lie side by side.
  boolean packsLeft();

  /// Copies `rows x count` elements of a, element (i, k) at `a[a0 + i + k * kStride]`, to
  /// [Workspace#left], element (i, k) at `[Workspace.LEAD + i * count + k]`.
  void packLeft(Workspace workspace, float[] a, int a0, int kStride, int rows, int count);

  /// How many rows [#multiplyPanel] is best called for at a time. More where a kernel prepares the
  /// panel for each call.
  ///
  /// @param usual how many suit a kernel that reads the panel as it is
  /// @return at least `usual`
  default int groupRows(int usual) {
    return usual;
  }

  /// Begins products of this thread between which the elements of a do not change: a kernel that
  /// converts its operands may keep them until [#endProducts].
  default void beginProducts() {}

  /// Tells, between [#beginProducts] and [#endProducts], that b is another panel from here on.
  default void nextPanel() {}

  /// Ends what [#beginProducts] began.
  default void endProducts() {}

  /// The columns, padding included, that [#multiplyPanel] computes where `columns` are needed.
  ///
  /// @param columns at most [#maxWidth]
  int panelWidth(int columns);

  /// Packs `count x columns` elements of b as [#multiplyPanel] takes them, filled up with zeros to
  /// [#panelWidth], into [Workspace#packed] from [Workspace#LEAD] on. The parameters are those of
  /// [#pack].
  void packPanel(
      Workspace workspace,
      float[] b,
      int b0,
      int kStride,
      int columnStride,
      int count,
      int columns);

  /// [#multiplyPanel] where no update follows.
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
  /// @param partners what the update that follows accesses together with c: prefetched by kernels
  ///     that can
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
