package dev.descent.cuda;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.descent.DeviceException;
import dev.descent.backend.Backend;
import dev.descent.backend.BackendOptions;
import dev.descent.backend.Executable;
import dev.descent.backend.KernelTime;
import dev.descent.contract.OtherJvm;
import dev.descent.program.DType;
import dev.descent.program.DataOperation.Advance;
import dev.descent.program.ProductOperation.MatMul;
import dev.descent.program.Program;
import dev.descent.program.Role;
import dev.descent.program.StepState;
import dev.descent.program.Tensor;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
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
}
