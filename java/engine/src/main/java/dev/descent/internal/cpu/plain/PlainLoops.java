package dev.descent.internal.cpu.plain;

import dev.descent.internal.cpu.kernel.Processor;

/// The inner loops of [PlainMatMul]. With a fused multiply-add where the processor has one: without
/// it, `Math.fma` is computed with big decimals, thousands of times slower.
final class PlainLoops {
  private static final boolean FUSED = Processor.hasFusedMultiplyAdd();

  private PlainLoops() {}

  /// `c (+)= a b` for one row and one k.
  static void multiply1x1(int columns, float[] b, float[] c, float a) {
    if (FUSED) {
      for (int j = 0; j < columns; j++) {
        c[j] = Math.fma(a, b[j], c[j]);
      }
    } else {
      for (int j = 0; j < columns; j++) {
        c[j] += a * b[j];
      }
    }
  }

  /// `c (+)= a b` for four rows and four neighbouring k; `aRK` is a's element for row R and k K.
  static void multiply4x4(
      int columns,
      float[] b0,
      float[] b1,
      float[] b2,
      float[] b3,
      float[] c0,
      float[] c1,
      float[] c2,
      float[] c3,
      float a00,
      float a01,
      float a02,
      float a03,
      float a10,
      float a11,
      float a12,
      float a13,
      float a20,
      float a21,
      float a22,
      float a23,
      float a30,
      float a31,
      float a32,
      float a33) {
    if (!FUSED) {
      unfused4(columns, b0, b1, b2, b3, c0, a00, a01, a02, a03);
      unfused4(columns, b0, b1, b2, b3, c1, a10, a11, a12, a13);
      unfused4(columns, b0, b1, b2, b3, c2, a20, a21, a22, a23);
      unfused4(columns, b0, b1, b2, b3, c3, a30, a31, a32, a33);
      return;
    }
    for (int j = 0; j < columns; j++) {
      float x0 = b0[j];
      float x1 = b1[j];
      float x2 = b2[j];
      float x3 = b3[j];
      c0[j] = Math.fma(a03, x3, Math.fma(a02, x2, Math.fma(a01, x1, Math.fma(a00, x0, c0[j]))));
      c1[j] = Math.fma(a13, x3, Math.fma(a12, x2, Math.fma(a11, x1, Math.fma(a10, x0, c1[j]))));
      c2[j] = Math.fma(a23, x3, Math.fma(a22, x2, Math.fma(a21, x1, Math.fma(a20, x0, c2[j]))));
      c3[j] = Math.fma(a33, x3, Math.fma(a32, x2, Math.fma(a31, x1, Math.fma(a30, x0, c3[j]))));
    }
  }

  private static void unfused4(
      int columns,
      float[] b0,
      float[] b1,
      float[] b2,
      float[] b3,
      float[] c,
      float a0,
      float a1,
      float a2,
      float a3) {
    for (int j = 0; j < columns; j++) {
      c[j] = c[j] + a0 * b0[j] + a1 * b1[j] + a2 * b2[j] + a3 * b3[j];
    }
  }
}
