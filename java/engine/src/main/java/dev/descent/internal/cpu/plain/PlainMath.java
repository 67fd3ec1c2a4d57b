package dev.descent.internal.cpu.plain;

import dev.descent.internal.cpu.kernel.Elementwise;
import dev.descent.internal.cpu.kernel.FloatMath;
import dev.descent.internal.cpu.kernel.Updates;
import dev.descent.program.Activation;

/// Element-by-element work in plain loops.
public final class PlainMath implements Elementwise {
  @Override
  public void addBias(
      float[] x,
      int x0,
      int ldx,
      float[] bias,
      int bias0,
      float[] out,
      int out0,
      int ldout,
      int rows,
      int columns) {
    for (int i = 0; i < rows; i++) {
      int from = x0 + i * ldx;
      int to = out0 + i * ldout;
      for (int j = 0; j < columns; j++) {
        out[to + j] = x[from + j] + bias[bias0 + j];
      }
    }
  }

  @Override
  public void activate(
      Activation activation,
      float[] x,
      int x0,
      int ldx,
      float[] out,
      int out0,
      int ldout,
      int rows,
      int columns) {
    for (int i = 0; i < rows; i++) {
      int from = x0 + i * ldx;
      int to = out0 + i * ldout;
      for (int j = 0; j < columns; j++) {
        out[to + j] = FloatMath.activate(activation, x[from + j]);
      }
    }
  }

  @Override
  public void activateBackward(
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
      int columns) {
    for (int i = 0; i < rows; i++) {
      int s = saved0 + i * ldsaved;
      int from = dOut0 + i * lddOut;
      int to = dX0 + i * lddX;
      for (int j = 0; j < columns; j++) {
        dX[to + j] = dOut[from + j] * FloatMath.derivative(activation, saved[s + j]);
      }
    }
  }

  @Override
  public void copy(
      float[] x, int x0, int ldx, float[] out, int out0, int ldout, int rows, int columns) {
    for (int i = 0; i < rows; i++) {
      System.arraycopy(x, x0 + i * ldx, out, out0 + i * ldout, columns);
    }
  }

  @Override
  public void exp(float[] x, int x0, float shift, float[] out, int out0, int count) {
    for (int j = 0; j < count; j++) {
      out[out0 + j] = FloatMath.expDifference(x[x0 + j], shift);
    }
  }

  @Override
  public void transpose(
      float[] x, int x0, int ldx, float[] out, int out0, int ldout, int rows, int columns) {
    for (int j = 0; j < columns; j++) {
      int to = out0 + j * ldout;
      for (int i = 0; i < rows; i++) {
        out[to + i] = x[x0 + i * ldx + j];
      }
    }
  }

  @Override
  public void adam(
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
      float epsilon) {
    if (at != g0) {
      throw new IllegalArgumentException("plain loops update elements that lie at equal places");
    }
    Updates.adam(p, g, m, v, at, at + count, shrink, stepSize, scale, beta1, beta2, epsilon);
  }

  @Override
  public void scaleBytes(float scale, byte[] x, int x0, float[] out, int out0, int count) {
    for (int j = 0; j < count; j++) {
      out[out0 + j] = scale * (x[x0 + j] & 0xFF);
    }
  }
}
