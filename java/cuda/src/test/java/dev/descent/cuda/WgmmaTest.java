package dev.descent.cuda;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClass;

import dev.descent.backend.Backend;
import dev.descent.backend.BackendOptions;
import dev.descent.backend.Executable;
import dev.descent.backend.Precision;
import dev.descent.contract.ExecutableContract;
import dev.descent.contract.MatrixProductContract;
import dev.descent.contract.OtherJvm;
import dev.descent.program.DType;
import dev.descent.program.ProductOperation.MatMul;
import dev.descent.program.Program;
import dev.descent.program.Role;
import dev.descent.program.Tensor;
import dev.descent.testing.Inputs;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.junit.platform.engine.FilterResult;
import org.junit.platform.engine.TestDescriptor;
import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.engine.support.descriptor.MethodSource;
import org.junit.platform.launcher.PostDiscoveryFilter;
import org.junit.platform.launcher.TestExecutionListener;
import org.junit.platform.launcher.TestIdentifier;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;

/// Products by wgmma, on the simulator as a device of compute capability 9.0 that is told to use
/// it.
class WgmmaTest {
  private static final Map<String, String> HOPPER =
      Map.of("CUDASIM_COMPUTE_CAPABILITY", "90", WgmmaPlan.VARIABLE, "1");

  /// Each layout, where rows start on 16 bytes and where they don't, against float64; and what is
  /// said of it.
  static final class Multiplying {
    public static void main(String[] args) {
      Inputs random = Inputs.fresh();
      for (Precision precision : List.of(Precision.TF32, Precision.BF16)) {
        try (Backend backend = open(precision)) {
          for (int[] shape : new int[][] {{5, 3, 70}, {129, 260, 200}}) {
            for (int t = 0; t < 4; t++) {
              boolean ta = (t & 1) != 0;
              boolean tb = (t & 2) != 0;
              MatMulTest.check(backend, 1, precision, shape, ta, tb, random);
              System.out.println(explain(backend, shape, ta, tb));
            }
          }
        }
      }
    }

    private static String explain(Backend backend, int[] shape, boolean ta, boolean tb) {
      var builder = Program.builder();
      Tensor a = matrix(builder, "a", ta ? shape[2] : shape[0], ta ? shape[0] : shape[2]);
      Tensor b = matrix(builder, "b", tb ? shape[1] : shape[2], tb ? shape[2] : shape[1]);
      Tensor out = matrix(builder, "out", shape[0], shape[1]);
      Program program = builder.step("step", List.of(new MatMul(a, ta, b, tb, out))).build();
      try (Executable executable = backend.compile(program)) {
        return String.join("\n", executable.explain("step"));
      }
    }
  }

  /// The contract of products, but for what takes the simulator long; the rest passes too.
  static final class Contracts {
    private static final Set<String> LONG =
        Set.of("matMulOfOddSizes", "matMulOfRandomSizes", "matMulWithOneLongSide");

    private static FilterResult filter(TestDescriptor test) {
      return FilterResult.includedIf(
          test.getSource()
              .filter(source ->
                  source instanceof MethodSource method && LONG.contains(method.getMethodName()))
              .isEmpty());
    }

    public static void main(String[] args) {
      int[] passed = new int[1];
      var listener =
          new TestExecutionListener() {
            @Override
            public void executionFinished(TestIdentifier test, TestExecutionResult result) {
              result
                  .getThrowable()
                  .ifPresent(e -> {
                    System.out.println(test.getDisplayName());
                    e.printStackTrace(System.out);
                  });
              if (test.isTest() && result.getThrowable().isEmpty()) {
                passed[0]++;
              }
            }
          };
      LauncherFactory.create()
          .execute(
              LauncherDiscoveryRequestBuilder.request()
                  .selectors(
                      selectClass(ProductsInTf32.class),
                      selectClass(ProductsInBf16.class),
                      selectClass(ExecutablesInBf16.class))
                  .filters((PostDiscoveryFilter) Contracts::filter)
                  .build(),
              listener);
      System.out.println("passed " + passed[0]);
    }
  }

  static class ProductsInTf32 extends MatrixProductContract {
    @Override
    protected Backend open(BackendOptions options) {
      return WgmmaTest.open(Precision.TF32);
    }

    @Override
    public double operandRoundoff() {
      return 0x1p-11;
    }
  }

  static class ProductsInBf16 extends MatrixProductContract {
    @Override
    protected Backend open(BackendOptions options) {
      return WgmmaTest.open(Precision.BF16);
    }

