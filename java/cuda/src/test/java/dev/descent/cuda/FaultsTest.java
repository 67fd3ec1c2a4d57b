package dev.descent.cuda;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.descent.DeviceException;
import dev.descent.backend.Backend;
import dev.descent.backend.BackendOptions;
import dev.descent.backend.Executable;
import dev.descent.contract.OtherJvm;
import dev.descent.program.DType;
import dev.descent.program.Program;
import dev.descent.program.Role;
import dev.descent.program.StepState;
import dev.descent.program.Tensor;
import dev.descent.program.UpdateOperation.SgdUpdate;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/// What goes wrong is said in one line, and leaves no wrong number behind.
class FaultsTest {
  /// What runs in the other JVM: two executables, one after the other.
  static final class Training {
    public static void main(String[] args) {
      var builder = Program.builder();
      Tensor state = builder.buffer("state", Role.STATE, DType.I32, StepState.SIZE).asRow();
      Tensor p = builder.buffer("p", Role.DATA, DType.F32, 100).asRow();
      Tensor g = builder.buffer("g", Role.DATA, DType.F32, 100).asRow();
      Tensor rates = builder.buffer("rates", Role.DATA, DType.F32, 1).asRow();
      Program program = builder.step("step", List.of(new SgdUpdate(p, g, rates, state))).build();
      MemorySegment values = MemorySegment.ofArray(new float[100]);
      try (Backend backend = new CudaProvider().open(BackendOptions.DEFAULT)) {
        tell(() -> {
          try (Executable executable = backend.compile(program)) {
            executable.write(p, values);
            tell(() -> executable.run("step", 3));
            tell(() -> executable.read(p, values));
          }
        });
        tell(() -> backend.compile(program).close());
      }
      System.out.println("closed");
    }

    private static void tell(Runnable action) {
      try {
        action.run();
        System.out.println("done");
      } catch (DeviceException | IllegalStateException e) {
        System.out.println(e.getClass().getSimpleName() + " " + e.getMessage());
      }
    }
  }

  private List<String> train(Map<String, String> environment)
      throws IOException, InterruptedException {
    TestDevice.get();
    return OtherJvm.run(Training.class, environment)
        .lines()
        .filter(line -> !line.startsWith("cudasim: "))
        .toList();
  }

  @Test
  void nothingFailsWhereNothingIsWrong() throws IOException, InterruptedException {
    assertEquals(List.of("done", "done", "done", "done", "closed"), train(Map.of()));
  }

  @Test
  void aFailedLaunchClosesTheBackendWithItsMessage() throws IOException, InterruptedException {
    List<String> said = train(Map.of("CUDASIM_FAIL_LAUNCH", "sgd"));
    assertTrue(
        said.get(0)
            .startsWith("DeviceException cuda: a step of 1 kernels, SgdUpdate of p[1 x 100]"),
        said.toString());
    assertTrue(said.get(0).contains("failed on cudasim"), said.toString());
    assertTrue(said.get(0).contains("CUDA_ERROR_ILLEGAL_ADDRESS"), said.toString());
    assertTrue(
        said.get(1).startsWith("IllegalStateException the cuda backend can only be closed"),
        said.toString());
    assertTrue(
        said.get(3).startsWith("IllegalStateException the cuda backend can only be closed"),
        said.toString());
    assertTrue(said.get(3).contains("CUDA_ERROR_ILLEGAL_ADDRESS"), said.toString());
    assertEquals("closed", said.getLast());
  }

  @Test
  void kernelsOneByOneNameTheOneThatFailed() throws IOException, InterruptedException {
    List<String> said =
        train(Map.of("CUDASIM_FAIL_LAUNCH", "sgd", CudaExecutable.BLOCKING_VARIABLE, "1"));
    assertTrue(
        said.get(0)
            .startsWith("DeviceException cuda: SgdUpdate of p[1 x 100]: sgd, 1 block of 256"),
        said.toString());
  }

  @Test
  void memoryThatCannotBeHadIsToldWithItsSizes() throws IOException, InterruptedException {
    for (Map<String, String> environment :
        List.of(
            Map.of("CUDASIM_FAIL_ALLOCATION", "1"),
            Map.of("CUDASIM_LARGEST_ALLOCATION", "1K"),
            Map.of("CUDASIM_MEMORY", "1K"))) {
      List<String> said = train(environment);
      assertTrue(said.get(0).startsWith("DeviceException cuda: "), said.toString());
      assertTrue(
          said.get(0).contains(" bytes") || said.get(0).contains("take a smaller batch"),
          said.toString());
      assertEquals("closed", said.getLast());
    }
  }

  @Test
  void kernelsForAnotherDeviceAreToldWithTheDevice() throws IOException, InterruptedException {
    int capability =
        Integer.parseInt(System.getenv().getOrDefault("CUDASIM_COMPUTE_CAPABILITY", "80"));
    String named = "compute capability %d.%d".formatted(capability / 10, capability % 10);
    for (String kind : List.of("no-binary", "invalid")) {
      List<String> said = train(Map.of("CUDASIM_FAIL_MODULE", kind));
      assertTrue(
          said.get(0).contains("SgdUpdate of p[1 x 100]: loading the kernels updates"),
          said.toString());
      assertTrue(said.get(0).contains(named), said.toString());
      assertTrue(
          said.get(0)
              .contains(
                  kind.equals("invalid")
                      ? "CUDA_ERROR_INVALID_IMAGE"
                      : "CUDA_ERROR_NO_BINARY_FOR_GPU"),
          said.toString());
      assertEquals("closed", said.getLast());
    }
  }
}
