package dev.descent.internal.cpu.kernel;

import org.jspecify.annotations.Nullable;

/// The implementations that a backend computes with.
///
/// @param matMul the matrix product
/// @param math element-by-element work
/// @param detail what they are, for the first line of every run
/// @param reason why these are not the fastest, and what to do; null where they are
public record Kernels(
    MatMulKernel matMul, Elementwise math, String detail, @Nullable String reason) {
  /// The matrix product where it reads b in place too, or null.
  public @Nullable PanelKernel panels() {
    return matMul instanceof PanelKernel kernel ? kernel : null;
  }

  /// `2 threads, 512-bit vectors`, or what keeps vectors from being used.
  public String describe(int threads) {
    String count = threads == 1 ? "1 thread, " : threads + " threads, ";
    return count + detail + (reason == null ? "" : " (" + reason + ")");
  }
}
