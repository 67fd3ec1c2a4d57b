package dev.descent.nativecpu;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import dev.descent.backend.Precision;
import dev.descent.internal.cpu.KernelChoice;
import dev.descent.internal.cpu.kernel.Elementwise;
import dev.descent.internal.cpu.kernel.Kernels;
import dev.descent.internal.cpu.kernel.PanelKernel;
import dev.descent.internal.cpu.kernel.PrefetchTargets;
import dev.descent.program.Activation;
import dev.descent.testing.Inputs;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// In float32 the kernels in C++ give the bits of those in Java, whatever the instruction set.
class KernelBitsTest {
  private static final int RUNS = 50;

  private final Inputs random = Inputs.fresh();

  /// What both get, and what each makes of it.
  private interface Work {
    float[] of(Kernels kernels);
  }

  @BeforeAll
  static void needsTheLibrary() {
    TestNatives.library();
  }

  private void same(InstructionSet set, Work work) {
    float[] expected = work.of(KernelChoice.best());
    Elementwise math = NativeProvider.kernels(TestNatives.library(), set, Precision.FP32).math();
    for (FloatTiles tiles : FloatTiles.of(set)) {
      var matMul = new FloatMatMul(TestNatives.library(), tiles, math);
      float[] actual = work.of(new Kernels(matMul, math, "", null));
      assertArrayEquals(bits(expected), bits(actual), tiles + ", " + random);
    }
  }

  private static int[] bits(float[] x) {
    return IntStream.range(0, x.length).map(i -> Float.floatToRawIntBits(x[i])).toArray();
  }

  private float[] floats(int length) {
    float[] x = new float[length];
    for (int i = 0; i < length; i++) {
      x[i] = random.nextFloat(-2, 2);
    }
    x[random.nextInt(length)] = -0f;
    return x;
  }

  @ParameterizedTest
  @MethodSource("dev.descent.nativecpu.TestNatives#instructionSets")
  void products(InstructionSet set) {
    for (int run = 0; run < RUNS; run++) {
      // A width that the kernels in Java take without padding.
      int columns = 16 << random.nextInt(3);
      int rows = random.nextInt(1, 70);
      int count = random.nextInt(1, 400);
      boolean add = random.nextBoolean();
      boolean transposed = random.nextBoolean();
      float[] a = floats(rows * count);
      float[] b = floats(count * columns);
      float[] c = floats(rows * columns + 3);
      int rowStride = transposed ? 1 : count;
      int kStride = transposed ? rows : 1;
      same(
          set,
          kernels -> {
            PanelKernel kernel = kernels.panels();
            float[] out = c.clone();
            kernel.multiplyPanel(
                columns, rows, count, a, 0, rowStride, kStride, b, 0, columns, out, 3, columns,
                add);
            return out;
          });
      float[] partner = floats(rows * columns);
      var partners = PrefetchTargets.of(partner, partner, partner);
      same(
          set,
          kernels -> {
            float[] out = c.clone();
            kernels
                .panels()
                .multiplyPanel(
                    columns, rows, count, a, 0, rowStride, kStride, b, 0, columns, out, 3, columns,
                    add, partners, 0);
            return out;
          });
    }
  }

  @ParameterizedTest
  @MethodSource("dev.descent.nativecpu.TestNatives#instructionSets")
  void elementByElement(InstructionSet set) {
    for (int run = 0; run < RUNS; run++) {
      int rows = random.nextInt(1, 40);
      int columns = random.nextInt(1, 70);
      int ld = columns + random.nextInt(5);
      float[] x = floats(rows * ld + 5);
      float[] y = floats(rows * ld + 7);
      float shift = random.nextFloat(2, 100);
      same(set, k -> out(y, o -> k.math().addBias(x, 5, ld, x, 0, o, 7, ld, rows, columns)));
      same(
          set,
          k -> out(y, o -> k.math().activate(Activation.RELU, x, 5, ld, o, 7, ld, rows, columns)));
      same(
          set,
          k ->
              out(
                  y,
                  o ->
                      k.math()
                          .activateBackward(
                              Activation.RELU, x, 5, ld, o, 7, ld, o, 7, ld, rows, columns)));
      same(set, k -> out(y, o -> k.math().copy(x, 5, ld, o, 7, ld, rows, columns)));
      same(set, k -> out(y, o -> k.math().exp(x, 5, shift, o, 7, columns)));
      float[] turned = new float[columns * (rows + 2)];
      same(set, k -> out(turned, o -> k.math().transpose(x, 5, ld, o, 0, rows + 2, rows, columns)));
    }
  }

  private interface Output {
    void into(float[] out);
  }

  private static float[] out(float[] before, Output output) {
    float[] out = before.clone();
    output.into(out);
    return out;
  }

  @ParameterizedTest
  @MethodSource("dev.descent.nativecpu.TestNatives#instructionSets")
  void adam(InstructionSet set) {
    for (int run = 0; run < RUNS; run++) {
      int count = random.nextInt(1, 300);
      float[] p = floats(count + 2);
      float[] m = floats(count + 2);
      float[] v = floats(count + 2);
      for (int i = 0; i < v.length; i++) {
        v[i] = Math.abs(v[i]);
      }
      float[] g = floats(count + 2);
      for (int part = 0; part < 3; part++) {
        int which = part;
        same(
            set,
            kernels -> {
              Elementwise math = kernels.math();
              float[][] all = {p.clone(), m.clone(), v.clone()};
              math.adam(
                  all[0], all[1], all[2], 2, g, 2, count, 0.999f, 0.01f, 1.25f, 0.9f, 0.999f,
                  1e-8f);
              return all[which];
            });
      }
    }
  }
}
