package dev.descent.internal.cpu.kernel;

/// What a kernel's compiled code for panels depends on.
///
/// @param columns that are computed
/// @param rowMajor whether neighbours in a's rows lie side by side
public record PanelWork(int columns, boolean rowMajor) {}
