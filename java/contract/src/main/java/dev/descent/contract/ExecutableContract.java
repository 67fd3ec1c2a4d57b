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
import dev.descent.testing.Inputs;
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
    super(Inputs.fresh(), Opening.EACH_TEST);
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
      assertArrayEquals(written, back);
      byte[] rows = new byte[18];
      executable.read(bytes.slice(3, 2), MemorySegment.ofArray(rows));
      assertArrayEquals(Arrays.copyOfRange(written, 27, 45), rows);
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
      assertArrayEquals(values, back.toArray(ValueLayout.JAVA_FLOAT));
    }
  }

  /// What is written is taken at once: its source may change, or be gone, before the next run.
  @Test
  void aSourceMayBeOverwrittenAfterItIsWritten() {
    float[] values = inputs.floats(SIZE);
    float[] slopes = inputs.floats(SIZE);
    try (Executable executable = backend.compile(program)) {
      write(executable, p, values);
      try (Arena arena = Arena.ofConfined()) {
        executable.write(g, arena.allocateFrom(ValueLayout.JAVA_FLOAT, slopes));
      }
      float[] ones = {1, 1, 1, 1, 1, 1, 1, 1};
      write(executable, rates, ones);
      float[] once = values.clone();
      for (int i = 0; i < SIZE; i++) {
        once[i] -= slopes[i];
      }
      executable.run("descend", 1);
      assertArrayEquals(once, floats(executable, p));
      // Between two runs, too.
      write(executable, p, values);
      executable.run("descend", 1);
      assertArrayEquals(once, floats(executable, p));
      // And where a part alone is written, which leaves the others as they are.
      write(executable, new Tensor("first", p.buffer(), 0, 1, 1), new float[] {7});
      once[0] = 7;
      assertArrayEquals(once, floats(executable, p));
    }
  }

  /// Writes, and overwrites the source.
  private static void write(Executable executable, Tensor tensor, float[] values) {
    float[] source = values.clone();
    executable.write(tensor, MemorySegment.ofArray(source));
    Arrays.fill(source, Float.NaN);
  }

  /// The same for data, of any type and of a size that a device may copy while the program goes on.
  @Test
  void aLargeSourceMayBeOverwrittenAfterItIsWritten() {
    Program.Builder large = Program.builder();
    int size = 3_000_001;
    Tensor data = large.buffer("data", Role.DATA, DType.U8, size).asRow();
    Tensor labels = large.buffer("labels", Role.DATA, DType.I32, size).asRow();
    Tensor count = large.buffer("state", Role.STATE, DType.I32, StepState.SIZE).asRow();
    Program of = large.step("count", List.of(new Advance(count, 1, true))).build();
    byte[] bytes = inputs.bytes(size);
    int[] ints = inputs.indices(size, Integer.MAX_VALUE);
    try (Executable executable = backend.compile(of)) {
      byte[] first = bytes.clone();
      executable.write(data, MemorySegment.ofArray(first));
      Arrays.fill(first, (byte) 1);
      int[] second = ints.clone();
      executable.write(labels, MemorySegment.ofArray(second));
      Arrays.fill(second, 1);
      executable.run("count", 2);
      byte[] bytesBack = new byte[size];
      int[] intsBack = new int[size];
      executable.read(data, MemorySegment.ofArray(bytesBack));
      executable.read(labels, MemorySegment.ofArray(intsBack));
      assertArrayEquals(bytes, bytesBack);
      assertArrayEquals(ints, intsBack);
    }
  }

  /// What is read is there at once, and stays what it was then.
  @Test
  void aTargetIsNotReferredToAfterItIsRead() {
    try (Executable executable = backend.compile(program)) {
      write(executable, p, start);
      write(executable, g, slope);
      write(executable, rates, new float[] {1, 1, 1, 1, 1, 1, 1, 1});
      float[] target = floats(executable, p);
      assertArrayEquals(start, target);
      float[] sevens = new float[SIZE];
      Arrays.fill(sevens, 7);
      Arrays.fill(target, 7);
      executable.run("descend", 3);
      assertArrayEquals(sevens, target);
      float[] last = floats(executable, p);
      for (int i = 0; i < SIZE; i++) {
        assertEquals(
            start[i] - slope[i] - slope[i] - slope[i],
            last[i],
            1e-5f * (1 + Math.abs(start[i]) + 3 * Math.abs(slope[i])));
      }
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
    assertArrayEquals(first, descend(5));
    assertArrayEquals(first, descend(2, 0, 3));
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
