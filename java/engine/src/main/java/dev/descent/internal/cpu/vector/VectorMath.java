package dev.descent.internal.cpu.vector;

import dev.descent.internal.cpu.kernel.Elementwise;
import dev.descent.internal.cpu.kernel.FloatMath;
import dev.descent.program.Activation;
import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;
import org.jspecify.annotations.Nullable;

/// Element-by-element work with the Vector API: unlike in plain loops, the compiler need not prove
/// that the arrays do not overlap. The last elements of a row, fewer than a vector, are done singly.
public final class VectorMath implements Elementwise {
  private static final VectorSpecies<Float> SPECIES = VectorConstants.SPECIES;
  private static final int LANES = VectorConstants.LANES;
  private static final VectorSpecies<Integer> INTS = IntVector.SPECIES_PREFERRED;

  /// As many bytes as there are lanes; null where no vector is so short.
  private static final @Nullable VectorSpecies<Byte> BYTES =
      switch (LANES) {
        case 16 -> ByteVector.SPECIES_128;
        case 8 -> ByteVector.SPECIES_64;
        default -> null;
      };

  // Constants as vectors: broadcasting them where they are used makes methods of many operations
  // too
  // large for the compiler to inline, and vectors that cross a call are objects.
  private static final FloatVector ONE = FloatVector.broadcast(SPECIES, 1f);
  private static final FloatVector MINUS_LN2_HIGH =
      FloatVector.broadcast(SPECIES, -FloatMath.LN2_HIGH);
  private static final FloatVector MINUS_LN2_LOW =
      FloatVector.broadcast(SPECIES, -FloatMath.LN2_LOW);
  private static final FloatVector LOG2_E = FloatVector.broadcast(SPECIES, FloatMath.LOG2_E);
  private static final FloatVector ROUNDER = FloatVector.broadcast(SPECIES, FloatMath.ROUNDER);
  private static final FloatVector E7 = FloatVector.broadcast(SPECIES, FloatMath.E7);
  private static final FloatVector E6 = FloatVector.broadcast(SPECIES, FloatMath.E6);
  private static final FloatVector E5 = FloatVector.broadcast(SPECIES, FloatMath.E5);
  private static final FloatVector E4 = FloatVector.broadcast(SPECIES, FloatMath.E4);
  private static final FloatVector E3 = FloatVector.broadcast(SPECIES, FloatMath.E3);
  private static final FloatVector E2 = FloatVector.broadcast(SPECIES, FloatMath.E2);
  private static final FloatVector T0 = FloatVector.broadcast(SPECIES, FloatMath.T0);
  private static final FloatVector T1 = FloatVector.broadcast(SPECIES, FloatMath.T1);
  private static final FloatVector T2 = FloatVector.broadcast(SPECIES, FloatMath.T2);
  private static final FloatVector T3 = FloatVector.broadcast(SPECIES, FloatMath.T3);
  private static final FloatVector T4 = FloatVector.broadcast(SPECIES, FloatMath.T4);
  private static final FloatVector MILLS_SCALE =
      FloatVector.broadcast(SPECIES, FloatMath.MILLS_SCALE);
  private static final FloatVector M0 = FloatVector.broadcast(SPECIES, FloatMath.M0);
  private static final FloatVector M1 = FloatVector.broadcast(SPECIES, FloatMath.M1);
  private static final FloatVector M2 = FloatVector.broadcast(SPECIES, FloatMath.M2);
  private static final FloatVector M3 = FloatVector.broadcast(SPECIES, FloatMath.M3);
  private static final FloatVector M4 = FloatVector.broadcast(SPECIES, FloatMath.M4);
  private static final FloatVector M5 = FloatVector.broadcast(SPECIES, FloatMath.M5);
  private static final FloatVector M6 = FloatVector.broadcast(SPECIES, FloatMath.M6);
  private static final FloatVector M7 = FloatVector.broadcast(SPECIES, FloatMath.M7);
  private static final FloatVector M8 = FloatVector.broadcast(SPECIES, FloatMath.M8);
  private static final FloatVector EXP_MIN = FloatVector.broadcast(SPECIES, FloatMath.EXP_MIN);
  private static final FloatVector EXP_MAX = FloatVector.broadcast(SPECIES, FloatMath.EXP_MAX);
  private static final FloatVector NORMAL_MAX =
      FloatVector.broadcast(SPECIES, FloatMath.NORMAL_MAX);
  private static final FloatVector DENSITY_0 = FloatVector.broadcast(SPECIES, FloatMath.DENSITY_0);
  private static final FloatVector TANH_SMALL =
      FloatVector.broadcast(SPECIES, FloatMath.TANH_SMALL);
  private static final FloatVector MINUS_HALF = FloatVector.broadcast(SPECIES, -0.5f);
  private static final FloatVector MINUS_TWO = FloatVector.broadcast(SPECIES, -2f);
  private static final FloatVector ZERO = FloatVector.zero(SPECIES);
  private static final IntVector ROUNDER_BITS =
      FloatVector.broadcast(SPECIES, FloatMath.ROUNDER).reinterpretAsInts();
  private static final IntVector EXPONENT_BIAS = ONE.sub(ONE).reinterpretAsInts().add(127);

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

