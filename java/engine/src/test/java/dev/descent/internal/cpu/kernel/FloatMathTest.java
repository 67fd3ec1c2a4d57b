package dev.descent.internal.cpu.kernel;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.descent.internal.NormalDistribution;
import dev.descent.internal.cpu.plain.PlainMath;
import dev.descent.internal.cpu.vector.VectorMath;
import dev.descent.program.Activation;
import dev.descent.testing.Inputs;
import java.util.Arrays;
import java.util.function.DoubleUnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class FloatMathTest {
  /// Four units in the last place, of numbers that are not denormal.
  private static final double RELATIVE = 4 * 0x1p-23;

  private static final float[] ODD = {
    0f,
    -0f,
    Float.MIN_VALUE,
    -Float.MIN_VALUE,
    Float.MIN_NORMAL,
    -Float.MIN_NORMAL,
    1e-20f,
    1f,
    -1f,
    0.625f,
    87f,
    -87f,
    88.8f,
    -88.8f,
    -103.9f,
    1e30f,
    -1e30f,
    Float.MAX_VALUE,
    -Float.MAX_VALUE,
    Float.POSITIVE_INFINITY,
    Float.NEGATIVE_INFINITY,
    Float.NaN
  };

  private final Inputs random = Inputs.fresh();

  @Test
  void exponentialsAreAccurate() {
    check(-87.3, 88.7, x -> FloatMath.exp((float) x), Math::exp, RELATIVE, 0);
    check(-120, -87, x -> FloatMath.exp((float) x), Math::exp, RELATIVE, Float.MIN_VALUE);
    assertEquals(1f, FloatMath.exp(0f));
    assertEquals(0f, FloatMath.exp(Float.NEGATIVE_INFINITY));
    assertEquals(Float.POSITIVE_INFINITY, FloatMath.exp(89f));
    assertTrue(Float.isNaN(FloatMath.exp(Float.NaN)));
  }

  @Test
  void exponentialsOfDifferencesLoseNothing() {
    for (int i = 0; i < 100_000; i++) {
      float x = (float) random.nextDouble(-60, 60);
      float shift = (float) random.nextDouble(x, 80);
      double expected = Math.exp((double) x - shift);
      float actual = FloatMath.expDifference(x, shift);
      assertEquals(
          expected,
          actual,
          expected * RELATIVE + Float.MIN_VALUE,
          x + " - " + shift + " " + random);
    }
    assertEquals(0f, FloatMath.expDifference(Float.NEGATIVE_INFINITY, 3f));
    assertEquals(0f, FloatMath.expDifference(-Float.MAX_VALUE, Float.MAX_VALUE));
    assertTrue(Float.isNaN(FloatMath.expDifference(1f, Float.POSITIVE_INFINITY * 0)));
  }

  @Test
  void sigmoidAndTanhAreAccurate() {
    DoubleUnaryOperator sigmoid =
        x -> x < 0 ? Math.exp(x) / (1 + Math.exp(x)) : 1 / (1 + Math.exp(-x));
    check(-87, 100, x -> FloatMath.sigmoid((float) x), sigmoid, RELATIVE, 0);
    check(-10, 10, x -> FloatMath.tanh((float) x), Math::tanh, RELATIVE, 0);
    check(-0.7, 0.7, x -> FloatMath.tanh((float) x), Math::tanh, RELATIVE, 0);
    check(-1e-6, 1e-6, x -> FloatMath.tanh((float) x), Math::tanh, RELATIVE, 0);
  }

  @Test
  void geluIsAccurateInItsTailToo() {
    DoubleUnaryOperator gelu = x -> x * NormalDistribution.cumulative(x);
    DoubleUnaryOperator slope =
        x -> NormalDistribution.cumulative(x) + x * NormalDistribution.density(x);
    check(-12, 20, x -> FloatMath.gelu((float) x), gelu, 2 * RELATIVE, 0);
    check(-1, 1, x -> FloatMath.gelu((float) x), gelu, 2 * RELATIVE, 0);
    check(-20, 20, x -> FloatMath.geluDerivative((float) x), slope, RELATIVE, 1e-7);
  }

  private void check(
      double low,
      double high,
      DoubleUnaryOperator actual,
      DoubleUnaryOperator expected,
      double relative,
      double absolute) {
    for (int i = 0; i < 200_000; i++) {
      float x = (float) random.nextDouble(low, high);
      double want = expected.applyAsDouble(x);
      double got = actual.applyAsDouble(x);
      double bound = Math.abs(want) * relative + absolute;
      if (!(Math.abs(want - got) <= bound)) {
        assertEquals(want, got, bound, "at " + x + " " + random);
      }
    }
  }

  @ParameterizedTest
  @EnumSource(
      value = Activation.class,
      names = {"LINEAR", "RELU", "LEAKY_RELU", "SIGMOID", "TANH", "GELU"})
  void vectorsAndPlainLoopsGiveTheSameBits(Activation activation) {
    Elementwise vector = new VectorMath();
    Elementwise plain = new PlainMath();
    for (int round = 0; round < 200; round++) {
      int rows = random.nextInt(1, 5);
      int columns = random.nextInt(1, 150);
      int ld = columns + random.nextInt(0, 9);
      int offset = random.nextInt(0, 20);
      int size = offset + rows * ld + 40;
      float[] x = values(size);
      float[] saved = values(size);
      float[][] out = {random.gaussians(size), new float[0]};
      out[1] = out[0].clone();
      vector.activate(activation, x, offset, ld, out[0], offset + 3, ld, rows, columns);
      plain.activate(activation, x, offset, ld, out[1], offset + 3, ld, rows, columns);
      assertSameBits(out[1], out[0]);
      vector.activateBackward(
          activation, saved, offset, ld, x, offset, ld, out[0], offset + 1, ld, rows, columns);
      plain.activateBackward(
          activation, saved, offset, ld, x, offset, ld, out[1], offset + 1, ld, rows, columns);
      assertSameBits(out[1], out[0]);
      vector.addBias(x, offset, ld, saved, offset, out[0], offset + 2, ld, rows, columns);
      plain.addBias(x, offset, ld, saved, offset, out[1], offset + 2, ld, rows, columns);
      assertSameBits(out[1], out[0]);
      vector.copy(x, offset, ld, out[0], offset, ld, rows, columns);
      plain.copy(x, offset, ld, out[1], offset, ld, rows, columns);
      assertSameBits(out[1], out[0]);
      float shift = random.nextInt(-2, 3);
      vector.exp(x, offset, shift, out[0], offset, columns);
      plain.exp(x, offset, shift, out[1], offset, columns);
      assertSameBits(out[1], out[0]);
    }
  }

  private float[] values(int size) {
    float[] values = random.gaussians(size);
    for (int i = 0; i < size; i++) {
      if (random.nextInt(3) == 0) {
        values[i] = ODD[random.nextInt(ODD.length)];
      } else {
        values[i] *= 10;
      }
    }
    return values;
  }

  /// All NaN count as the same.
  private void assertSameBits(float[] expected, float[] actual) {
    assertArrayEquals(bits(expected), bits(actual), random.toString());
  }

  private static int[] bits(float[] values) {
    int[] bits = new int[values.length];
    Arrays.setAll(bits, i -> Float.floatToIntBits(values[i]));
    return bits;
  }
}
