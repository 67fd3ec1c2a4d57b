package dev.descent.cli.bench;

import dev.descent.DescentException;
import dev.descent.Engine;
import dev.descent.backend.Executable;
import dev.descent.internal.RandomStream;
import dev.descent.program.DType;
import dev.descent.program.Operation.MatMul;
import dev.descent.program.Program;
import dev.descent.program.Role;
import dev.descent.program.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.function.LongSupplier;

/// Times a matrix product on an engine, once its result is known to be right.
public final class ProductRun {
  private static final String STEP = "multiply";
  private static final long SEED = 1;

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
    var multiply = new MatMul(a, product.transposeA(), b, product.transposeB(), c, 1, 0);
    program = builder.step(STEP, List.of(multiply)).build();
  }

  private static Tensor tensor(Program.Builder builder, String name, int rows, int columns) {
    return builder
        .buffer(name, Role.DATA, DType.F32, (long) rows * columns)
        .asMatrix(rows, columns);
  }

  /// Checks, then measures.
  ///
  /// @param reference the engine that is right
  /// @throws DescentException if the engine's product is wrong
  public Timing time(Engine engine, Engine reference, LongSupplier clock, double seconds) {
    try (Executable executable = engine.compile(program)) {
      check(executable, reference);
      write(executable, a, false);
      write(executable, b, false);
      return Timing.measure(
          clock, seconds, Integer.MAX_VALUE, times -> executable.run(STEP, times));
    }
  }

  /// The factors are eighths from -1 to 1: a sum of their products is exact in float32 whatever the
  /// order, even where a device rounds factors to four bits, so that results must be equal.
  private void check(Executable executable, Engine reference) {
    float[] actual = exactProduct(executable);
    float[] expected;
    try (Executable truth = reference.compile(program)) {
      expected = exactProduct(truth);
    }
    for (int i = 0; i < expected.length; i++) {
      if (actual[i] != expected[i]) {
        throw new DescentException(
            "wrong result, nothing is timed: element (%d, %d) of the product %s is %s, not %s"
                .formatted(i / product.n(), i % product.n(), product, actual[i], expected[i]));
      }
    }
  }

  private float[] exactProduct(Executable executable) {
    write(executable, a, true);
    write(executable, b, true);
    float[] result = new float[Math.toIntExact(c.size())];
    executable.write(c, MemorySegment.ofArray(result));
    executable.run(STEP, 1);
    executable.read(c, MemorySegment.ofArray(result));
    return result;
  }

  private static void write(Executable executable, Tensor tensor, boolean eighths) {
    var random = new RandomStream(SEED, tensor.name().charAt(0), 0);
    float[] values = new float[Math.toIntExact(tensor.size())];
    for (int i = 0; i < values.length; i++) {
      values[i] = eighths ? (random.nextInt(17) - 8) / 8f : (float) random.nextDouble(-1, 1);
    }
    executable.write(tensor, MemorySegment.ofArray(values));
  }
}
