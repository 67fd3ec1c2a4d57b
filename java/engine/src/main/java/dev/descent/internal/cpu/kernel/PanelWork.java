package dev.descent.internal.cpu.kernel;

/// What a kernel's compiled code for panels depends on.
///
/// @param columns that are computed
/// @param rows of a
/// @param rowMajor whether neighbours in a's rows lie side by side
public record PanelWork(int columns, int rows, boolean rowMajor) {
  /// Products of as many rows as are usual.
  public PanelWork(int columns, boolean rowMajor) {
    this(columns, Panels.GROUP, rowMajor);
  }
}
