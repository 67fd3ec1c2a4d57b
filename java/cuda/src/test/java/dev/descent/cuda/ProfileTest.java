package dev.descent.cuda;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.descent.DeviceException;
import dev.descent.backend.Backend;
import dev.descent.backend.BackendOptions;
import dev.descent.backend.Executable;
import dev.descent.backend.KernelTime;
import dev.descent.contract.OtherJvm;
import dev.descent.program.Activation;
import dev.descent.program.DType;
import dev.descent.program.DataOperation.Advance;
import dev.descent.program.ElementwiseOperation.Activate;
import dev.descent.program.NormalisationOperation.Normalise;
import dev.descent.program.Padding;
import dev.descent.program.ProductOperation.MatMul;
import dev.descent.program.Program;
import dev.descent.program.Role;
import dev.descent.program.StepState;
import dev.descent.program.Tensor;
import dev.descent.program.Window;
import dev.descent.program.WindowedOperation.MaxPool;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/// Profiling runs the step as it is, and tells the time of each kernel.
class ProfileTest {
  /// What runs in the other JVM, where the kernel that keeps the device busy meanwhile fails.
  static final class Profiling {
    public static void main(String[] args) {
      Program.Builder builder = Program.builder();
      Tensor state = builder.buffer("state", Role.STATE, DType.I32, StepState.SIZE).asRow();
      Program program = builder.step("step", List.of(new Advance(state, 5, true))).build();
      try (Backend backend = new CudaProvider().open(BackendOptions.DEFAULT);
          Executable executable = backend.compile(program)) {
        executable.run("step", 1);
        System.out.println("ran");
        executable.profile("step", 1);
      } catch (DeviceException e) {
        System.out.println(e.getMessage());
      }
    }
  }

  /// While a command is enqueued the device does something else: what the host takes is not the
  /// command's.
  @Test
  void theDeviceIsBusyWhenTheClockStarts() throws IOException, InterruptedException {
    TestDevice.get();
    String said = OtherJvm.run(Profiling.class, Map.of("CUDASIM_FAIL_LAUNCH", "multiply_adds"));
    assertTrue(said.startsWith("ran\n"), said);
    assertTrue(said.contains("cudasim: kernel multiply_adds fails"), said);
    assertTrue(said.contains("CUDA_ERROR_ILLEGAL_ADDRESS"), said);
  }

  @Test
  void eachKernelHasItsTime() {
    Program.Builder builder = Program.builder();
    Tensor a = builder.buffer("a", Role.DATA, DType.F32, 64 * 48).asMatrix(64, 48);
    Tensor b = builder.buffer("b", Role.DATA, DType.F32, 48 * 32).asMatrix(48, 32);
    Tensor out = builder.buffer("out", Role.DATA, DType.F32, 64 * 32).asMatrix(64, 32);
    Tensor state = builder.buffer("state", Role.STATE, DType.I32, StepState.SIZE).asRow();
    Program program =
        builder
            .step("step", List.of(new MatMul(a, false, b, false, out), new Advance(state, 5, true)))
            .build();
    try (Backend backend = TestDevice.open(BackendOptions.DEFAULT);
        Executable executable = backend.compile(program)) {
      List<KernelTime> times = executable.profile("step", 3);
      assertEquals(executable.explain("step"), times.stream().map(KernelTime::kernel).toList());
      times.forEach(time -> assertTrue(time.seconds() > 0, time::toString));
      int[] counters = new int[StepState.SIZE];
      executable.read(state, MemorySegment.ofArray(counters));
      assertEquals(15, counters[StepState.CURSOR], "three steps have run");
    }
  }

  /// What nobody sees amid repetitions is computed in the last one, and no part of a step's time.
  @Test
  void whatIsOnlyComputedInTheLastRepetitionTakesNoTime() {
    Program.Builder builder = Program.builder();
    Tensor x = builder.buffer("x", Role.DATA, DType.F32, 4 * 3).asMatrix(4, 3);
    Tensor row = builder.buffer("row", Role.DATA, DType.F32, 3).asRow();
    Tensor n = builder.buffer("n", Role.DATA, DType.F32, 4 * 3).asMatrix(4, 3);
    Tensor pooled = builder.buffer("pooled", Role.DATA, DType.F32, 3).asRow();
    Tensor taps = builder.buffer("taps", Role.DATA, DType.I32, 3).asRow();
    var window = new Window(2, 2, 2, 2, 2, Padding.VALID);
    Program program =
        builder
            .step(
                "step",
                List.of(
                    new Normalise(x, row, row, row, row, n, 0),
                    new Activate(Activation.RELU, n, n),
                    new MaxPool(n, pooled, taps, window)))
            .build();
    try (Backend backend = TestDevice.open(BackendOptions.DEFAULT);
        Executable executable = backend.compile(program)) {
      executable.write(
          x, MemorySegment.ofArray(new float[] {1, 2, 3, 4, 5, 6, 7, 8, 9, -9, -9, 4}));
      executable.write(row, MemorySegment.ofArray(new float[] {1, 1, 1}));
      List<String> commands = executable.explain("step");
      assertTrue(
          commands.getFirst().startsWith("Normalise + Activate(RELU) + MaxPool of "),
          commands::toString);
      assertTrue(
          commands.stream().skip(1).allMatch(c -> c.endsWith(", in the last repetition")),
          commands::toString);
      assertEquals(
          commands.subList(0, 1),
          executable.profile("step", 3).stream().map(KernelTime::kernel).toList());
      float[] elements = new float[12];
      executable.read(n, MemorySegment.ofArray(elements));
      assertArrayEquals(new float[] {1, 2, 3, 4, 5, 6, 7, 8, 9, 0, 0, 4}, elements);
      executable.read(pooled, MemorySegment.ofArray(elements).asSlice(0, 3 * Float.BYTES));
      assertArrayEquals(new float[] {7, 8, 9}, Arrays.copyOf(elements, 3));
    }
  }
}
