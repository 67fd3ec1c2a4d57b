package dev.descent.internal.cpu.kernel;

import dev.descent.internal.Philox;
import dev.descent.program.Activation;

/// Element-by-element work on rectangles: `rows x columns` elements, row i of an array x starting
/// at `x[x0 + i * ldx]`. An output may be an input; otherwise they do not overlap.
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

  /// `out = scale x` where a bit is one, 0 where it is zero.
  ///
  /// @param kept the bits, 32 an element, the lowest first; one element more than they need
  /// @param first the bit of the first element
  default void keep(
      float[] x, int x0, float scale, int[] kept, int first, float[] out, int out0, int count) {
    for (int j = 0; j < count; j++) {
      int bit = first + j;
      int all = -((kept[bit >>> 5] >>> bit) & 1);
      int bits = Float.floatToRawIntBits(x[x0 + j] * scale) & all;
      out[out0 + j] = Float.intBitsToFloat(bits);
    }
  }

  /// `out = (x - mean) factor + shift` for a run of elements, each with its own mean, factor and
  /// shift.
  default void normalise(
      float[] x,
      int x0,
      float[] mean,
      float[] factor,
      float[] shift,
      float[] out,
      int out0,
      int count) {
    for (int j = 0; j < count; j++) {
      out[out0 + j] = (x[x0 + j] - mean[j]) * factor[j] + shift[j];
    }
  }

  /// `dX = factor (dOut - shift - (x - mean) slope)` for a run of elements, each with its own mean,
  /// factor, shift and slope.
  default void normaliseBackward(
      float[] x,
      int x0,
      float[] mean,
      float[] factor,
      float[] shift,
      float[] slope,
      float[] dOut,
      int dOut0,
      float[] dX,
      int dX0,
      int count) {
    for (int j = 0; j < count; j++) {
      float distance = x[x0 + j] - mean[j];
      dX[dX0 + j] = factor[j] * (dOut[dOut0 + j] - shift[j] - distance * slope[j]);
    }
  }

  /// `out = scale x` for a run of bytes, which count from 0 to 255.
  void scaleBytes(float scale, byte[] x, int x0, float[] out, int out0, int count);

  /// Of several runs the largest of each element, NaN if one is NaN, and which run it is of, the
  /// first of equal ones.
  ///
  /// @param x the runs
  /// @param starts where each run begins
  /// @param names what each run is called
  /// @param runs how many there are, at least 1
  /// @param which receives the names
  default void largest(
      float[] x,
      int[] starts,
      int[] names,
      int runs,
      float[] out,
      int out0,
      int[] which,
      int which0,
      int count) {
    for (int j = 0; j < count; j++) {
      float best = x[starts[0] + j];
      int name = names[0];
      for (int run = 1; run < runs; run++) {
        float value = x[starts[run] + j];
        if (value > best || (Float.isNaN(value) && !Float.isNaN(best))) {
          best = value;
          name = names[run];
        }
      }
      out[out0 + j] = best;
      which[which0 + j] = name;
    }
  }

  /// Of several runs the sum of each element where it was [#largest], else 0.
  ///
  /// @param d the runs
  /// @param starts where each run begins, from d0 on, and from which0 on its names
  /// @param names what each run must be called to count
  /// @param runs how many there are
  default void whereLargest(
      float[] d,
      int d0,
      int[] which,
      int which0,
      int[] starts,
      int[] names,
      int runs,
      float[] out,
      int out0,
      int count) {
    for (int j = 0; j < count; j++) {
      float sum = 0;
      for (int run = 0; run < runs; run++) {
        int at = starts[run] + j;
        sum += which[which0 + at] == names[run] ? d[d0 + at] : 0;
      }
      out[out0 + j] = sum;
    }
  }

  /// The derivative of [#largest] by runs that no other maximum is of: `d` where a run is the
  /// one that is named, else 0.
  ///
  /// @param starts where each run begins
  /// @param names what each run is called
  /// @param runs how many there are
  default void spreadLargest(
      float[] d,
      int d0,
      int[] which,
      int which0,
      int[] starts,
      int[] names,
      int runs,
      float[] out,
      int count) {
    for (int run = 0; run < runs; run++) {
      for (int j = 0; j < count; j++) {
        out[starts[run] + j] = which[which0 + j] == names[run] ? d[d0 + j] : 0;
      }
    }
  }

  /// Random numbers as [Philox#blocks] has them.
  ///
  /// @param out the numbers. Modified.
  default void random(int counter0, int counter2, int counter3, long key, long[] out) {
    Philox.blocks(counter0, counter2, counter3, key, out);
  }
}
