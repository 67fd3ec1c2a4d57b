package dev.descent.cuda;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.descent.BackendUnavailableException;
import dev.descent.backend.Backend;
import dev.descent.backend.BackendOptions;
import dev.descent.backend.Executable;
import dev.descent.backend.Precision;
import dev.descent.contract.OtherJvm;
import dev.descent.program.DType;
import dev.descent.program.ProductOperation.MatMul;
import dev.descent.program.Program;
import dev.descent.program.Role;
import dev.descent.program.StepState;
import dev.descent.program.Tensor;
import dev.descent.program.UpdateOperation.AdamUpdate;
import dev.descent.testing.Inputs;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// What depends on a device's generation, on the simulator with the limits of each: shared memory,
/// which tiles fit it, and which precisions there are.
class CapabilitiesTest {
  /// What runs in the other JVM: products in each layout and convolutions, by each tile that the
  /// device gets, and a gradient with its update.
  static final class Multiplying {
    public static void main(String[] args) {
      Inputs random = Inputs.fresh();
      Device device = Devices.get().list().getFirst();
      for (Precision precision : List.of(Precision.FP32, Precision.TF32, Precision.BF16)) {
        try (Backend usual = new CudaProvider().open(new BackendOptions(0, 0, precision))) {
          List<String> sizes = new ArrayList<>();
          for (MatMulTile tile : Tuning.of(device, precision).tiles()) {
            var tuning = new Tuning(1000, precision, List.of(tile), 16, 2);
            try (Backend backend = new CudaBackend(device, tuning, null)) {
              for (int t = 0; t < 4; t++) {
                int[] shape = {130, 33, 40};
                MatMulTest.check(backend, 1, precision, shape, (t & 1) != 0, (t & 2) != 0, random);
              }
              ConvolutionTest.check(backend, precision, random);
              update(backend);
            }
            sizes.add(Integer.toString(tile.size()));
          }
          update(usual);
          System.out.println(precision + " " + String.join(" ", sizes));
        } catch (BackendUnavailableException e) {
          System.out.println(e.getMessage());
        }
      }
    }

    /// A layer of 784 x 1024, all of whose kernels load and run.
    private static void update(Backend backend) {
      var builder = Program.builder();
      Tensor x = floats(builder, "x", 16, 784);
      Tensor d = floats(builder, "d", 16, 1024);
      Tensor p = floats(builder, "p", 1, 784 * 1024);
      Tensor g = floats(builder, "g", 1, 784 * 1024);
      Tensor first = floats(builder, "first", 1, 784 * 1024);
      Tensor second = floats(builder, "second", 1, 784 * 1024);
      Tensor rates = floats(builder, "rates", 1, 1);
      Tensor state = builder.buffer("state", Role.STATE, DType.I32, StepState.SIZE).asRow();
      var gradient = new Tensor("gradient", g.buffer(), 0, 784, 1024);
      Program program =
          builder
              .step(
                  "step",
                  List.of(
                      new MatMul(x, true, d, false, gradient),
                      new AdamUpdate(p, g, first, second, rates, state, 0.9f, 0.99f, 1e-8f, 0)))
              .build();
      try (Executable executable = backend.compile(program)) {
        executable.run("step", 1);
      }
    }

    private static Tensor floats(Program.Builder builder, String name, long rows, long columns) {
      return builder.buffer(name, Role.DATA, DType.F32, rows * columns).asMatrix(rows, columns);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {75, 80, 86, 89, 90, 100, 120})
  void eachGenerationMultiplies(int capability) throws IOException, InterruptedException {
    TestDevice.get();
    String said =
        OtherJvm.run(
            Multiplying.class, Map.of("CUDASIM_COMPUTE_CAPABILITY", Integer.toString(capability)));
    String refused =
        "cuda:0: cudasim (no GPU) has compute capability 7.5, and %s needs 8.0; take --precision fp32";
    assertEquals(
        capability < 80
            ? List.of("FP32 128 64 32", refused.formatted("tf32"), refused.formatted("bf16"))
            : List.of("FP32 128 64 32", "TF32 128 64 32", "BF16 128 64 32"),
        said.lines().filter(line -> !line.startsWith("DESCENT_TEST_SEED")).toList());
  }
}
