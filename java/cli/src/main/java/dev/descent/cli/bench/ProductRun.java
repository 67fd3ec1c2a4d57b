package dev.descent.cli.bench;

import dev.descent.DescentException;
import dev.descent.Engine;
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
import java.util.function.LongSupplier;

/// Times a matrix product on an engine, once its result is known to be right.
public final class ProductRun {
  private static final String STEP = "multiply";
  private static final long SEED = 1;

  /// Products of eighths are whole in units of a 64th.
  private static final double UNITS = 64;

  /// One less than a power of two.
  private static final int MOST_WEIGHT = (1 << 20) - 1;

  private final Product product;
  private final Tensor a;
  private final Tensor b;
  private final Tensor c;
  private final Program program;

  public ProductRun(Product product) {
    this.product = product;
    var builder = Program.builder();
    int m = product.m();
    int k = product.k();
    int n = product.n();
    a = product.transposeA() ? tensor(builder, "a", k, m) : tensor(builder, "a", m, k);
    b = product.transposeB() ? tensor(builder, "b", n, k) : tensor(builder, "b", k, n);
    c = tensor(builder, "c", m, n);
    var multiply = new MatMul(a, product.transposeA(), b, product.transposeB(), c);
    program = builder.step(STEP, List.of(multiply)).build();
  }

  private static Tensor tensor(Program.Builder builder, String name, int rows, int columns) {
    return builder
        .buffer(name, Role.DATA, DType.F32, (long) rows * columns)
        .asMatrix(rows, columns);
  }

  /// Checks, then measures.
  ///
  /// @param afterwards runs after each repeat, and takes no time that counts
  /// @throws DescentException if the engine's product is wrong
  public Timing time(Engine engine, LongSupplier clock, double seconds, Runnable afterwards) {
    try (Executable executable = engine.compile(program)) {
      check(executable);
      writeRandom(executable, a);
      writeRandom(executable, b);
      return Timing.measure(
          clock, seconds, Integer.MAX_VALUE, times -> executable.run(STEP, times), afterwards);
    }
  }

  /// The factors are eighths from -1 to 1: a sum of their products is exact in float32 whatever the
  /// order, even where a device rounds factors to four bits, so that the result must be that of
  /// whole numbers.
  private void check(Executable executable) {
    int[] left = writeEighths(executable, a);
    int[] right = writeEighths(executable, b);
    float[] actual = new float[product.m() * product.n()];
    Arrays.fill(actual, Float.NaN);
    executable.write(c, MemorySegment.ofArray(actual));
    executable.run(STEP, 1);
    executable.read(c, MemorySegment.ofArray(actual));
    requireProduct(left, right, actual);
  }

  /// Freivalds' test (1977), which takes a square's time rather than a cube's: each row of the
  /// result, its elements weighted at random and added up, must be that row of a times the weighted
  /// columns of b. All in whole numbers, so that a row with a wrong element passes once in a
  /// million at most.
  ///
  /// @param left the elements of a, in eighths
  /// @param right those of b
  /// @throws DescentException naming the first element that is wrong
  void requireProduct(int[] left, int[] right, float[] actual) {
    int m = product.m();
    int k = product.k();
    int n = product.n();
    int[] rows = product.transposeA() ? transpose(left, k, m) : left;
    int[] columns = product.transposeB() ? transpose(right, n, k) : right;
    var random = new RandomStream(SEED, 'c', 0);
    int[] weights = new int[n];
    for (int j = 0; j < n; j++) {
      weights[j] = 1 + (random.nextInt() & MOST_WEIGHT);
    }
    long[] weighted = new long[k];
    for (int p = 0; p < k; p++) {
      for (int j = 0; j < n; j++) {
        weighted[p] += (long) columns[p * n + j] * weights[j];
      }
    }
    for (int i = 0; i < m; i++) {
      long expected = 0;
      for (int p = 0; p < k; p++) {
        expected += rows[i * k + p] * weighted[p];
      }
      long sum = 0;
      boolean whole = true;
      for (int j = 0; j < n; j++) {
        double units = UNITS * actual[i * n + j];
        whole &= units == Math.rint(units) && Math.abs(units) <= UNITS * k;
        sum += weights[j] * (long) units;
      }
      if (!whole || sum != expected) {
        requireRow(i, rows, columns, actual);
      }
    }
  }

  private void requireRow(int i, int[] rows, int[] columns, float[] actual) {
    int k = product.k();
    int n = product.n();
    for (int j = 0; j < n; j++) {
      int sum = 0;
      for (int p = 0; p < k; p++) {
        sum += rows[i * k + p] * columns[p * n + j];
      }
      float value = (float) (sum / UNITS);
      if (actual[i * n + j] != value) {
        throw new DescentException(
            String.format(
                Locale.ROOT,
                "wrong result, nothing is timed: element (%d, %d) of the product %s is %s, not %s",
                i,
                j,
                product,
                actual[i * n + j],
                value));
      }
    }
  }

  private static int[] transpose(int[] matrix, int rows, int columns) {
    int[] result = new int[matrix.length];
    for (int i = 0; i < rows; i++) {
      for (int j = 0; j < columns; j++) {
        result[j * rows + i] = matrix[i * columns + j];
      }
    }
    return result;
  }

  private static int[] writeEighths(Executable executable, Tensor tensor) {
    var random = random(tensor);
    int[] eighths = new int[Math.toIntExact(tensor.size())];
    float[] values = new float[eighths.length];
    for (int i = 0; i < values.length; i++) {
      eighths[i] = random.nextInt(17) - 8;
      values[i] = eighths[i] / 8f;
    }
    executable.write(tensor, MemorySegment.ofArray(values));
    return eighths;
  }

  private static void writeRandom(Executable executable, Tensor tensor) {
    var random = random(tensor);
    float[] values = new float[Math.toIntExact(tensor.size())];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) random.nextDouble(-1, 1);
    }
    executable.write(tensor, MemorySegment.ofArray(values));
  }

  private static RandomStream random(Tensor tensor) {
    return new RandomStream(SEED, tensor.name().charAt(0), 0);
  }
}
