package dev.descent.nativecpu;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.descent.backend.Backend;
import dev.descent.backend.Executable;
import dev.descent.backend.Precision;
import dev.descent.internal.cpu.CpuBackend;
import dev.descent.internal.cpu.kernel.Kernels;
import dev.descent.internal.cpu.kernel.MatMulPlan;
import dev.descent.program.DType;
import dev.descent.program.ProductOperation.MatMul;
import dev.descent.program.Program;
import dev.descent.program.Role;
import dev.descent.program.Tensor;
import dev.descent.testing.Inputs;
import java.lang.foreign.MemorySegment;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// No operand whose lines fall on few sets of a first-level cache is read in place on a processor by
/// Intel, whichever this one is: 128 x 784 x 512 once ran at half of its speed there.
class CrowdedSetsTest {
  private final Inputs random = Inputs.fresh();

  @BeforeAll
  static void needsTheLibrary() {
    TestNatives.library();
  }

  private static NativeLibrary library(boolean intel) {
    NativeLibrary own = TestNatives.library();
    int others = own.features() & ~InstructionSet.INTEL_FEATURE;
    return new NativeLibrary(
        own.symbols(), intel ? others | InstructionSet.INTEL_FEATURE : others, own.scratchFloats());
  }

  private static Kernels kernels(boolean intel) {
    NativeLibrary library = library(intel);
    InstructionSet set = InstructionSet.best(library.features()).orElseThrow();
    return NativeProvider.kernels(library, set, Precision.FP32);
  }

  private static MatMulPlan plan(MatMul product, boolean intel) {
    return MatMulPlan.of(product, kernels(intel).matMul());
  }

  private record Product(Tensor a, Tensor b, Tensor out, MatMul operation, Program program) {
    static Product of(int m, int k, int n, boolean transposeA) {
      var builder = Program.builder();
      Tensor a = tensor(builder, "a", transposeA ? k : m, transposeA ? m : k);
      Tensor b = tensor(builder, "b", k, n);
      Tensor out = tensor(builder, "out", m, n);
      var operation = new MatMul(a, transposeA, b, false, out);
      return new Product(a, b, out, operation, builder.step("step", List.of(operation)).build());
    }

    private static Tensor tensor(Program.Builder builder, String name, int rows, int columns) {
      return builder
          .buffer(name, Role.DATA, DType.F32, (long) rows * columns)
          .asMatrix(rows, columns);
    }

    float[] run(Kernels kernels, float[] left, float[] right) {
      float[] result = new float[(int) out.size()];
      try (Backend backend = new CpuBackend("native", kernels, 2);
          Executable executable = backend.compile(program)) {
        executable.write(a, MemorySegment.ofArray(left));
        executable.write(b, MemorySegment.ofArray(right));
        executable.run("step", 1);
        executable.read(out, MemorySegment.ofArray(result));
      }
      return result;
    }
  }

  @ParameterizedTest
  @CsvSource({"128, 784, 512", "32, 784, 512", "128, 512, 512", "256, 300, 1024", "24, 100, 256"})
  void linesOfBAreCopiedTogether(int m, int k, int n) {
    Product product = Product.of(m, k, n, false);
    assertTrue(plan(product.operation(), true).packed());
    assertFalse(plan(product.operation(), false).packed());
    check(product);
  }

  @ParameterizedTest
  @CsvSource({"512, 128, 512", "256, 100, 300", "512, 40, 300"})
  void linesOfAToo(int m, int k, int n) {
    Product product = Product.of(m, k, n, true);
    MatMulPlan plan = plan(product.operation(), true);
    assertTrue(plan.leftPacked());
    assertEquals(1, plan.leftKStride());
    assertFalse(plan(product.operation(), false).leftPacked());
    check(product);
  }

  @ParameterizedTest
  @CsvSource({"128, 784, 500", "1, 784, 512", "12, 784, 512"})
  void othersAreReadInPlace(int m, int k, int n) {
    assertFalse(plan(Product.of(m, k, n, false).operation(), true).packed());
  }

  private void check(Product product) {
    float[] a = random.gaussians((int) product.a().size());
    float[] b = random.gaussians((int) product.b().size());
    assertArrayEquals(
        product.run(kernels(false), a, b),
        product.run(kernels(true), a, b),
        product.operation() + ", " + random);
  }
}
