package dev.descent.cuda;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.descent.BackendUnavailableException;
import dev.descent.DeviceException;
import dev.descent.backend.Backend;
import dev.descent.backend.BackendOptions;
import dev.descent.backend.Executable;
import dev.descent.contract.OtherJvm;
import dev.descent.program.DType;
import dev.descent.program.DataOperation.GatherRows;
import dev.descent.program.LossOperation.SoftmaxCrossEntropy;
import dev.descent.program.Operation;
import dev.descent.program.ProductOperation.MatMul;
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
  private final Program.Builder builder = Program.builder();
  private final Tensor state =
      builder.buffer("state", Role.STATE, DType.I32, StepState.SIZE).asRow();

  private Tensor floats(String name, long rows, long columns) {
    return builder.buffer(name, Role.DATA, DType.F32, rows * columns).asMatrix(rows, columns);
  }

  private Tensor ints(String name, long length) {
    return builder.buffer(name, Role.DATA, DType.I32, length).asColumn();
  }

  private Program program(Operation operation) {
    return builder.step("step", List.of(operation)).build();
  }

  @Test
  void aProgramThatDoesNotFitIsRefusedWithItsSizes() {
    Tensor huge = floats("huge", 1L << 40, 1);
    Program program =
        program(new SgdUpdate(huge, floats("g", 1L << 40, 1), floats("rates", 1, 1), state));
    try (Backend backend = TestDevice.open(BackendOptions.DEFAULT)) {
      var e = assertThrows(DeviceException.class, () -> backend.compile(program));
      assertTrue(e.getMessage().contains("take a smaller batch or model"), e.getMessage());
      assertTrue(e.getMessage().contains("8,796,093,0"), e.getMessage());
      assertTrue(e.getMessage().contains(TestDevice.get().name()), e.getMessage());
    }
  }

  @Test
  void aLabelOutsideTheClassesStopsTheRun() {
    Tensor labels = ints("labels", 3);
    Tensor losses = floats("losses", 1, 1);
    Program program =
        program(new SoftmaxCrossEntropy(floats("logits", 3, 4), labels, state, losses, null));
    for (int wrong : new int[] {4, -1, Integer.MAX_VALUE, Integer.MIN_VALUE}) {
      stops(program, labels, new int[] {0, wrong, 3}, "SoftmaxCrossEntropy", "label");
    }
  }

  @Test
  void aRowOutsideTheDataStopsTheRun() {
    Tensor order = ints("order", 5);
    Program program =
        program(new GatherRows(floats("source", 5, 7), order, state, floats("out", 2, 7), 1));
    for (int wrong : new int[] {5, -1, Integer.MAX_VALUE, Integer.MIN_VALUE}) {
      stops(program, order, new int[] {0, wrong, 2, 3, 4}, "GatherRows", "row order");
    }
    for (int cursor : new int[] {4, 5, -1, Integer.MAX_VALUE, Integer.MIN_VALUE}) {
      stops(program, state, new int[] {cursor, 0, 0, 0}, "GatherRows", "cursor");
    }
  }

  @Test
  void aSlotOutsideTheRatesStopsTheRun() {
    Program program =
        program(new SgdUpdate(floats("p", 1, 9), floats("g", 1, 9), floats("rates", 3, 1), state));
    for (int slot : new int[] {3, -1, Integer.MAX_VALUE}) {
      stops(program, state, new int[] {0, slot, 0, 0}, "SgdUpdate", "slot");
    }
  }

  @Test
  void aSlotOutsideTheRatesStopsAProductThatUpdates() {
    Tensor g = floats("g", 4, 5);
    Program program =
        builder
            .step(
                "step",
                List.of(
                    new MatMul(floats("x", 3, 4), true, floats("d", 3, 5), false, g, 1, 0),
                    new SgdUpdate(floats("p", 4, 5), g, floats("rates", 3, 1), state)))
            .build();
    for (int slot : new int[] {3, -1, Integer.MAX_VALUE}) {
      stops(program, state, new int[] {0, slot, 0, 0}, "MatMul (a transposed) + SgdUpdate", "slot");
    }
  }

  private static void stops(
      Program program, Tensor tensor, int[] wrong, String operation, String what) {
    try (Backend backend = TestDevice.open(BackendOptions.DEFAULT);
        Executable executable = backend.compile(program)) {
      executable.write(tensor, MemorySegment.ofArray(wrong));
      var e = assertThrows(DeviceException.class, () -> executable.run("step", 1));
      assertTrue(e.getMessage().contains(operation), e.getMessage());
      assertTrue(e.getMessage().contains(what), e.getMessage());
      MemorySegment back = MemorySegment.ofArray(new int[wrong.length]);
      assertThrows(IllegalStateException.class, () -> executable.run("step", 1));
      assertThrows(IllegalStateException.class, () -> executable.read(tensor, back));
    }
  }

  @Test
  void aDeviceThatIsNotThereIsSaidSo() {
    TestDevice.get();
    var e =
        assertThrows(
            BackendUnavailableException.class,
            () -> new CudaProvider().open(new BackendOptions(99, 0)));
    assertTrue(e.getMessage().contains("not 99"), e.getMessage());
  }

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
    for (String kind : List.of("no-binary", "invalid")) {
      List<String> said = train(Map.of("CUDASIM_FAIL_MODULE", kind));
      assertTrue(
          said.get(0).contains("SgdUpdate of p[1 x 100]: loading the kernels updates"),
          said.toString());
      assertTrue(said.get(0).contains("compute capability 8.0"), said.toString());
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
