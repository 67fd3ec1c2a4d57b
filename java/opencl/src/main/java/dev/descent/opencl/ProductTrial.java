package dev.descent.opencl;

import dev.descent.DeviceException;
import dev.descent.backend.Executable;
import dev.descent.internal.RandomStream;
import dev.descent.program.DType;
import dev.descent.program.ProductOperation.MatMul;
import dev.descent.program.Program;
import dev.descent.program.Role;
import dev.descent.program.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.DoubleStream;
import org.jspecify.annotations.Nullable;

/// A matrix product on which tiles are tried: first whether the result is right, then how long it
/// takes.
///
/// The factors are eighths from -1 to 1, so that all sums are exact in float32 in whatever order.
/// They are checked after Freivalds (1977): with a vector v of whole numbers, none of them zero, `C
/// v` must be `A (B v)`, to the bit. That takes the time of reading C, and no single wrong element
/// can pass.
final class ProductTrial {
  private static final String STEP = "multiply";
  private static final long SEED = 1;

  /// A tile that takes so many times as long as the best one is not measured further.
  private static final double HOPELESS = 1.5;

  private static final double RUN_SECONDS = 0.01;
  private static final int MOST_RUNS = 50;
  private static final int REPEATS = 3;

  private final ProductShape shape;
  private final Program program;
  private final Tensor a;
  private final Tensor b;
  private final Tensor out;
  private final float[] left;
  private final float[] right;
  private final double[] vector;
  private final double[] expected;

  ProductTrial(ProductShape shape) {
    this.shape = shape;
    Program.Builder builder = Program.builder();
    a = tensor(builder, "a", shape.m(), shape.k(), shape.transposeA());
    b = tensor(builder, "b", shape.k(), shape.n(), shape.transposeB());
    out = tensor(builder, "out", shape.m(), shape.n(), false);
    var multiply = new MatMul(a, shape.transposeA(), b, shape.transposeB(), out);
    program = builder.step(STEP, List.of(multiply)).build();
    var random = new RandomStream(SEED, 0, 0);
    left = eighths(random, a.size());
    right = eighths(random, b.size());
    vector = DoubleStream.generate(() -> 1 + random.nextInt(999)).limit(shape.n()).toArray();
    double[] inner = multiply(right, shape.k(), shape.n(), shape.transposeB(), vector);
    expected = multiply(left, shape.m(), shape.k(), shape.transposeA(), inner);
  }

  private static Tensor tensor(
      Program.Builder builder, String name, long rows, long columns, boolean transposed) {
    return builder
        .buffer(name, Role.DATA, DType.F32, rows * columns)
        .asMatrix(transposed ? columns : rows, transposed ? rows : columns);
  }

  private static float[] eighths(RandomStream random, long size) {
    float[] values = new float[Math.toIntExact(size)];
    for (int i = 0; i < values.length; i++) {
      values[i] = (random.nextInt(17) - 8) / 8f;
    }
    return values;
  }

  /// A matrix of rows x columns by a vector; exact, since all sums are small multiples of 1/64.
  private static double[] multiply(
      float[] matrix, long rows, long columns, boolean transposed, double[] by) {
    double[] result = new double[(int) rows];
    int down = (int) (transposed ? 1 : columns);
    int across = (int) (transposed ? rows : 1);
    for (int i = 0; i < rows; i++) {
      double sum = 0;
      for (int j = 0; j < columns; j++) {
        sum += matrix[i * down + j * across] * by[j];
      }
      result[i] = sum;
    }
    return result;
  }

  ProductShape shape() {
    return shape;
  }

  /// The product with a tile, compiled and right.
  ///
  /// @return to be closed by the caller
  /// @throws DeviceException if it does not build, does not run or is wrong
  Executable open(TrialDevice device, MatMulTile tile) {
    Executable executable = device.compile(program, device.tuning(tile));
    boolean right = false;
    try {
      check(executable);
      right = true;
      return executable;
    } finally {
      if (!right) {
        executable.close();
      }
    }
  }

  private void check(Executable executable) {
    float[] poison = new float[Math.toIntExact(out.size())];
    // What a kernel leaves out stays visible.
    Arrays.fill(poison, Float.NaN);
    executable.write(a, MemorySegment.ofArray(left));
    executable.write(b, MemorySegment.ofArray(right));
    executable.write(out, MemorySegment.ofArray(poison));
    executable.run(STEP, 1);
    String problem = problem(read(executable));
    if (problem != null) {
      throw new DeviceException("opencl: " + problem);
    }
  }

  /// What the product last came to.
  float[] read(Executable executable) {
    float[] result = new float[Math.toIntExact(out.size())];
    executable.read(out, MemorySegment.ofArray(result));
    return result;
  }

  /// What is wrong with a result, or null.
  @Nullable String problem(float[] result) {
    double[] actual = multiply(result, shape.m(), shape.n(), false, vector);
    for (int i = 0; i < actual.length; i++) {
      if (actual[i] != expected[i]) {
        return String.format(Locale.ROOT, "row %d of the product %s is wrong", i, shape);
      }
    }
    return null;
  }

  /// The fastest of some runs.
  ///
  /// @param best the seconds of the best tile so far
  double seconds(Executable executable, double best) {
    double first = run(executable, 1);
    if (isHopeless(first, best) && isHopeless(run(executable, 1), best)) {
      return first;
    }
    int times = (int) Math.clamp(RUN_SECONDS / Math.max(first, 1e-9), 1, MOST_RUNS);
    double fastest = first;
    for (int i = 0; i < REPEATS; i++) {
      fastest = Math.min(fastest, run(executable, times));
    }
    return fastest;
  }

  /// Whether a tile takes so much longer than the best one that measuring better would not help.
  static boolean isHopeless(double seconds, double best) {
    return seconds > HOPELESS * best;
  }

  private static double run(Executable executable, int times) {
    return Math.max(executable.profile(STEP, times).getFirst().seconds(), 1e-9);
  }
}
