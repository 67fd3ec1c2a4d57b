package dev.descent.internal.cpu.vector;

import dev.descent.internal.Philox;
import dev.descent.internal.cpu.kernel.Elementwise;
import dev.descent.internal.cpu.kernel.FloatMath;
import dev.descent.internal.cpu.kernel.Places;
import dev.descent.program.Activation;
import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.LongVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;
import org.jspecify.annotations.Nullable;

/// Element-by-element work with the Vector API: unlike in plain loops, the compiler need not prove
/// that the arrays do not overlap. The last elements of a row, fewer than a vector, are done
/// singly.
///
/// No method here takes or returns a vector: where the compiler does not inline such a call, each
/// vector that crosses it is an object, and whether it inlines depends on what it happened to
/// compile before (models of several activations ran four to eight times slower). So the
/// exponential of [FloatMath#exp] is written out in each loop that needs it.
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

  /// Whether products of whole numbers are sure to be instructions, which they are not in 128 bits.
  private static final boolean WIDE = LANES >= 8;

  private static final VectorSpecies<Long> LONGS = LongVector.SPECIES_PREFERRED;

  // Constants as vectors: broadcasting them where they are used makes loops of many operations too
  // large for the compiler to inline all of their calls.
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
  private static final FloatVector MINUS_ONE = FloatVector.broadcast(SPECIES, -1f);
  private static final FloatVector MINUS_TWO = FloatVector.broadcast(SPECIES, -2f);
  private static final FloatVector ZERO = FloatVector.zero(SPECIES);
  private static final IntVector ROUNDER_BITS =
      IntVector.broadcast(INTS, Float.floatToRawIntBits(FloatMath.ROUNDER));
  private static final IntVector EXPONENT_BIAS = IntVector.broadcast(INTS, 127);

  /// In each lane the bit of its number.
  private static final IntVector LANE_BITS =
      IntVector.broadcast(INTS, 1).lanewise(VectorOperators.LSHL, IntVector.zero(INTS).addIndex(1));

  @Override
  @SuppressWarnings("ReferenceEquality") // whether it is the same array
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
    // What is left of a row is the end of one more vector, unless that would add twice.
    boolean overlap = x != out && columns > LANES;
    for (int i = 0; i < rows; i++) {
      int from = x0 + i * ldx;
      int to = out0 + i * ldout;
      for (int j = 0; j < whole; j += LANES) {
        FloatVector.fromArray(SPECIES, x, from + j)
            .add(FloatVector.fromArray(SPECIES, bias, bias0 + j))
            .intoArray(out, to + j);
      }
      if (overlap && whole < columns) {
        int j = columns - LANES;
        FloatVector.fromArray(SPECIES, x, from + j)
            .add(FloatVector.fromArray(SPECIES, bias, bias0 + j))
            .intoArray(out, to + j);
        continue;
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
        case RELU -> {
          for (int j = 0; j < whole; j += LANES) {
            FloatVector.fromArray(SPECIES, x, from + j).max(ZERO).intoArray(out, to + j);
          }
        }
        case LEAKY_RELU -> {
          for (int j = 0; j < whole; j += LANES) {
            FloatVector v = FloatVector.fromArray(SPECIES, x, from + j);
            v.max(v.mul(Activation.LEAK)).intoArray(out, to + j);
          }
        }
        case SIGMOID -> quotient(false, x, from, out, to, whole);
        case TANH -> quotient(true, x, from, out, to, whole);
        case GELU -> gelu(false, x, from, x, from, out, to, whole);
        case SOFTMAX -> throw new AssertionError("softmax works on a row");
      }
      for (int j = whole; j < columns; j++) {
        out[to + j] = FloatMath.activate(activation, x[from + j]);
      }
    }
  }

  /// tanh or, by default, sigmoid: quotients of sums with `e^-|x|` or its square, which can't
  /// overflow.
  private static void quotient(boolean tanh, float[] x, int from, float[] out, int to, int count) {
    FloatVector scale = tanh ? MINUS_TWO : MINUS_ONE;
    for (int j = 0; j < count; j += LANES) {
      FloatVector v = FloatVector.fromArray(SPECIES, x, from + j);
      FloatVector a = v.abs();
      FloatVector clamped = a.mul(scale).min(EXP_MAX).max(EXP_MIN);
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
      IntVector power = shifted.reinterpretAsInts().sub(ROUNDER_BITS);
      IntVector half = power.lanewise(VectorOperators.ASHR, 1);
      IntVector rest = power.sub(half).add(EXPONENT_BIAS);
      half = half.add(EXPONENT_BIAS).lanewise(VectorOperators.LSHL, 23);
      rest = rest.lanewise(VectorOperators.LSHL, 23);
      FloatVector e = p.mul(half.reinterpretAsFloats()).mul(rest.reinterpretAsFloats());
      VectorMask<Float> negative = v.compare(VectorOperators.LT, ZERO);
      if (tanh) {
        FloatVector t = ONE.sub(e).div(ONE.add(e));
        t = t.blend(t.neg(), negative);
        FloatVector s = v.mul(v);
        FloatVector q = s.fma(T4, T3);
        q = s.fma(q, T2);
        q = s.fma(q, T1);
        q = s.fma(q, T0);
        FloatVector small = v.mul(s).fma(q, v);
        t.blend(small, a.compare(VectorOperators.LT, TANH_SMALL)).intoArray(out, to + j);
      } else {
        ONE.blend(e, negative).div(e.add(ONE)).intoArray(out, to + j);
      }
    }
  }

  /// GELU, or its derivative times what comes from above.
  ///
  /// @param dOut what comes from above; for the derivative alone
  private static void gelu(
      boolean derivative,
      float[] x,
      int from,
      float[] dOut,
      int dOut0,
      float[] out,
      int to,
      int count) {
    for (int j = 0; j < count; j += LANES) {
      FloatVector v = FloatVector.fromArray(SPECIES, x, from + j);
      FloatVector a = v.abs().min(NORMAL_MAX);
      FloatVector square = a.mul(a);
      FloatVector error = a.fma(a, square.neg());
      FloatVector clamped = square.mul(MINUS_HALF).min(EXP_MAX).max(EXP_MIN);
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
      IntVector power = shifted.reinterpretAsInts().sub(ROUNDER_BITS);
      IntVector half = power.lanewise(VectorOperators.ASHR, 1);
      IntVector rest = power.sub(half).add(EXPONENT_BIAS);
      half = half.add(EXPONENT_BIAS).lanewise(VectorOperators.LSHL, 23);
      rest = rest.lanewise(VectorOperators.LSHL, 23);
      FloatVector e = p.mul(half.reinterpretAsFloats()).mul(rest.reinterpretAsFloats());
      FloatVector density = e.fma(error.mul(MINUS_HALF), e).mul(DENSITY_0);
      FloatVector u = ONE.div(a.fma(MILLS_SCALE, ONE));
      FloatVector mills = u.fma(M8, M7);
      mills = u.fma(mills, M6);
      mills = u.fma(mills, M5);
      mills = u.fma(mills, M4);
      mills = u.fma(mills, M3);
      mills = u.fma(mills, M2);
      mills = u.fma(mills, M1);
      mills = u.fma(mills, M0);
      FloatVector tail = density.mul(mills);
      VectorMask<Float> negative = v.compare(VectorOperators.LT, ZERO);
      if (derivative) {
        FloatVector below = a.neg().fma(density, tail);
        FloatVector slope = ONE.sub(below).blend(below, negative);
        slope.mul(FloatVector.fromArray(SPECIES, dOut, dOut0 + j)).intoArray(out, to + j);
      } else {
        FloatVector below = a.neg().mul(tail);
        v.mul(ONE.sub(tail)).blend(below, negative).intoArray(out, to + j);
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
        case GELU -> gelu(true, saved, s, dOut, from, dX, to, whole);
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
      VectorMask<Float> above =
          FloatVector.fromArray(SPECIES, saved, s + j).compare(VectorOperators.GT, ZERO);
      FloatVector.fromArray(SPECIES, dOut, from + j)
          .mul(low.blend(ONE, above))
          .intoArray(dX, to + j);
    }
  }

  private static void sigmoidBackward(
      float[] saved, int s, float[] dOut, int from, float[] dX, int to, int count) {
    for (int j = 0; j < count; j += LANES) {
      FloatVector y = FloatVector.fromArray(SPECIES, saved, s + j);
      FloatVector.fromArray(SPECIES, dOut, from + j).mul(y.mul(ONE.sub(y))).intoArray(dX, to + j);
    }
  }

  private static void tanhBackward(
      float[] saved, int s, float[] dOut, int from, float[] dX, int to, int count) {
    for (int j = 0; j < count; j += LANES) {
      FloatVector y = FloatVector.fromArray(SPECIES, saved, s + j);
      FloatVector.fromArray(SPECIES, dOut, from + j).mul(y.neg().fma(y, ONE)).intoArray(dX, to + j);
    }
  }

  /// In vectors, since for such short runs a call that copies takes longer.
  @Override
  @SuppressWarnings("ReferenceEquality") // whether it is the same array
  public void copy(
      float[] x, int x0, int ldx, float[] out, int out0, int ldout, int rows, int columns) {
    int whole = columns - columns % LANES;
    boolean overlap = x != out && columns > LANES;
    for (int i = 0; i < rows; i++) {
      int from = x0 + i * ldx;
      int to = out0 + i * ldout;
      for (int j = 0; j < whole; j += LANES) {
        FloatVector.fromArray(SPECIES, x, from + j).intoArray(out, to + j);
      }
      if (overlap && whole < columns) {
        int j = columns - LANES;
        FloatVector.fromArray(SPECIES, x, from + j).intoArray(out, to + j);
        continue;
      }
      for (int j = whole; j < columns; j++) {
        out[to + j] = x[from + j];
      }
    }
  }

  @Override
  public void keep(
      float[] x, int x0, float scale, int[] kept, int first, float[] out, int out0, int count) {
    int whole = count - count % LANES;
    for (int j = 0; j < whole; j += LANES) {
      VectorMask<Integer> some =
          IntVector.broadcast(INTS, bits(kept, first + j))
              .and(LANE_BITS)
              .compare(VectorOperators.NE, 0);
      FloatVector scaled = FloatVector.fromArray(SPECIES, x, x0 + j).mul(scale);
      ZERO.blend(scaled, some.cast(SPECIES)).intoArray(out, out0 + j);
    }
    Elementwise.super.keep(
        x, x0 + whole, scale, kept, first + whole, out, out0 + whole, count - whole);
  }

  @Override
  public void normalise(
      float[] x,
      int x0,
      float[] mean,
      float[] factor,
      float[] shift,
      float[] out,
      int out0,
      int count) {
    int whole = count - count % LANES;
    for (int j = 0; j < whole; j += LANES) {
      FloatVector.fromArray(SPECIES, x, x0 + j)
          .sub(FloatVector.fromArray(SPECIES, mean, j))
          .mul(FloatVector.fromArray(SPECIES, factor, j))
          .add(FloatVector.fromArray(SPECIES, shift, j))
          .intoArray(out, out0 + j);
    }
    for (int j = whole; j < count; j++) {
      out[out0 + j] = (x[x0 + j] - mean[j]) * factor[j] + shift[j];
    }
  }

  @Override
  public void normaliseBackward(
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
    int whole = count - count % LANES;
    for (int j = 0; j < whole; j += LANES) {
      FloatVector distance =
          FloatVector.fromArray(SPECIES, x, x0 + j).sub(FloatVector.fromArray(SPECIES, mean, j));
      FloatVector.fromArray(SPECIES, dOut, dOut0 + j)
          .sub(FloatVector.fromArray(SPECIES, shift, j))
          .sub(distance.mul(FloatVector.fromArray(SPECIES, slope, j)))
          .mul(FloatVector.fromArray(SPECIES, factor, j))
          .intoArray(dX, dX0 + j);
    }
    for (int j = whole; j < count; j++) {
      float distance = x[x0 + j] - mean[j];
      dX[dX0 + j] = factor[j] * (dOut[dOut0 + j] - shift[j] - distance * slope[j]);
    }
  }

  @Override
  public void exp(float[] x, int x0, float shift, float[] out, int out0, int count) {
    int whole = count - count % LANES;
    for (int j = 0; j < whole; j += LANES) {
      FloatVector a = FloatVector.fromArray(SPECIES, x, x0 + j);
      FloatVector d = a.sub(shift);
      FloatVector v = d.sub(a);
      FloatVector error = a.sub(d.sub(v)).sub(v.add(shift));
      FloatVector clamped = d.min(EXP_MAX).max(EXP_MIN);
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
      IntVector power = shifted.reinterpretAsInts().sub(ROUNDER_BITS);
      IntVector half = power.lanewise(VectorOperators.ASHR, 1);
      IntVector rest = power.sub(half).add(EXPONENT_BIAS);
      half = half.add(EXPONENT_BIAS).lanewise(VectorOperators.LSHL, 23);
      rest = rest.lanewise(VectorOperators.LSHL, 23);
      FloatVector e = p.mul(half.reinterpretAsFloats()).mul(rest.reinterpretAsFloats());
      error = error.blend(ZERO, d.compare(VectorOperators.LT, EXP_MIN));
      e.fma(error, e).intoArray(out, out0 + j);
    }
    for (int j = whole; j < count; j++) {
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
    float rest1 = (float) (1 - (double) beta1);
    float rest2 = (float) (1 - (double) beta2);
    int shift = g0 - at;
    int end = at + count;
    int whole = end - count % LANES;
    for (int i = at; i < whole; i += LANES) {
      FloatVector gradient = FloatVector.fromArray(SPECIES, g, i + shift);
      FloatVector first = FloatVector.fromArray(SPECIES, m, i).mul(beta1).add(gradient.mul(rest1));
      FloatVector second =
          FloatVector.fromArray(SPECIES, v, i).mul(beta2).add(gradient.mul(rest2).mul(gradient));
      first.intoArray(m, i);
      second.intoArray(v, i);
      FloatVector root = second.lanewise(VectorOperators.SQRT).mul(scale).add(epsilon);
      FloatVector.fromArray(SPECIES, p, i)
          .mul(shrink)
          .sub(first.mul(stepSize).div(root))
          .intoArray(p, i);
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

  /// Few elements are usual here: what is left after whole vectors is the end of one more vector.
  @Override
  public void largest(float[] x, Places places, float[] out, int out0, int[] which, int which0) {
    int channels = places.channels();
    if (channels < LANES) {
      largestOfFew(x, places, out, out0, which, which0);
      return;
    }
    for (int start = 0; start < channels; start += LANES) {
      int j = lastFull(start, channels);
      for (int place = 0; place < places.count(); place++) {
        FloatVector best = FloatVector.fromArray(SPECIES, x, places.start(0, place) + j);
        IntVector name = IntVector.broadcast(INTS, places.name(0));
        for (int tap = 1; tap < places.taps(); tap++) {
          FloatVector value = FloatVector.fromArray(SPECIES, x, places.start(tap, place) + j);
          // Not above what is not a number, and if value is none itself, above what is.
          VectorMask<Float> above =
              best.compare(VectorOperators.GE, value).or(best.test(VectorOperators.IS_NAN)).not();
          best = best.blend(value, above);
          name = name.blend(places.name(tap), above.cast(INTS));
        }
        int at = place * channels + j;
        best.intoArray(out, out0 + at);
        name.intoArray(which, which0 + at);
      }
    }
  }

  /// Fewer channels than a vector has lanes.
  private static void largestOfFew(
      float[] x, Places places, float[] out, int out0, int[] which, int which0) {
    int channels = places.channels();
    VectorMask<Float> some = SPECIES.indexInRange(0, channels);
    for (int place = 0; place < places.count(); place++) {
      FloatVector best = FloatVector.fromArray(SPECIES, x, places.start(0, place), some);
      IntVector name = IntVector.broadcast(INTS, places.name(0));
      for (int tap = 1; tap < places.taps(); tap++) {
        FloatVector value = FloatVector.fromArray(SPECIES, x, places.start(tap, place), some);
        VectorMask<Float> above =
            best.compare(VectorOperators.GE, value).or(best.test(VectorOperators.IS_NAN)).not();
        best = best.blend(value, above);
        name = name.blend(places.name(tap), above.cast(INTS));
      }
      best.intoArray(out, out0 + place * channels, some);
      name.intoArray(which, which0 + place * channels, some.cast(INTS));
    }
  }

  @Override
  public void largestNormalised(
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
    if (channels < LANES) {
      Elementwise.super.largestNormalised(
          x, places, factors, rectify, scale, kept, first, out, out0, which, which0, chosen,
          chosen0);
      return;
    }
    // No number is below minus infinity.
    float floor = rectify ? 0 : Float.NEGATIVE_INFINITY;
    for (int start = 0; start < channels; start += LANES) {
      int j = lastFull(start, channels);
      if (kept == null) {
        largestOfAll(x, places, j, factors, floor, out, out0, which, which0, chosen, chosen0);
      } else {
        largestOfKept(
            x, places, j, factors, floor, scale, kept, first, out, out0, which, which0, chosen,
            chosen0);
      }
    }
  }

  /// @param j the first of as many channels as a vector has lanes
  private static void largestOfAll(
      float[] x,
      Places places,
      int j,
      float[][] factors,
      float floor,
      float[] out,
      int out0,
      int[] which,
      int which0,
      float[] chosen,
      int chosen0) {
    FloatVector mean = FloatVector.fromArray(SPECIES, factors[0], j);
    FloatVector factor = FloatVector.fromArray(SPECIES, factors[1], j);
    FloatVector shift = FloatVector.fromArray(SPECIES, factors[2], j);
    FloatVector least = FloatVector.broadcast(SPECIES, floor);
    for (int place = 0; place < places.count(); place++) {
      FloatVector source = FloatVector.fromArray(SPECIES, x, places.start(0, place) + j);
      FloatVector best = source.sub(mean).mul(factor).add(shift).max(least);
      IntVector name = IntVector.broadcast(INTS, places.name(0));
      for (int tap = 1; tap < places.taps(); tap++) {
        FloatVector next = FloatVector.fromArray(SPECIES, x, places.start(tap, place) + j);
        FloatVector value = next.sub(mean).mul(factor).add(shift).max(least);
        VectorMask<Float> above =
            best.compare(VectorOperators.GE, value).or(best.test(VectorOperators.IS_NAN)).not();
        best = best.blend(value, above);
        source = source.blend(next, above);
        name = name.blend(places.name(tap), above.cast(INTS));
      }
      int at = place * places.channels() + j;
      best.intoArray(out, out0 + at);
      name.intoArray(which, which0 + at);
      source.intoArray(chosen, chosen0 + at);
    }
  }

  /// The same where some elements are replaced by zeros.
  private static void largestOfKept(
      float[] x,
      Places places,
      int j,
      float[][] factors,
      float floor,
      float scale,
      int[] kept,
      int first,
      float[] out,
      int out0,
      int[] which,
      int which0,
      float[] chosen,
      int chosen0) {
    FloatVector mean = FloatVector.fromArray(SPECIES, factors[0], j);
    FloatVector factor = FloatVector.fromArray(SPECIES, factors[1], j);
    FloatVector shift = FloatVector.fromArray(SPECIES, factors[2], j);
    FloatVector least = FloatVector.broadcast(SPECIES, floor);
    for (int place = 0; place < places.count(); place++) {
      int start = places.start(0, place) + j;
      FloatVector source = FloatVector.fromArray(SPECIES, x, start);
      FloatVector best =
          ZERO.blend(
              source.sub(mean).mul(factor).add(shift).max(least).mul(scale),
              IntVector.broadcast(INTS, bits(kept, start - first))
                  .and(LANE_BITS)
                  .compare(VectorOperators.NE, 0)
                  .cast(SPECIES));
      IntVector name = IntVector.broadcast(INTS, places.name(0));
      for (int tap = 1; tap < places.taps(); tap++) {
        start = places.start(tap, place) + j;
        FloatVector next = FloatVector.fromArray(SPECIES, x, start);
        FloatVector value =
            ZERO.blend(
                next.sub(mean).mul(factor).add(shift).max(least).mul(scale),
                IntVector.broadcast(INTS, bits(kept, start - first))
                    .and(LANE_BITS)
                    .compare(VectorOperators.NE, 0)
                    .cast(SPECIES));
        VectorMask<Float> above =
            best.compare(VectorOperators.GE, value).or(best.test(VectorOperators.IS_NAN)).not();
        best = best.blend(value, above);
        source = source.blend(next, above);
        name = name.blend(places.name(tap), above.cast(INTS));
      }
      int at = place * places.channels() + j;
      best.intoArray(out, out0 + at);
      name.intoArray(which, which0 + at);
      source.intoArray(chosen, chosen0 + at);
    }
  }

  /// At least as many bits as there are lanes, from a bit on.
  private static int bits(int[] kept, int bit) {
    long bits = Integer.toUnsignedLong(kept[bit >>> 5]) | ((long) kept[(bit >>> 5) + 1] << 32);
    return (int) (bits >>> (bit & 31));
  }

  /// Where a vector begins that ends within a run: the last one overlaps the one before it.
  private static int lastFull(int start, int count) {
    return Math.min(start, count - LANES);
  }

  @Override
  public void whereLargest(
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
    if (count < LANES) {
      whereLargestOfFew(d, d0, which, which0, starts, names, runs, out, out0, count);
      return;
    }
    for (int start = 0; start < count; start += LANES) {
      int j = lastFull(start, count);
      // Made here: where a constant and what a loop makes meet, each sum becomes an object.
      FloatVector sum = FloatVector.zero(SPECIES);
      for (int run = 0; run < runs; run++) {
        int at = starts[run] + j;
        VectorMask<Integer> hit =
            IntVector.fromArray(INTS, which, which0 + at).compare(VectorOperators.EQ, names[run]);
        FloatVector slope = FloatVector.fromArray(SPECIES, d, d0 + at);
        sum = sum.add(ZERO.blend(slope, hit.cast(SPECIES)));
      }
      sum.intoArray(out, out0 + j);
    }
  }

  /// Fewer elements than a vector has.
  private static void whereLargestOfFew(
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
    VectorMask<Float> some = SPECIES.indexInRange(0, count);
    VectorMask<Integer> someNames = some.cast(INTS);
    FloatVector sum = FloatVector.zero(SPECIES);
    for (int run = 0; run < runs; run++) {
      int at = starts[run];
      VectorMask<Integer> hit =
          IntVector.fromArray(INTS, which, which0 + at, someNames)
              .compare(VectorOperators.EQ, names[run]);
      FloatVector slope = FloatVector.fromArray(SPECIES, d, d0 + at, some);
      sum = sum.add(ZERO.blend(slope, hit.cast(SPECIES)));
    }
    sum.intoArray(out, out0, some);
  }

  @Override
  public void spreadLargest(
      float[] d, int d0, int[] which, int which0, Places places, float[] out) {
    int channels = places.channels();
    if (channels < LANES) {
      spreadLargestOfFew(d, d0, which, which0, places, out);
      return;
    }
    for (int start = 0; start < channels; start += LANES) {
      int j = lastFull(start, channels);
      for (int place = 0; place < places.count(); place++) {
        int at = place * channels + j;
        FloatVector slope = FloatVector.fromArray(SPECIES, d, d0 + at);
        IntVector name = IntVector.fromArray(INTS, which, which0 + at);
        for (int tap = 0; tap < places.taps(); tap++) {
          VectorMask<Integer> hit = name.compare(VectorOperators.EQ, places.name(tap));
          ZERO.blend(slope, hit.cast(SPECIES)).intoArray(out, places.start(tap, place) + j);
        }
      }
    }
  }

  /// Fewer channels than a vector has lanes.
  private static void spreadLargestOfFew(
      float[] d, int d0, int[] which, int which0, Places places, float[] out) {
    int channels = places.channels();
    VectorMask<Float> some = SPECIES.indexInRange(0, channels);
    for (int place = 0; place < places.count(); place++) {
      int at = place * channels;
      FloatVector slope = FloatVector.fromArray(SPECIES, d, d0 + at, some);
      IntVector name = IntVector.fromArray(INTS, which, which0 + at, some.cast(INTS));
      for (int tap = 0; tap < places.taps(); tap++) {
        VectorMask<Integer> hit = name.compare(VectorOperators.EQ, places.name(tap));
        ZERO.blend(slope, hit.cast(SPECIES)).intoArray(out, places.start(tap, place), some);
      }
    }
  }

  @Override
  public void normaliseBackwardLargest(
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
    if (channels < LANES) {
      Elementwise.super.normaliseBackwardLargest(
          x, places, factors, d, d0, which, which0, out, toOut);
      return;
    }
    for (int start = 0; start < channels; start += LANES) {
      int j = lastFull(start, channels);
      FloatVector mean = FloatVector.fromArray(SPECIES, factors[0], j);
      FloatVector factor = FloatVector.fromArray(SPECIES, factors[1], j);
      FloatVector shift = FloatVector.fromArray(SPECIES, factors[2], j);
      FloatVector slope = FloatVector.fromArray(SPECIES, factors[3], j);
      for (int place = 0; place < places.count(); place++) {
        int from = place * channels + j;
        FloatVector largest = FloatVector.fromArray(SPECIES, d, d0 + from);
        IntVector name = IntVector.fromArray(INTS, which, which0 + from);
        for (int tap = 0; tap < places.taps(); tap++) {
          int at = places.start(tap, place) + j;
          VectorMask<Integer> hit = name.compare(VectorOperators.EQ, places.name(tap));
          FloatVector distance = FloatVector.fromArray(SPECIES, x, at).sub(mean);
          ZERO.blend(largest, hit.cast(SPECIES))
              .sub(shift)
              .sub(distance.mul(slope))
              .mul(factor)
              .intoArray(out, at + toOut);
        }
      }
    }
  }

  /// Several blocks beside each other, over all rounds in registers.
  @Override
  public void random(int counter0, int counter2, int counter3, long key, long[] out) {
    if (!WIDE) {
      Elementwise.super.random(counter0, counter2, counter3, key, out);
      return;
    }
    LongVector low = LongVector.broadcast(LONGS, 0xFFFF_FFFFL);
    LongVector multiplier0 = LongVector.broadcast(LONGS, Philox.MULTIPLIER_0);
    LongVector multiplier1 = LongVector.broadcast(LONGS, Philox.MULTIPLIER_1);
    for (int b = 0; b < Philox.BLOCKS; b += LONGS.length()) {
      LongVector c0 = LongVector.broadcast(LONGS, counter0 + b).addIndex(1);
      LongVector c1 = LongVector.zero(LONGS);
      LongVector c2 = LongVector.broadcast(LONGS, counter2);
      LongVector c3 = LongVector.broadcast(LONGS, Integer.toUnsignedLong(counter3));
      int k0 = (int) key;
      int k1 = (int) (key >>> 32);
      for (int round = 0; round < Philox.ROUNDS; round++) {
        // Of the upper halves of what is multiplied nothing is left.
        LongVector p0 = c0.and(low).mul(multiplier0);
        LongVector p1 = c2.and(low).mul(multiplier1);
        c0 =
            p1.lanewise(VectorOperators.LSHR, 32)
                .lanewise(VectorOperators.XOR, c1)
                .lanewise(VectorOperators.XOR, Integer.toUnsignedLong(k0));
        c2 =
            p0.lanewise(VectorOperators.LSHR, 32)
                .lanewise(VectorOperators.XOR, c3)
                .lanewise(VectorOperators.XOR, Integer.toUnsignedLong(k1));
        c1 = p1;
        c3 = p0;
        k0 += Philox.WEYL_0;
        k1 += Philox.WEYL_1;
      }
      c0.and(low).intoArray(out, b);
      c1.and(low).intoArray(out, b + Philox.BLOCKS);
      c2.and(low).intoArray(out, b + 2 * Philox.BLOCKS);
      c3.and(low).intoArray(out, b + 3 * Philox.BLOCKS);
    }
  }
}
