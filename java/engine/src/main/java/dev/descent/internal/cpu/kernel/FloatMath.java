package dev.descent.internal.cpu.kernel;

import dev.descent.program.Activation;

/// Elementary functions in float32, accurate to some units in the last place, without tables or
/// branches, so that each has a twin over vectors in [VectorMath] that gives the same bits.
///
/// The coefficients are minimax fits of this project, but for those of e^x, which are 1 / n!.
public final class FloatMath {
  public static final float LOG2_E = 1.44269504f;

  /// ln 2 in two parts, the first with few enough bits that its product with an exponent is exact.
  public static final float LN2_HIGH = 0.693359375f;

  public static final float LN2_LOW = -2.12194440e-4f;

  /// Adding 1.5 * 2^23 rounds to a whole number, which then stands in the lowest bits.
  public static final float ROUNDER = 0x1.8p23f;

  static final int ROUNDER_BITS = Float.floatToRawIntBits(ROUNDER);

  /// Beyond these, e^x is 0 or infinite in float32.
  public static final float EXP_MIN = -104f;

  public static final float EXP_MAX = 89f;

  public static final float E2 = 1f / 2;
  public static final float E3 = 1f / 6;
  public static final float E4 = 1f / 24;
  public static final float E5 = 1f / 120;
  public static final float E6 = 1f / 720;
  public static final float E7 = 1f / 5040;

  /// Below this, tanh is computed as `x + x^3 P(x^2)`: the quotient of exponentials would cancel.
  public static final float TANH_SMALL = 0.625f;

  public static final float T0 = -0.33333284f;
  public static final float T1 = 0.13331491f;
  public static final float T2 = -0.053743497f;
  public static final float T3 = 0.020650579f;
  public static final float T4 = -0.005717037f;

  /// From here on, the normal distribution's tail is 0 in float32.
  public static final float NORMAL_MAX = 15f;

  /// 1 / sqrt(2 pi)
  public static final float DENSITY_0 = 0.39894228f;

  public static final float MILLS_SCALE = 0.3f;

  /// Phi(-a) / density(a) as a polynomial in `1 / (1 + 0.3 a)`, for a in 0 to 15.
  public static final float M0 = 1.878828516055364e-05f;

  public static final float M1 = 0.29949718713760376f;
  public static final float M2 = 0.3057095408439636f;
  public static final float M3 = 0.23694176971912384f;
  public static final float M4 = 0.35821300745010376f;
  public static final float M5 = -0.19312241673469543f;
  public static final float M6 = 0.5743479132652283f;
  public static final float M7 = -0.4246097803115845f;
  public static final float M8 = 0.09631820023059845f;

  private FloatMath() {}

  /// e^x, by `2^n e^r` with a whole n and `|r| <= ln 2 / 2`; the power of two is multiplied in as
  /// two halves, so that results below 2^-126 come out rounded rather than zero.
  static float exp(float x) {
    float clamped = Math.max(Math.min(x, EXP_MAX), EXP_MIN);
    float shifted = Math.fma(clamped, LOG2_E, ROUNDER);
    float n = shifted - ROUNDER;
    float r = Math.fma(n, -LN2_LOW, Math.fma(n, -LN2_HIGH, clamped));
    float p = Math.fma(r, E7, E6);
    p = Math.fma(r, p, E5);
    p = Math.fma(r, p, E4);
    p = Math.fma(r, p, E3);
    p = Math.fma(r, p, E2);
    p = Math.fma(r, p, 1f);
    p = Math.fma(r, p, 1f);
    int exponent = Float.floatToRawIntBits(shifted) - ROUNDER_BITS;
    int half = exponent >> 1;
    return p * powerOfTwo(half) * powerOfTwo(exponent - half);
  }

  /// e^(x - shift) with the difference's rounding error made good: it would be a relative error of
  /// the result. Where the result is 0 the error is not looked at, as it may be infinite.
  public static float expDifference(float x, float shift) {
    float d = x - shift;
    float v = d - x;
    float error = (x - (d - v)) - (shift + v);
    float e = exp(d);
    return Math.fma(e, d < EXP_MIN ? 0f : error, e);
  }

  private static float powerOfTwo(int exponent) {
    return Float.intBitsToFloat((exponent + 127) << 23);
  }

  /// 1 / (1 + e^-x), from the side on which the exponential does not overflow.
  static float sigmoid(float x) {
    float e = exp(-Math.abs(x));
    return (x < 0 ? e : 1f) / (1f + e);
  }

  static float tanh(float x) {
    float a = Math.abs(x);
    if (a < TANH_SMALL) {
      float s = x * x;
      float p = Math.fma(s, T4, T3);
      p = Math.fma(s, p, T2);
      p = Math.fma(s, p, T1);
      p = Math.fma(s, p, T0);
      return Math.fma(x * s, p, x);
    }
    float e = exp(-2f * a);
    float t = (1f - e) / (1f + e);
    return x < 0 ? -t : t;
  }

  /// The standard normal density. The rounding error of a^2 / 2 is made good: it would be
  /// multiplied by a^2 / 2 in the result.
  private static float density(float a) {
    float square = a * a;
    float error = Math.fma(a, a, -square);
    float e = exp(-0.5f * square);
    return DENSITY_0 * Math.fma(e, -0.5f * error, e);
  }

  private static float mills(float a) {
    float u = 1f / Math.fma(a, MILLS_SCALE, 1f);
    float p = Math.fma(u, M8, M7);
    p = Math.fma(u, p, M6);
    p = Math.fma(u, p, M5);
    p = Math.fma(u, p, M4);
    p = Math.fma(u, p, M3);
    p = Math.fma(u, p, M2);
    p = Math.fma(u, p, M1);
    return Math.fma(u, p, M0);
  }

  /// x Phi(x)
  static float gelu(float x) {
    float a = Math.min(Math.abs(x), NORMAL_MAX);
    float tail = density(a) * mills(a);
    return x < 0 ? -a * tail : x * (1f - tail);
  }

  /// Phi(x) + x density(x)
  static float geluDerivative(float x) {
    float a = Math.min(Math.abs(x), NORMAL_MAX);
    float d = density(a);
    float tail = d * mills(a);
    float below = Math.fma(-a, d, tail);
    return x < 0 ? below : 1f - below;
  }

  /// f(x); not for softmax.
  public static float activate(Activation activation, float x) {
    return switch (activation) {
      case LINEAR -> x;
      case RELU -> Math.max(x, 0f);
      case LEAKY_RELU -> Math.max(x, Activation.LEAK * x);
      case SIGMOID -> sigmoid(x);
      case TANH -> tanh(x);
      case GELU -> gelu(x);
      case SOFTMAX -> throw new AssertionError("softmax works on a row");
    };
  }

  /// f', from the result or the argument as [Activation#derivativeFromResult] says; not for
  /// softmax.
  public static float derivative(Activation activation, float saved) {
    return switch (activation) {
      case LINEAR -> 1f;
      case RELU -> saved > 0 ? 1f : 0f;
      case LEAKY_RELU -> saved > 0 ? 1f : Activation.LEAK;
      case SIGMOID -> saved * (1f - saved);
      case TANH -> Math.fma(-saved, saved, 1f);
      case GELU -> geluDerivative(saved);
      case SOFTMAX -> throw new AssertionError("softmax works on a row");
    };
  }
}
