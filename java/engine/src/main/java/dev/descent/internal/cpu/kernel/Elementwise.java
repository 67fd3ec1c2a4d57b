package dev.descent.internal.cpu.kernel;

import dev.descent.program.Activation;

/// Element-by-element work on rectangles: `rows x columns` elements, row i of an array x starting at
/// `x[x0 + i * ldx]`. An output may be an input; otherwise they do not overlap.
///
/// Implementations give the same bits for the same input: all use the formulas of [FloatMath].
public interface Elementwise {
  /// `out = x + bias`, the bias being one row.
  void addBias(
      float[] x,
      int x0,
      int ldx,
      float[] bias,
      int bias0,
      float[] out,
      int out0,
      int ldout,
      int rows,
      int columns);

  /// `out = f(x)`; not for softmax.
  void activate(
      Activation activation,
      float[] x,
      int x0,
      int ldx,
      float[] out,
      int out0,
      int ldout,
      int rows,
      int columns);

  /// `dX = f' dOut`; not for softmax.
  void activateBackward(
      Activation activation,
      float[] saved,
      int saved0,
      int ldsaved,
      float[] dOut,
      int dOut0,
      int lddOut,
      float[] dX,
      int dX0,
      int lddX,
      int rows,
      int columns);

  /// `out = x`
  void copy(float[] x, int x0, int ldx, float[] out, int out0, int ldout, int rows, int columns);

  /// `out = e^(x - shift)` for a run of elements.
  void exp(float[] x, int x0, float shift, float[] out, int out0, int count);

  /// `out = x'` for `rows x columns` elements of x.
  void transpose(
      float[] x, int x0, int ldx, float[] out, int out0, int ldout, int rows, int columns);

  /// Adam's update of a run of elements, with the formulas and parameters of [Updates#adam].
  ///
  /// @param p the parameters, from `at` on. Modified.
  /// @param m the first moments, from `at` on. Modified.
  /// @param v the second moments, from `at` on. Modified.
  /// @param g the gradients, from g0 on. Not modified.
  void adam(
      float[] p,
      float[] m,
      float[] v,
      int at,
      float[] g,
      int g0,
      int count,
      float shrink,
      float stepSize,
      float scale,
      float beta1,
      float beta2,
      float epsilon);

  /// `out = scale x` for a run of bytes, which count from 0 to 255.
  void scaleBytes(float scale, byte[] x, int x0, float[] out, int out0, int count);
}
