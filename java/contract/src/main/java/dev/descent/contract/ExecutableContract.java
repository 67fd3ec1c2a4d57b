package dev.descent.contract;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.descent.backend.Executable;
import dev.descent.program.Buffer;
import dev.descent.program.DType;
import dev.descent.program.DataOperation.Advance;
import dev.descent.program.Program;
import dev.descent.program.Role;
import dev.descent.program.StepState;
import dev.descent.program.Tensor;
import dev.descent.program.UpdateOperation.SgdUpdate;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/// How programs are compiled, written to, run and closed.
public abstract class ExecutableContract extends BackendContract {
  /// Other inputs each time.
  protected ExecutableContract() {
    super(Inputs.fresh());
  }

  private static final int SIZE = 100;

  private final Program.Builder builder = Program.builder();
  private final Tensor p = buffer("p", Role.PARAMETERS, DType.F32, SIZE).asRow();
  private final Tensor g = buffer("g", Role.GRADIENTS, DType.F32, SIZE).asRow();
  private final Tensor rates = buffer("rates", Role.STATE, DType.F32, 8).asColumn();
  private final Tensor state = buffer("state", Role.STATE, DType.I32, StepState.SIZE).asRow();
  private final Tensor bytes = buffer("bytes", Role.DATA, DType.U8, 99).asMatrix(11, 9);
  private final Program program =
      builder
          .step("descend", List.of(new SgdUpdate(p, g, rates, state), new Advance(state, 3, true)))
          .build();

  private Buffer buffer(String name, Role role, DType type, long length) {
    return builder.buffer(name, role, type, length);
  }

  @Test
  void buffersStartAtZero() {
    try (Executable executable = backend.compile(program)) {
      assertArrayEquals(new float[SIZE], floats(executable, p));
    }
  }

  @Test
  void whatWasWrittenIsReadBack() {
    try (Executable executable = backend.compile(program)) {
      byte[] written = inputs.bytes(99);
      executable.write(bytes, MemorySegment.ofArray(written));
      byte[] back = new byte[99];
      executable.read(bytes, MemorySegment.ofArray(back));
      assertArrayEquals(written, back, inputs.toString());
      byte[] rows = new byte[18];
      executable.read(bytes.slice(3, 2), MemorySegment.ofArray(rows));
      assertArrayEquals(Arrays.copyOfRange(written, 27, 45), rows, inputs.toString());
    }
  }

  @Test
  void memoryOutsideTheHeapIsTakenToo() {
    try (Arena arena = Arena.ofConfined();
        Executable executable = backend.compile(program)) {
      float[] values = inputs.floats(SIZE);
      executable.write(p, arena.allocateFrom(ValueLayout.JAVA_FLOAT, values));
      MemorySegment back = arena.allocate(p.bytes(), 4);
      executable.read(p, back);
      assertArrayEquals(values, back.toArray(ValueLayout.JAVA_FLOAT), inputs.toString());
    }
  }

  @Test
  void aWrongNumberOfBytesIsRefused() {
    try (Executable executable = backend.compile(program)) {
      MemorySegment tooMany = MemorySegment.ofArray(new float[SIZE + 1]);
      MemorySegment tooFew = MemorySegment.ofArray(new float[SIZE - 1]);
      assertThrows(IllegalArgumentException.class, () -> executable.write(p, tooMany));
      assertThrows(IllegalArgumentException.class, () -> executable.read(p, tooFew));
    }
  }

  @Test
  void whatIsNotOfTheProgramIsRefused() {
    Tensor stranger = new Buffer("q", Role.DATA, DType.F32, 4).asRow();
    try (Executable executable = backend.compile(program)) {
      MemorySegment four = MemorySegment.ofArray(new float[4]);
      assertThrows(IllegalArgumentException.class, () -> executable.write(stranger, four));
      assertThrows(IllegalArgumentException.class, () -> executable.run("ascend", 1));
      assertThrows(IllegalArgumentException.class, () -> executable.explain("ascend"));
      assertThrows(IllegalArgumentException.class, () -> executable.run("descend", -1));
    }
  }

  @Test
  void runningSeveralTimesIsRunningThatOften() {
    float[] first = descend(0, 1, 1, 1, 1, 1);
    assertArrayEquals(first, descend(5), inputs.toString());
    assertArrayEquals(first, descend(2, 0, 3), inputs.toString());
  }

  private final float[] start = inputs.floats(SIZE);
  private final float[] slope = inputs.floats(SIZE);

  private float[] descend(int... times) {
    try (Executable executable = backend.compile(program)) {
      executable.write(p, MemorySegment.ofArray(start));
      executable.write(g, MemorySegment.ofArray(slope));
      executable.write(
          rates, MemorySegment.ofArray(new float[] {.1f, .2f, .3f, .4f, .5f, 9, 9, 9}));
      for (int t : times) {
        executable.run("descend", t);
      }
      int[] counters = new int[StepState.SIZE];
      executable.read(state, MemorySegment.ofArray(counters));
      assertArrayEquals(new int[] {15, 5, 5, 0}, counters);
      return floats(executable, p);
    }
  }

  @Test
  void twoExecutablesDoNotShareMemory() {
    try (Executable one = backend.compile(program);
        Executable two = backend.compile(program)) {
      one.write(p, MemorySegment.ofArray(start));
      assertArrayEquals(new float[SIZE], floats(two, p));
    }
  }

  @Test
  void closingTwiceIsFineAndUsingAfterwardsIsRefused() {
    Executable executable = backend.compile(program);
    executable.close();
    executable.close();
    MemorySegment values = MemorySegment.ofArray(new float[SIZE]);
    assertThrows(IllegalStateException.class, () -> executable.run("descend", 1));
    assertThrows(IllegalStateException.class, () -> executable.read(p, values));
    assertThrows(IllegalStateException.class, () -> executable.write(p, values));
  }

  @Test
  void closingTheBackendClosesItsExecutables() {
    Executable executable = backend.compile(program);
    backend.close();
    backend.close();
    assertThrows(IllegalStateException.class, () -> executable.run("descend", 1));
    assertThrows(IllegalStateException.class, () -> backend.compile(program));
    executable.close();
  }

  @Test
  void itTellsWhatItHoldsAndWhatItDoes() {
    try (Executable executable = backend.compile(program)) {
      assertTrue(executable.memoryBytes() >= program.bytes(), "memory " + executable.memoryBytes());
      assertFalse(executable.explain("descend").isEmpty());
      assertEquals(program, executable.program());
    }
    assertFalse(backend.device().toString().isBlank());
  }

  private static float[] floats(Executable executable, Tensor tensor) {
    float[] values = new float[Math.toIntExact(tensor.size())];
    executable.read(tensor, MemorySegment.ofArray(values));
    return values;
  }
}
