package dev.descent.cuda;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.descent.backend.Backend;
import dev.descent.backend.BackendOptions;
import dev.descent.backend.Executable;
import dev.descent.backend.KernelTime;
import dev.descent.program.DType;
import dev.descent.program.DataOperation.Advance;
import dev.descent.program.ProductOperation.MatMul;
import dev.descent.program.Program;
import dev.descent.program.Role;
import dev.descent.program.StepState;
import dev.descent.program.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.List;
import org.junit.jupiter.api.Test;

/// Profiling runs the step as it is, and tells the time of each kernel.
class ProfileTest {
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
