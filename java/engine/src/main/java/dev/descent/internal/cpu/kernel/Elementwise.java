package dev.descent.internal.cpu.kernel;

import dev.descent.internal.Philox;
import dev.descent.program.Activation;
import org.jspecify.annotations.Nullable;

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

  /// Of what is under the taps the largest of each channel, NaN if one is NaN, and which tap it is
  /// under, the first of equal ones.
  ///
  /// @param out receives the largest, place by place
  /// @param which receives the taps' names
  default void largest(float[] x, Places places, float[] out, int out0, int[] which, int which0) {
    int channels = places.channels();
    for (int place = 0; place < places.count(); place++) {
      for (int j = 0; j < channels; j++) {
        float best = x[places.start(0, place) + j];
        int name = places.name(0);
        for (int tap = 1; tap < places.taps(); tap++) {
          float value = x[places.start(tap, place) + j];
          if (value > best || (Float.isNaN(value) && !Float.isNaN(best))) {
            best = value;
            name = places.name(tap);
          }
        }
        out[out0 + place * channels + j] = best;
        which[which0 + place * channels + j] = name;
      }
    }
  }

  /// [#largest] of what [#normalise], and then perhaps ReLU and [#keep], make of what is under the
  /// taps.
  ///
  /// @param factors of each channel: mean, factor and shift
  /// @param rectify whether there is ReLU
  /// @param scale of what is kept
  /// @param kept the bits of what is kept, or null if all is
  /// @param first the index of the element that the first bit is of
  /// @param chosen receives the elements of x that became the largest
  default void largestNormalised(
      float[] x,
      Places places,
      float[][] factors,
      boolean rectify,
      float scale,
      int @Nullable [] kept,
      int first,
      float[] out,
      int out0,
      int[] which,
      int which0,
      float[] chosen,
      int chosen0) {
    int channels = places.channels();
    for (int place = 0; place < places.count(); place++) {
      for (int j = 0; j < channels; j++) {
        float best = 0;
        int tap = 0;
        for (int next = 0; next < places.taps(); next++) {
          int at = places.start(next, place) + j;
          float value = (x[at] - factors[0][j]) * factors[1][j] + factors[2][j];
          value = rectify ? Math.max(value, 0) : value;
          if (kept != null) {
            int bit = at - first;
            value = (kept[bit >>> 5] >>> bit & 1) == 0 ? 0 : value * scale;
          }
          if (next == 0 || value > best || (Float.isNaN(value) && !Float.isNaN(best))) {
            best = value;
            tap = next;
          }
        }
        out[out0 + place * channels + j] = best;
        which[which0 + place * channels + j] = places.name(tap);
        chosen[chosen0 + place * channels + j] = x[places.start(tap, place) + j];
      }
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

  /// The derivative of [#largest] by what is under the taps, and under no tap at another place: `d`
  /// under the tap that is named, else 0.
  ///
  /// @param which the taps' names
  default void spreadLargest(
      float[] d, int d0, int[] which, int which0, Places places, float[] out) {
    int channels = places.channels();
    for (int place = 0; place < places.count(); place++) {
      for (int tap = 0; tap < places.taps(); tap++) {
        for (int j = 0; j < channels; j++) {
          int at = place * channels + j;
          out[places.start(tap, place) + j] =
              which[which0 + at] == places.name(tap) ? d[d0 + at] : 0;
        }
      }
    }
  }

  /// [#normaliseBackward] of what [#spreadLargest] makes of d.
  ///
  /// @param factors of each channel: mean, factor, shift and slope
  /// @param places where elements lie in x
  /// @param toOut from an element's index in x to that in out
  default void normaliseBackwardLargest(
      float[] x,
      Places places,
      float[][] factors,
      float[] d,
      int d0,
      int[] which,
      int which0,
      float[] out,
      int toOut) {
    int channels = places.channels();
    for (int place = 0; place < places.count(); place++) {
      for (int tap = 0; tap < places.taps(); tap++) {
        for (int j = 0; j < channels; j++) {
          int from = place * channels + j;
          int at = places.start(tap, place) + j;
          float above = which[which0 + from] == places.name(tap) ? d[d0 + from] : 0;
          float distance = x[at] - factors[0][j];
          out[at + toOut] = factors[1][j] * (above - factors[2][j] - distance * factors[3][j]);
        }
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
