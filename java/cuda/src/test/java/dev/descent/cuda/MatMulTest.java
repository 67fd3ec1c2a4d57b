package dev.descent.cuda;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.descent.backend.Backend;
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
  static final int[][] SHAPES = {
    {1, 1, 1}, {5, 3, 70}, {33, 130, 64}, {129, 65, 257}, {64, 128, 32}, {40, 36, 200}
  };

  private final Inputs random = Inputs.fresh();

  private static final List<MatMulTile> TILES =
      List.of(MatMulTile.LARGE, MatMulTile.MEDIUM, MatMulTile.SMALL);

  /// One part, or a device so large that k is split as often as it can be.
  static Stream<Tuning> tunings() {
    return TILES.stream()
        .flatMap(tile ->
            Stream.of(Precision.FP32, Precision.TF32, Precision.BF16)
                .flatMap(precision ->
                    Stream.of(
                        new Tuning(1, precision, List.of(tile), 16, 1),
                        new Tuning(1000, precision, List.of(tile), 16, 5))));
  }

  @ParameterizedTest
  @MethodSource("tunings")
  void everyTileSumsUp(Tuning tuning) {
    TestDevice.requirePrecision(tuning.precision());
    try (Backend backend = TestDevice.open(tuning)) {
      for (int[] shape : SHAPES) {
        for (int t = 0; t < 4; t++) {
          check(backend, 1, tuning.precision(), shape, (t & 1) != 0, (t & 2) != 0, random);
        }
      }
    }
  }

  /// Multiplies random numbers, adds a bias and applies ReLU, in as many commands.
  static void check(
      Backend backend,
      int commands,
      Precision precision,
      int[] shape,
      boolean ta,
      boolean tb,
      Inputs random) {
    int m = shape[0];
    int n = shape[1];
    int k = shape[2];
    float[] a = numbers(m * k, random);
    float[] b = numbers(k * n, random);
    float[] bias = numbers(n, random);
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
    // A float has 24 significant bits, TF32 11, bf16 8; kernels of ours round an operand by half a
    // unit at most, and
    // a library may cut it off, which is a whole one.
    double cut = commands == 1 ? 1 : 2;
    double unit = (k + 8) * 0x1p-24 + cut * rounding(precision);
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

  /// How far a term may be off because both factors are rounded to nearest, relative.
  static double rounding(Precision precision) {
    return switch (precision) {
      case TF32 -> 0x1.01p-10;
      case BF16 -> 0x1.02p-7;
      default -> 0;
    };
  }

  /// Whole numbers of few bits come out exactly in TF32 too; others are rounded to nearest.
  @Test
  void tf32RoundsOperandsToNearest() {
    var builder = Program.builder();
    Tensor a = tensor(builder, "a", 1, 1);
    Tensor b = tensor(builder, "b", 1, 1);
    Tensor out = tensor(builder, "out", 1, 1);
    Program program = builder.step("step", List.of(new MatMul(a, false, b, false, out))).build();
    TestDevice.requirePrecision(Precision.TF32);
    try (Backend backend = TestDevice.open(Tuning.of(TestDevice.get(), Precision.TF32));
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
  @EnumSource(names = {"FP32", "TF32", "BF16"})
  void aPlanCoversAllOfK(Precision precision) {
    for (int i = 0; i < 1000; i++) {
      long m = random.nextLong(1, 5000);
      long n = random.nextLong(1, 5000);
      long k = random.nextLong(1, 5000);
      var tuning = new Tuning(random.nextInt(1, 200), precision, TILES, 64, 16);
      MatMulPlan plan = tuning.plan(m, n, k);
      String what = "%s for %d x %d x %d, %s".formatted(plan, m, n, k, random);
      assertTrue(plan.kPart() * plan.parts() >= k, what);
      assertTrue(plan.kPart() * (plan.parts() - 1) < k, what);
      assertEquals(0, plan.kPart() % MatMulTile.DEPTH, what);
      assertTrue(plan.parts() <= 16 && plan.parts() >= 1, what);
    }
  }

  /// 128 tiles of 64 x 64 on 132 multiprocessors leave four idle; tiles of 32 x 32 would leave none
  /// and take longer.
  @Test
  void aFewIdleMultiprocessorsDoNotMakeTilesSmaller() {
    var tuning = new Tuning(132, Precision.FP32, TILES, 64, 16);
    MatMulPlan plan = tuning.plan(1024, 512, 1024);
    assertTrue(plan.tile().size() > 32, plan.toString());
    MatMulPlan small = MatMulPlan.of(MatMulTile.SMALL, 1024, 512, 1024, 1);
    assertTrue(plan.cycles(132, Precision.FP32) < small.cycles(132, Precision.FP32));
  }

  /// Products that fill any device have large tiles and whole k; those of a small network are
  /// split.
  @Test
  void largeProductsHaveLargeTilesAndSmallOnesAreSplit() {
    for (Precision precision : List.of(Precision.FP32, Precision.TF32, Precision.BF16)) {
      var tuning = new Tuning(132, precision, TILES, 64, 16);
      for (long size : new long[] {4096, 8192}) {
        MatMulPlan plan = tuning.plan(size, size, size);
        assertEquals(MatMulPlan.of(MatMulTile.LARGE, size, size, size, 1), plan);
      }
      MatMulPlan plan = tuning.plan(128, 512, 784);
      assertTrue(plan.tiles() * plan.parts() >= 66 && plan.isSplit(), plan.toString());
    }
  }

  /// Each tile in each layout and precision fits a block of every device that the kernels are built
  /// for, or is not chosen there.
  @Test
  void aDeviceGetsTilesThatItHasTheSharedMemoryFor() {
    for (int bytes : new int[] {48 << 10, 64 << 10, 99 << 10, 163 << 10, 227 << 10}) {
      var device = new Device(0, "some", 75, 40, 1L << 33, bytes, "13.0", "");
      for (Precision precision : List.of(Precision.FP32, Precision.TF32, Precision.BF16)) {
        List<MatMulTile> tiles = Tuning.of(device, precision).tiles();
        assertTrue(tiles.contains(MatMulTile.SMALL));
        for (MatMulTile tile : tiles) {
          assertTrue(tile.mostSharedBytes(precision) <= bytes, tile + " in " + bytes);
        }
        boolean large = tiles.contains(MatMulTile.LARGE);
        assertEquals(MatMulTile.LARGE.mostSharedBytes(precision) <= bytes, large, "in " + bytes);
      }
    }
    // A Turing has all of them in float32.
    assertEquals(64 << 10, MatMulTile.LARGE.mostSharedBytes(Precision.FP32));
  }

  private static float[] numbers(int count, Inputs random) {
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
