package dev.descent.cuda;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.descent.backend.Backend;
import dev.descent.backend.BackendOptions;
import dev.descent.backend.Executable;
import dev.descent.backend.Precision;
import dev.descent.program.Activation;
import dev.descent.program.DType;
import dev.descent.program.ElementwiseOperation.Activate;
import dev.descent.program.ElementwiseOperation.AddBias;
import dev.descent.program.ProductOperation.MatMul;
import dev.descent.program.Program;
import dev.descent.program.Role;
import dev.descent.program.Tensor;
import dev.descent.testing.Inputs;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/// Products by each tile, with k whole and split, in each precision, against sums in float64.
class MatMulTest {
  private static final int[][] SHAPES = {
    {1, 1, 1}, {5, 3, 70}, {33, 130, 64}, {129, 65, 257}, {64, 128, 32}, {40, 36, 200}
  };

  private final Inputs random = Inputs.fresh();

  /// So few blocks wanted that nothing is split, or so many that everything is.
  static Stream<Tuning> tunings() {
    return Stream.of(MatMulTile.LARGE, MatMulTile.MEDIUM, MatMulTile.SMALL)
        .flatMap(tile ->
            Stream.of(new Tuning(1, List.of(tile), 16, 1), new Tuning(1000, List.of(tile), 16, 5)));
  }

  @ParameterizedTest
  @MethodSource("tunings")
  void everyTileSumsUp(Tuning tuning) {
    for (Precision precision : new Precision[] {Precision.FP32, Precision.TF32}) {
      try (Backend backend = TestDevice.open(tuning, precision)) {
        for (int[] shape : SHAPES) {
          for (int t = 0; t < 4; t++) {
            check(backend, 1, precision, shape, (t & 1) != 0, (t & 2) != 0);
          }
        }
      }
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"FP32", "TF32"})
  void cublasSumsUp(Precision precision) {
    try (Backend backend = TestDevice.openCublas(new BackendOptions(0, 0, precision))) {
      for (int[] shape : SHAPES) {
        for (int t = 0; t < 4; t++) {
          // Bias and activation are kernels of their own.
          check(backend, 3, precision, shape, (t & 1) != 0, (t & 2) != 0);
        }
      }
    }
  }

  private void check(
      Backend backend, int commands, Precision precision, int[] shape, boolean ta, boolean tb) {
    int m = shape[0];
    int n = shape[1];
    int k = shape[2];
    float[] a = numbers(m * k);
    float[] b = numbers(k * n);
    float[] bias = numbers(n);
    var builder = Program.builder();
    Tensor left = tensor(builder, "a", ta ? k : m, ta ? m : k);
    Tensor right = tensor(builder, "b", tb ? n : k, tb ? k : n);
    Tensor shift = tensor(builder, "bias", 1, n);
    Tensor out = tensor(builder, "out", m, n);
    Tensor active = tensor(builder, "active", m, n);
    Program program =
        builder
            .step(
                "step",
                List.of(
                    new MatMul(left, ta, right, tb, out),
                    new AddBias(out, shift, out),
                    new Activate(Activation.RELU, out, active)))
            .build();
    float[] first = new float[m * n];
    float[] second = new float[m * n];
    float[] activated = new float[m * n];
    try (Executable executable = backend.compile(program)) {
      assertEquals(commands, executable.explain("step").size());
      executable.write(left, MemorySegment.ofArray(a));
      executable.write(right, MemorySegment.ofArray(b));
      executable.write(shift, MemorySegment.ofArray(bias));
      executable.run("step", 1);
      executable.read(out, MemorySegment.ofArray(first));
      executable.run("step", 2);
      executable.read(out, MemorySegment.ofArray(second));
      executable.read(active, MemorySegment.ofArray(activated));
    }
    String what = "%d x %d x %d, %s, %s %s, %s".formatted(m, n, k, precision, ta, tb, random);
    assertArrayEquals(first, second, what);
    // A float has 24 significant bits, TF32 11; an operand is rounded by half a unit at most.
    double unit = precision == Precision.TF32 ? 0x1p-10 : (k + 8) * 0x1p-24;
    for (int i = 0; i < m; i++) {
      for (int j = 0; j < n; j++) {
        double sum = bias[j];
        double scale = Math.abs(bias[j]);
        for (int p = 0; p < k; p++) {
          double product = (double) a[ta ? p * m + i : i * k + p] * b[tb ? j * k + p : p * n + j];
          sum += product;
          scale += Math.abs(product);
        }
        float actual = first[i * n + j];
        assertTrue(
            Math.abs(sum - actual) <= unit * scale,
            "%s: [%d, %d] is %s, not %s".formatted(what, i, j, actual, sum));
        assertEquals(Math.max(0, actual), activated[i * n + j], what);
      }
    }
  }

  /// Whole numbers of few bits come out exactly in TF32 too; others are rounded to nearest.
  @Test
  void tf32RoundsOperandsToNearest() {
    var builder = Program.builder();
    Tensor a = tensor(builder, "a", 1, 1);
    Tensor b = tensor(builder, "b", 1, 1);
    Tensor out = tensor(builder, "out", 1, 1);
    Program program = builder.step("step", List.of(new MatMul(a, false, b, false, out))).build();
    try (Backend backend = TestDevice.open(Tuning.of(TestDevice.get()), Precision.TF32);
        Executable executable = backend.compile(program)) {
      float[][] cases = {
        {1027, 3, 3081}, {1 + 0x1p-11f, 1, 1 + 0x1p-10f}, {1 + 0x1.8p-12f, 1, 1}, {-2049, 1, -2050}
      };
      for (float[] c : cases) {
        float[] result = new float[1];
        executable.write(a, MemorySegment.ofArray(new float[] {c[0]}));
        executable.write(b, MemorySegment.ofArray(new float[] {c[1]}));
        executable.run("step", 1);
        executable.read(out, MemorySegment.ofArray(result));
        assertEquals(c[2], result[0], c[0] + " * " + c[1]);
      }
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"FP32", "TF32"})
  void aPlanCoversAllOfK(Precision precision) {
    for (int i = 0; i < 1000; i++) {
      long m = random.nextLong(1, 5000);
      long n = random.nextLong(1, 5000);
      long k = random.nextLong(1, 5000);
      var tuning =
          new Tuning(
              random.nextInt(1, 200),
              List.of(MatMulTile.LARGE, MatMulTile.MEDIUM, MatMulTile.SMALL),
              64,
              16);
      MatMulPlan plan = tuning.plan(m, n, k);
      String what = "%s for %d x %d x %d, %s".formatted(plan, m, n, k, random);
      assertTrue(plan.kPart() * plan.parts() >= k, what);
      assertTrue(plan.kPart() * (plan.parts() - 1) < k, what);
      assertEquals(0, plan.kPart() % MatMulTile.DEPTH, what);
      assertTrue(plan.parts() <= 16 && plan.parts() >= 1, what);
    }
  }

  private float[] numbers(int count) {
    float[] numbers = new float[count];
    for (int i = 0; i < count; i++) {
      numbers[i] = random.nextFloat() * 2 - 1;
    }
    return numbers;
  }

  private static Tensor tensor(Program.Builder builder, String name, long rows, long columns) {
    return builder.buffer(name, Role.DATA, DType.F32, rows * columns).asMatrix(rows, columns);
  }
}
