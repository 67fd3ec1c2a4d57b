package dev.descent.cuda;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.descent.backend.Backend;
import dev.descent.backend.BackendOptions;
import dev.descent.backend.Executable;
import dev.descent.internal.device.Lifetime;
import dev.descent.program.DType;
import dev.descent.program.DataOperation.Advance;
import dev.descent.program.Program;
import dev.descent.program.Role;
import dev.descent.program.StepState;
import dev.descent.program.Tensor;
import dev.descent.program.UpdateOperation.MomentumUpdate;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;
import jcuda.Pointer;
import org.junit.jupiter.api.Test;

/// Replaying a graph of many steps is running each of them, and threads may take turns.
class GraphTest {
  private static final int STEPS = 777;

  private final Program.Builder builder = Program.builder();
  private final Tensor p = floats("p", 5);
  private final Tensor g = floats("g", 5);
  private final Tensor v = floats("v", 5);
  private final Tensor rates = floats("rates", STEPS);
  private final Tensor state =
      builder.buffer("state", Role.STATE, DType.I32, StepState.SIZE).asRow();
  private final Program program =
      builder
          .step(
              "step",
              List.of(
                  new MomentumUpdate(p, g, v, rates, state, 0.5f, false),
                  new Advance(state, 1, true)))
          .build();

  private Tensor floats(String name, long length) {
    return builder.buffer(name, Role.DATA, DType.F32, length).asRow();
  }

  @Test
  void manyStepsInFewLaunchesAreManySteps() {
    assertArrayEquals(descend(STEPS), descend(1, 300, 0, 256, 220));
  }

  /// Whatever ends a recording, the stream can be used afterwards.
  @Test
  void aRecordingThatFailsLeavesTheStreamUsable() {
    Command.Grid[] none = new Command.Grid[1];
    try (Session session = new Session(TestDevice.get(), new Lifetime(CudaProvider.NAME));
        var modules = new Modules(session);
        var graph =
            new StepGraph(
                session,
                List.of(
                    new KernelCommand(
                        modules.function(KernelImages.UPDATES, "advance", 0, "advance"),
                        "advance",
                        none[0],
                        new Pointer(),
                        new Pointer(),
                        "Advance")),
                new Schedule(List.of(false), List.of(false), List.of("")))) {
      assertThrows(NullPointerException.class, () -> graph.run(1));
      session.synchronize("what comes next");
    }
  }

  @Test
  void threadsMayTakeTurns() throws InterruptedException {
    try (Backend backend = TestDevice.open(BackendOptions.DEFAULT)) {
      float[] here = descend(backend, 3);
      float[][] there = new float[1][];
      Thread thread = Thread.ofPlatform().start(() -> there[0] = descend(backend, 3));
      thread.join();
      assertArrayEquals(here, there[0]);
    }
  }

  private float[] descend(int... times) {
    try (Backend backend = TestDevice.open(BackendOptions.DEFAULT)) {
      return descend(backend, times);
    }
  }

  private float[] descend(Backend backend, int... times) {
    try (Executable executable = backend.compile(program)) {
      float[] steps = new float[STEPS];
      for (int i = 0; i < STEPS; i++) {
        steps[i] = 1f / (i + 1);
      }
      executable.write(rates, MemorySegment.ofArray(steps));
      executable.write(g, MemorySegment.ofArray(new float[] {1, -2, 3, 0.25f, 1e-3f}));
      for (int t : times) {
        executable.run("step", t);
      }
      int[] counters = new int[StepState.SIZE];
      executable.read(state, MemorySegment.ofArray(counters));
      assertEquals(Arrays.stream(times).sum(), counters[StepState.STEP]);
      float[] result = new float[5];
      executable.read(p, MemorySegment.ofArray(result));
      return result;
    }
  }
}
