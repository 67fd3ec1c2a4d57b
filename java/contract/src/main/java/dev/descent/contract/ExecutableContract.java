package dev.descent.contract;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.descent.DeviceException;
import dev.descent.backend.Executable;
import dev.descent.program.Activation;
import dev.descent.program.Buffer;
import dev.descent.program.CompositeOperation;
import dev.descent.program.DType;
import dev.descent.program.DataOperation.Advance;
import dev.descent.program.ElementwiseOperation.Activate;
import dev.descent.program.ElementwiseOperation.AddBias;
import dev.descent.program.Operation;
import dev.descent.program.Program;
import dev.descent.program.Role;
import dev.descent.program.Scratch;
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

  /// `out = max(0, x + bias)`, of parts that need memory of their own.
  private record BiasedRelu(Tensor x, Tensor bias, Tensor out) implements CompositeOperation {
    @Override
    public List<Tensor> inputs() {
      return List.of(x, bias);
    }

    @Override
    public List<Tensor> outputs() {
      return List.of(out);
    }

    @Override
    public List<Operation> expand(Scratch scratch) {
      Tensor sum = scratch.allocate("sum", x.rows(), x.columns());
      return List.of(new AddBias(x, bias, sum), new Activate(Activation.RELU, sum, out));
    }
  }

  /// `out = max(0, max(0, x + b1) + b2)`
  private record Twice(Tensor x, Tensor b1, Tensor b2, Tensor out) implements CompositeOperation {
    @Override
    public List<Tensor> inputs() {
      return List.of(x, b1, b2);
    }

    @Override
    public List<Tensor> outputs() {
      return List.of(out);
    }

    @Override
    public List<Operation> expand(Scratch scratch) {
      Tensor between = scratch.allocate("between", x.rows(), x.columns());
      return List.of(new BiasedRelu(x, b1, between), new BiasedRelu(between, b2, out));
    }
  }

  @Test
  void anOperationOfOthersRunsAsThese() {
    int rows = inputs.nextInt(1, 40);
    int columns = inputs.nextInt(1, 70);
    Program.Builder composed = Program.builder();
    long size = (long) rows * columns;
    Tensor x = composed.buffer("x", Role.DATA, DType.F32, size).asMatrix(rows, columns);
    Tensor b1 = composed.buffer("b1", Role.PARAMETERS, DType.F32, columns).asRow();
    Tensor b2 = composed.buffer("b2", Role.PARAMETERS, DType.F32, columns).asRow();
    Tensor out = composed.buffer("scratch", Role.METRICS, DType.F32, size).asMatrix(rows, columns);
    composed.step("step", List.of(new Twice(x, b1, b2, out)));
    float[] input = inputs.floats(size);
    float[][] biases = {inputs.floats(columns), inputs.floats(columns)};
    try (Executable executable = backend.compile(composed.build())) {
      executable.write(x, MemorySegment.ofArray(input));
      executable.write(b1, MemorySegment.ofArray(biases[0]));
      executable.write(b2, MemorySegment.ofArray(biases[1]));
      executable.run("step", 2);
      float[] expected = new float[input.length];
      for (int i = 0; i < input.length; i++) {
        float first = Math.max(0, input[i] + biases[0][i % columns]);
        expected[i] = Math.max(0, first + biases[1][i % columns]);
      }
      assertArrayEquals(expected, floats(executable, out), inputs.toString());
    }
  }

  /// An operation without code and without an expansion.
  private record Unknown(Tensor out) implements CompositeOperation {
    @Override
    public List<Tensor> inputs() {
      return List.of();
    }

    @Override
    public List<Tensor> outputs() {
      return List.of(out);
    }

    @Override
    public List<Operation> expand(Scratch scratch) {
      return List.of();
    }
  }

  @Test
  void anOperationThatCanNeitherRunNorBeExpandedIsRefusedByName() {
    assertFalse(backend.supports(Unknown.class));
    assertTrue(backend.supports(SgdUpdate.class));
    Program unknown =
        builder.step("other", List.of(new SgdUpdate(p, g, rates, state), new Unknown(p))).build();
    String message =
        String.valueOf(
            assertThrows(DeviceException.class, () -> backend.compile(unknown)).getMessage());
    assertTrue(message.contains("Unknown") && message.contains("step other"), message);
    // What was refused leaves the backend as it was.
    backend.compile(program).close();
  }

  private static float[] floats(Executable executable, Tensor tensor) {
    float[] values = new float[Math.toIntExact(tensor.size())];
    executable.read(tensor, MemorySegment.ofArray(values));
    return values;
  }
}