  /// The loops stand here, not in methods, so that this method is longer than what the compiler
  /// inlines (325 bytecodes). Inlined into a matrix product's stage, the longer of its loops exceed what
  /// the compiler inlines in all, and then each of their vectors is an object.
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
        case RELU -> {
          for (int j = 0; j < whole; j += LANES) {
            load(x, from + j).max(ZERO).intoArray(out, to + j);
          }
        }
        case LEAKY_RELU -> {
          for (int j = 0; j < whole; j += LANES) {
            FloatVector v = load(x, from + j);
            v.max(v.mul(Activation.LEAK)).intoArray(out, to + j);
          }
        }
        case SIGMOID -> {
          for (int j = 0; j < whole; j += LANES) {
            FloatVector v = load(x, from + j);
            FloatVector e = exp(v.abs().neg());
            VectorMask<Float> negative = v.compare(VectorOperators.LT, ZERO);
            ONE.blend(e, negative).div(e.add(ONE)).intoArray(out, to + j);
          }
        }
        case TANH -> tanh(x, from, out, to, whole);
        case GELU -> gelu(x, from, out, to, whole);
        case SOFTMAX -> throw new AssertionError("softmax works on a row");
      }
      for (int j = whole; j < columns; j++) {
        out[to + j] = FloatMath.activate(activation, x[from + j]);
      }
    }
  }

  private static void tanh(float[] x, int from, float[] out, int to, int count) {
    for (int j = 0; j < count; j += LANES) {
      FloatVector v = load(x, from + j);
      FloatVector a = v.abs();
      FloatVector s = v.mul(v);
      FloatVector p = s.fma(T4, T3);
      p = s.fma(p, T2);
      p = s.fma(p, T1);
      p = s.fma(p, T0);
      FloatVector small = v.mul(s).fma(p, v);
      FloatVector e = exp(a.mul(MINUS_TWO));
      FloatVector t = ONE.sub(e).div(ONE.add(e));
      t = t.blend(t.neg(), v.compare(VectorOperators.LT, ZERO));
      t.blend(small, a.compare(VectorOperators.LT, TANH_SMALL)).intoArray(out, to + j);
    }
  }

  private static void gelu(float[] x, int from, float[] out, int to, int count) {
    for (int j = 0; j < count; j += LANES) {
      FloatVector v = load(x, from + j);
      FloatVector a = v.abs().min(NORMAL_MAX);
      FloatVector tail = density(a).mul(mills(a));
      FloatVector below = a.neg().mul(tail);
      v.mul(ONE.sub(tail)).blend(below, v.compare(VectorOperators.LT, ZERO)).intoArray(out, to + j);
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
    FloatVector low = FloatVector.broadcast(SPECIES, below);
    for (int j = 0; j < count; j += LANES) {
      VectorMask<Float> above = load(saved, s + j).compare(VectorOperators.GT, ZERO);
      load(dOut, from + j).mul(low.blend(ONE, above)).intoArray(dX, to + j);
    }
  }

  private static void sigmoidBackward(
      float[] saved, int s, float[] dOut, int from, float[] dX, int to, int count) {
    for (int j = 0; j < count; j += LANES) {
      FloatVector y = load(saved, s + j);
      load(dOut, from + j).mul(y.mul(ONE.sub(y))).intoArray(dX, to + j);
    }
  }

  private static void tanhBackward(
      float[] saved, int s, float[] dOut, int from, float[] dX, int to, int count) {
    for (int j = 0; j < count; j += LANES) {
      FloatVector y = load(saved, s + j);
      load(dOut, from + j).mul(y.neg().fma(y, ONE)).intoArray(dX, to + j);
    }
  }

  private static void geluBackward(
      float[] saved, int s, float[] dOut, int from, float[] dX, int to, int count) {
    for (int j = 0; j < count; j += LANES) {
      FloatVector upstream = load(dOut, from + j);
      FloatVector x = load(saved, s + j);
      FloatVector a = x.abs().min(NORMAL_MAX);
      FloatVector d = density(a);
      FloatVector tail = d.mul(mills(a));
      FloatVector below = a.neg().fma(d, tail);
      FloatVector derivative = ONE.sub(below).blend(below, x.compare(VectorOperators.LT, ZERO));
      derivative.mul(upstream).intoArray(dX, to + j);
    }
  }

  /// In vectors, since for such short runs a call that copies takes longer.
  @Override
  public void copy(
      float[] x, int x0, int ldx, float[] out, int out0, int ldout, int rows, int columns) {
    int whole = columns - columns % LANES;
    for (int i = 0; i < rows; i++) {
      int from = x0 + i * ldx;
      int to = out0 + i * ldout;
      for (int j = 0; j < whole; j += LANES) {
        load(x, from + j).intoArray(out, to + j);
      }
      for (int j = whole; j < columns; j++) {
        out[to + j] = x[from + j];
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
      error = error.blend(ZERO, d.compare(VectorOperators.LT, EXP_MIN));
      e.fma(error, e).intoArray(out, out0 + j);
    }
    for (int j = whole; j < count; j++) {
      out[out0 + j] = FloatMath.expDifference(x[x0 + j], shift);
    }
  }

  private static FloatVector load(float[] array, int index) {
    return FloatVector.fromArray(SPECIES, array, index);
  }

  private static FloatVector exp(FloatVector x) {
    FloatVector clamped = x.min(EXP_MAX).max(EXP_MIN);
    FloatVector shifted = clamped.fma(LOG2_E, ROUNDER);
    FloatVector n = shifted.sub(ROUNDER);
    FloatVector r = n.fma(MINUS_LN2_LOW, n.fma(MINUS_LN2_HIGH, clamped));
    FloatVector p = r.fma(E7, E6);
    p = r.fma(p, E5);
    p = r.fma(p, E4);
    p = r.fma(p, E3);
    p = r.fma(p, E2);
    p = r.fma(p, ONE);
    p = r.fma(p, ONE);
    IntVector exponent = shifted.reinterpretAsInts().sub(ROUNDER_BITS);
    IntVector half = exponent.lanewise(VectorOperators.ASHR, 1);
    return p.mul(powerOfTwo(half)).mul(powerOfTwo(exponent.sub(half)));
  }

  private static FloatVector powerOfTwo(IntVector exponent) {
    return exponent.add(EXPONENT_BIAS).lanewise(VectorOperators.LSHL, 23).reinterpretAsFloats();
  }

  private static FloatVector density(FloatVector a) {
    FloatVector square = a.mul(a);
    FloatVector error = a.fma(a, square.neg());
    FloatVector e = exp(square.mul(MINUS_HALF));
    return e.fma(error.mul(MINUS_HALF), e).mul(DENSITY_0);
  }

  private static FloatVector mills(FloatVector a) {
    FloatVector u = ONE.div(a.fma(MILLS_SCALE, ONE));
    FloatVector p = u.fma(M8, M7);
    p = u.fma(p, M6);
    p = u.fma(p, M5);
    p = u.fma(p, M4);
    p = u.fma(p, M3);
    p = u.fma(p, M2);
    p = u.fma(p, M1);
    return u.fma(p, M0);
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
    float rest1 = (float) (1 - (double) beta1);
    float rest2 = (float) (1 - (double) beta2);
    int shift = g0 - at;
    int end = at + count;
    int whole = end - count % LANES;
    for (int i = at; i < whole; i += LANES) {
      FloatVector gradient = load(g, i + shift);
      FloatVector first = load(m, i).mul(beta1).add(gradient.mul(rest1));
      FloatVector second = load(v, i).mul(beta2).add(gradient.mul(rest2).mul(gradient));
      first.intoArray(m, i);
      second.intoArray(v, i);
      FloatVector root = second.lanewise(VectorOperators.SQRT).mul(scale).add(epsilon);
      load(p, i).mul(shrink).sub(first.mul(stepSize).div(root)).intoArray(p, i);
    }
    for (int i = whole; i < end; i++) {
      float gradient = g[i + shift];
      float first = beta1 * m[i] + rest1 * gradient;
      float second = beta2 * v[i] + rest2 * gradient * gradient;
      m[i] = first;
      v[i] = second;
      p[i] = shrink * p[i] - stepSize * first / ((float) Math.sqrt(second) * scale + epsilon);
    }
  }

  @Override
  public void scaleBytes(float scale, byte[] x, int x0, float[] out, int out0, int count) {
    int whole = BYTES == null ? 0 : count - count % LANES;
    for (int j = 0; j < whole; j += LANES) {
      ByteVector bytes = ByteVector.fromArray(BYTES, x, x0 + j);
      IntVector numbers = (IntVector) bytes.convertShape(VectorOperators.ZERO_EXTEND_B2I, INTS, 0);
      FloatVector floats = (FloatVector) numbers.convert(VectorOperators.I2F, 0);
      floats.mul(scale).intoArray(out, out0 + j);
    }
    for (int j = whole; j < count; j++) {
      out[out0 + j] = scale * (x[x0 + j] & 0xFF);
    }
  }
}
