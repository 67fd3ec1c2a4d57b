package dev.descent.internal.cpu;

import dev.descent.program.Activation;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/// Element-by-element work with the Vector API: unlike in plain loops, the compiler need not prove
/// that the arrays do not overlap. The last elements of a row, fewer than a vector, are done singly.
final class VectorMath implements Elementwise {
  private static final VectorSpecies<Float> SPECIES = VectorTiles.SPECIES;
  private static final int LANES = VectorTiles.LANES;

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
    int whole = columns - columns % LANES;
    for (int i = 0; i < rows; i++) {
      int from = x0 + i * ldx;
      int to = out0 + i * ldout;
      for (int j = 0; j < whole; j += LANES) {
        load(x, from + j).add(load(bias, bias0 + j)).intoArray(out, to + j);
      }
      for (int j = whole; j < columns; j++) {
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
    int whole = columns - columns % LANES;
    for (int i = 0; i < rows; i++) {
      int from = x0 + i * ldx;
      int to = out0 + i * ldout;
      switch (activation) {
        case LINEAR -> System.arraycopy(x, from, out, to, whole);
        case RELU -> relu(x, from, out, to, whole);
        case LEAKY_RELU -> leakyRelu(x, from, out, to, whole);
        case SIGMOID -> sigmoid(x, from, out, to, whole);
        case TANH -> tanh(x, from, out, to, whole);
        case GELU -> gelu(x, from, out, to, whole);
        case SOFTMAX -> throw new AssertionError("softmax works on a row");
      }
      for (int j = whole; j < columns; j++) {
        out[to + j] = FloatMath.activate(activation, x[from + j]);
      }
    }
  }

  private static void relu(float[] x, int from, float[] out, int to, int count) {
    FloatVector zero = FloatVector.zero(SPECIES);
    for (int j = 0; j < count; j += LANES) {
      load(x, from + j).max(zero).intoArray(out, to + j);
    }
  }

  private static void leakyRelu(float[] x, int from, float[] out, int to, int count) {
    for (int j = 0; j < count; j += LANES) {
      FloatVector v = load(x, from + j);
      v.max(v.mul(Activation.LEAK)).intoArray(out, to + j);
    }
  }

  private static void sigmoid(float[] x, int from, float[] out, int to, int count) {
    FloatVector one = FloatVector.broadcast(SPECIES, 1f);
    for (int j = 0; j < count; j += LANES) {
      FloatVector v = load(x, from + j);
      FloatVector e = exp(v.abs().neg());
      VectorMask<Float> negative = v.compare(VectorOperators.LT, 0f);
      one.blend(e, negative).div(e.add(1f)).intoArray(out, to + j);
    }
  }

  private static void tanh(float[] x, int from, float[] out, int to, int count) {
    FloatVector one = FloatVector.broadcast(SPECIES, 1f);
    for (int j = 0; j < count; j += LANES) {
      FloatVector v = load(x, from + j);
      FloatVector a = v.abs();
      FloatVector s = v.mul(v);
      FloatVector p = step(s, FloatMath.T4, FloatMath.T3);
      p = step(s, p, FloatMath.T2);
      p = step(s, p, FloatMath.T1);
      p = step(s, p, FloatMath.T0);
      FloatVector small = v.mul(s).fma(p, v);
      FloatVector e = exp(a.mul(-2f));
      FloatVector t = one.sub(e).div(one.add(e));
      t = t.blend(t.neg(), v.compare(VectorOperators.LT, 0f));
      t.blend(small, a.compare(VectorOperators.LT, FloatMath.TANH_SMALL)).intoArray(out, to + j);
    }
  }

  private static void gelu(float[] x, int from, float[] out, int to, int count) {
    FloatVector one = FloatVector.broadcast(SPECIES, 1f);
    for (int j = 0; j < count; j += LANES) {
      FloatVector v = load(x, from + j);
      FloatVector a = v.abs().min(FloatMath.NORMAL_MAX);
      FloatVector tail = density(a).mul(mills(a));
      FloatVector below = a.neg().mul(tail);
      v.mul(one.sub(tail)).blend(below, v.compare(VectorOperators.LT, 0f)).intoArray(out, to + j);
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
    int whole = columns - columns % LANES;
    for (int i = 0; i < rows; i++) {
      int s = saved0 + i * ldsaved;
      int from = dOut0 + i * lddOut;
      int to = dX0 + i * lddX;
      switch (activation) {
        case LINEAR -> System.arraycopy(dOut, from, dX, to, whole);
        case RELU -> gate(0f, saved, s, dOut, from, dX, to, whole);
        case LEAKY_RELU -> gate(Activation.LEAK, saved, s, dOut, from, dX, to, whole);
        case SIGMOID -> sigmoidBackward(saved, s, dOut, from, dX, to, whole);
        case TANH -> tanhBackward(saved, s, dOut, from, dX, to, whole);
        case GELU -> geluBackward(saved, s, dOut, from, dX, to, whole);
        case SOFTMAX -> throw new AssertionError("softmax works on a row");
      }
      for (int j = whole; j < columns; j++) {
        dX[to + j] = dOut[from + j] * FloatMath.derivative(activation, saved[s + j]);
      }
    }
  }

  /// The derivative is 1 above zero and `below` elsewhere.
  private static void gate(
      float below, float[] saved, int s, float[] dOut, int from, float[] dX, int to, int count) {
    FloatVector one = FloatVector.broadcast(SPECIES, 1f);
    FloatVector low = FloatVector.broadcast(SPECIES, below);
    for (int j = 0; j < count; j += LANES) {
      VectorMask<Float> above = load(saved, s + j).compare(VectorOperators.GT, 0f);
      load(dOut, from + j).mul(low.blend(one, above)).intoArray(dX, to + j);
    }
  }

  private static void sigmoidBackward(
      float[] saved, int s, float[] dOut, int from, float[] dX, int to, int count) {
    FloatVector one = FloatVector.broadcast(SPECIES, 1f);
    for (int j = 0; j < count; j += LANES) {
      FloatVector y = load(saved, s + j);
      load(dOut, from + j).mul(y.mul(one.sub(y))).intoArray(dX, to + j);
    }
  }

  private static void tanhBackward(
      float[] saved, int s, float[] dOut, int from, float[] dX, int to, int count) {
    FloatVector one = FloatVector.broadcast(SPECIES, 1f);
    for (int j = 0; j < count; j += LANES) {
      FloatVector y = load(saved, s + j);
      load(dOut, from + j).mul(y.neg().fma(y, one)).intoArray(dX, to + j);
    }
  }

  private static void geluBackward(
      float[] saved, int s, float[] dOut, int from, float[] dX, int to, int count) {
    FloatVector one = FloatVector.broadcast(SPECIES, 1f);
    for (int j = 0; j < count; j += LANES) {
      FloatVector x = load(saved, s + j);
      FloatVector a = x.abs().min(FloatMath.NORMAL_MAX);
      FloatVector d = density(a);
      FloatVector tail = d.mul(mills(a));
      FloatVector below = a.neg().fma(d, tail);
      FloatVector derivative =
          a.fma(d, one.sub(tail)).blend(below, x.compare(VectorOperators.LT, 0f));
      load(dOut, from + j).mul(derivative).intoArray(dX, to + j);
    }
  }

  @Override
  public void combine(
      float alpha,
      float[] x,
      int x0,
      int ldx,
      float beta,
      float[] out,
      int out0,
      int ldout,
      int rows,
      int columns) {
    int whole = columns - columns % LANES;
    FloatVector factor = FloatVector.broadcast(SPECIES, beta);
    for (int i = 0; i < rows; i++) {
      int from = x0 + i * ldx;
      int to = out0 + i * ldout;
      for (int j = 0; j < whole; j += LANES) {
        FloatVector scaled = load(x, from + j).mul(alpha);
        FloatVector sum = beta == 0 ? scaled : factor.fma(load(out, to + j), scaled);
        sum.intoArray(out, to + j);
      }
      for (int j = whole; j < columns; j++) {
        float scaled = alpha * x[from + j];
        out[to + j] = beta == 0 ? scaled : Math.fma(beta, out[to + j], scaled);
      }
    }
  }

  @Override
  public void exp(float[] x, int x0, float shift, float[] out, int out0, int count) {
    int whole = count - count % LANES;
    for (int j = 0; j < whole; j += LANES) {
      FloatVector a = load(x, x0 + j);
      FloatVector d = a.sub(shift);
      FloatVector v = d.sub(a);
      FloatVector error = a.sub(d.sub(v)).sub(v.add(shift));
      FloatVector e = exp(d);
      error = error.blend(0f, d.compare(VectorOperators.LT, FloatMath.EXP_MIN));
      e.fma(error, e).intoArray(out, out0 + j);
    }
    for (int j = whole; j < count; j++) {
      out[out0 + j] = FloatMath.expDifference(x[x0 + j], shift);
    }
  }

  private static FloatVector load(float[] array, int index) {
    return FloatVector.fromArray(SPECIES, array, index);
  }

  private static FloatVector step(FloatVector x, FloatVector p, float c) {
    return x.fma(p, FloatVector.broadcast(SPECIES, c));
  }

  private static FloatVector step(FloatVector x, float p, float c) {
    return x.fma(FloatVector.broadcast(SPECIES, p), FloatVector.broadcast(SPECIES, c));
  }

  private static FloatVector exp(FloatVector x) {
    FloatVector clamped = x.min(FloatMath.EXP_MAX).max(FloatMath.EXP_MIN);
    FloatVector shifted = step(clamped, FloatMath.LOG2_E, FloatMath.ROUNDER);
    FloatVector n = shifted.sub(FloatMath.ROUNDER);
    FloatVector high = FloatVector.broadcast(SPECIES, -FloatMath.LN2_HIGH);
    FloatVector low = FloatVector.broadcast(SPECIES, -FloatMath.LN2_LOW);
    FloatVector r = n.fma(low, n.fma(high, clamped));
    FloatVector p = step(r, FloatMath.E7, FloatMath.E6);
    p = step(r, p, FloatMath.E5);
    p = step(r, p, FloatMath.E4);
    p = step(r, p, FloatMath.E3);
    p = step(r, p, FloatMath.E2);
    p = step(r, p, 1f);
    p = step(r, p, 1f);
    IntVector exponent = shifted.reinterpretAsInts().sub(FloatMath.ROUNDER_BITS);
    IntVector half = exponent.lanewise(VectorOperators.ASHR, 1);
    return p.mul(powerOfTwo(half)).mul(powerOfTwo(exponent.sub(half)));
  }

  private static FloatVector powerOfTwo(IntVector exponent) {
    return exponent.add(127).lanewise(VectorOperators.LSHL, 23).reinterpretAsFloats();
  }

  private static FloatVector density(FloatVector a) {
    FloatVector square = a.mul(a);
    FloatVector error = a.fma(a, square.neg());
    FloatVector e = exp(square.mul(-0.5f));
    return e.fma(error.mul(-0.5f), e).mul(FloatMath.DENSITY_0);
  }

  private static FloatVector mills(FloatVector a) {
    FloatVector one = FloatVector.broadcast(SPECIES, 1f);
    FloatVector u = one.div(step(a, FloatMath.MILLS_SCALE, 1f));
    FloatVector p = step(u, FloatMath.M10, FloatMath.M9);
    p = step(u, p, FloatMath.M8);
    p = step(u, p, FloatMath.M7);
    p = step(u, p, FloatMath.M6);
    p = step(u, p, FloatMath.M5);
    p = step(u, p, FloatMath.M4);
    p = step(u, p, FloatMath.M3);
    p = step(u, p, FloatMath.M2);
    p = step(u, p, FloatMath.M1);
    return step(u, p, FloatMath.M0);
  }
}