    @Override
    public double operandRoundoff() {
      return 0x1p-8;
    }
  }

  static class ExecutablesInBf16 extends ExecutableContract {
    @Override
    protected Backend open(BackendOptions options) {
      return WgmmaTest.open(Precision.BF16);
    }
  }

  private static Backend open(Precision precision) {
    Backend backend = new CudaProvider().open(new BackendOptions(0, 0, precision));
    String said = backend.device().toString();
    if (!said.contains("by wgmma")) {
      backend.close();
      throw new AssertionError(said);
    }
    return backend;
  }

  @Test
  void eachLayoutAgreesWithFloat64() throws IOException, InterruptedException {
    requireHopper();
    List<String> said = run(Multiplying.class);
    assertEquals(16, said.size(), String.join("\n", said));
    // Of TF32, rows of 70 and of 3 elements are refused where they lie along k.
    for (int layout = 0; layout < 4; layout++) {
      String odd = said.get(layout);
      assertEquals(layout != 1, odd.contains("not by wgmma: rows of"), odd);
      String even = said.get(4 + layout);
      assertTrue(even.contains("matmul_wgmma_tf32_nt"), even);
      assertEquals(layout != 2, even.contains("after transpose_tf32"), even);
      for (String bf16 : said.subList(8, 16)) {
        assertTrue(bf16.contains("matmul_wgmma_bf16_"), bf16);
        assertTrue(bf16.endsWith(", after pack_bf16 and pack_bf16"), bf16);
      }
    }
  }

  @Test
  void theContractOfProductsHolds() throws IOException, InterruptedException {
    requireHopper();
    List<String> said = run(Contracts.class);
    assertTrue(said.getLast().matches("passed [1-9]\\d+"), String.join("\n", said));
    assertEquals(1, said.size(), String.join("\n", said));
  }

  private static void requireHopper() {
    Device device = TestDevice.get();
    assumeTrue(
        Devices.isSimulator(device.name()) || device.capability() == Device.WGMMA_CAPABILITY,
        () -> device.describe() + " has no wgmma");
  }

  private static List<String> run(Class<?> main) throws IOException, InterruptedException {
    return OtherJvm.run(main, HOPPER)
        .lines()
        .filter(line -> !line.contains("SEED") && !line.contains("seed"))
        .toList();
  }

  /// Other generations, and products in float32, are as they were.
  @ParameterizedTest
  @ValueSource(ints = {80, 90, 100})
  void noDeviceUsesItUnasked(int capability) {
    var device = new Device(0, "some", capability, 132, 1L << 36, 227 << 10, "13.0", "");
    for (Precision precision : List.of(Precision.FP32, Precision.TF32, Precision.BF16)) {
      assertFalse(Tuning.of(device, precision).wgmma());
    }
  }

  /// The kernel counts on what it gets: rows of 16 bytes, copies behind each other.
  @Test
  void copiesStartOnWholeRows() {
    Inputs random = Inputs.fresh();
    for (int i = 0; i < 200; i++) {
      int rows = random.nextInt(1, 500);
      int columns = random.nextInt(1, 500);
      var builder = Program.builder();
      Tensor a = matrix(builder, "a", rows, columns);
      Tensor b = matrix(builder, "b", columns, rows);
      Tensor out = matrix(builder, "out", rows, rows);
      MatMul op = new MatMul(a, false, b, false, out);
      for (Precision precision : List.of(Precision.TF32, Precision.BF16)) {
        WgmmaPlan plan = WgmmaPlan.of(op, precision);
        String what = plan + ", " + random;
        boolean fits = WgmmaPlan.obstacle(op, precision).isEmpty();
        assertEquals(precision == Precision.BF16 || columns % 4 == 0, fits, what);
        for (WgmmaPlan.Operand operand : List.of(plan.left(), plan.right())) {
          TensorMaps.Matrix matrix = operand.matrix(0);
          long rowBytes = matrix.pitch() * matrix.elementBytes();
          assertTrue(!fits || rowBytes % TensorMaps.ROW_ALIGNMENT == 0, what);
          assertTrue(matrix.pitch() >= matrix.columns(), what);
          assertTrue(
              operand.isCopied()
                  ? operand.bytes() >= matrix.rows() * rowBytes
                  : operand.bytes() == 0,
              what);
        }
      }
    }
  }

  private static Tensor matrix(Program.Builder builder, String name, long rows, long columns) {
    return builder.buffer(name, Role.DATA, DType.F32, rows * columns).asMatrix(rows, columns);
  }
}
