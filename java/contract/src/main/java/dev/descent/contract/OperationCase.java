package dev.descent.contract;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.fail;

import dev.descent.backend.Backend;
import dev.descent.backend.Executable;
import dev.descent.program.Buffer;
import dev.descent.program.DType;
import dev.descent.program.Operation;
import dev.descent.program.Program;
import dev.descent.program.Role;
import dev.descent.program.StepState;
import dev.descent.program.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// A step of a few operations, run on a backend and on the reference with the same inputs.
///
/// Each tensor lies between two guards in a buffer of its own: a write outside a tensor is
/// detected. What is only written is poisoned with NaN first: whoever reads it, or leaves an
/// element out, is found out too.
final class OperationCase {
  private static final String STEP = "step";
  private static final int GUARD = Buffer.ALIGNMENT;
  private static final float FLOAT_GUARD = 12345.678f;
  private static final int INT_GUARD = 0x7EADBEEF;

  private String name;
  private int times = 1;
  private final Program.Builder builder = Program.builder();
  private @Nullable Program program;
  private final Map<Tensor, Object> contents = new LinkedHashMap<>();
  private final Map<Tensor, Bound> outputs = new LinkedHashMap<>();
  private final Map<Tensor, double[]> scales = new LinkedHashMap<>();
  private final Map<Tensor, double[]> expectations = new LinkedHashMap<>();
  private final List<Operation> operations = new ArrayList<>();

  OperationCase(String name) {
    this.name = name;
  }

  /// A tensor with the given elements: a float[], int[] or byte[].
  Tensor input(String tensor, long rows, long columns, Object elements) {
    DType type =
        switch (elements) {
          case float[] _ -> DType.F32;
          case int[] _ -> DType.I32;
          case byte[] _ -> DType.U8;
          default -> throw new IllegalArgumentException("elements " + elements.getClass());
        };
    Tensor view = view(tensor, type, rows, columns);
    contents.put(view, elements);
    return view;
  }

  /// A poisoned tensor whose elements are compared.
  Tensor output(String tensor, long rows, long columns, Bound bound) {
    float[] poison = new float[Math.toIntExact(rows * columns)];
    Arrays.fill(poison, Float.NaN);
    Tensor view = input(tensor, rows, columns, poison);
    return compared(view, bound);
  }

  /// A poisoned tensor of whole numbers whose elements are compared.
  Tensor intOutput(String tensor, long rows, long columns) {
    int[] poison = new int[Math.toIntExact(rows * columns)];
    Arrays.fill(poison, -77);
    return compared(input(tensor, rows, columns, poison), Bound.EXACT);
  }

  /// Compares a tensor's elements, too.
  Tensor compared(Tensor tensor, Bound bound) {
    outputs.put(tensor, bound);
    return tensor;
  }

  /// Gives the scale of a tensor's bound, an element each.
  void scale(Tensor tensor, double[] scale) {
    scales.put(tensor, scale);
  }

  /// Gives what a tensor holds afterwards; of others the reference says it.
  void expect(Tensor tensor, double[] elements) {
    expectations.put(tensor, elements);
  }

  /// Takes as scales of what is compared the magnitudes that the reference makes of another case,
  /// whose compared tensors are in the same order.
  void scales(OperationCase other, Backend reference) {
    Iterator<double[]> values = other.results(reference).values().iterator();
    outputs.keySet().forEach(tensor -> scales.put(tensor, values.next()));
  }

  /// Names the case, for messages.
  void name(String name) {
    this.name = name;
  }

  /// Runs the step so many times at once.
  OperationCase repeated(int count) {
    times = count;
    return this;
  }

  /// The operations.
  List<Operation> operations() {
    return operations;
  }

  /// The state of a step.
  Tensor state(int cursor, int slot, int step) {
    int[] state = new int[StepState.SIZE];
    state[StepState.CURSOR] = cursor;
    state[StepState.SLOT] = slot;
    state[StepState.STEP] = step;
    return input("state", 1, StepState.SIZE, state);
  }

  OperationCase add(Operation operation) {
    operations.add(operation);
    return this;
  }

  private Tensor view(String tensor, DType type, long rows, long columns) {
    long length = GUARD + Buffer.align(rows * columns) + GUARD;
    Buffer buffer = builder.buffer(tensor, Role.DATA, type, length);
    return new Tensor(tensor, buffer, GUARD, rows, columns);
  }

  /// Runs on both and compares.
  void check(Backend backend, Backend reference) {
    Map<Tensor, double[]> expected =
        expectations.isEmpty() ? results(reference) : Map.copyOf(expectations);
    try (Executable actual = backend.compile(program())) {
      run(actual);
      expected.forEach((tensor, elements) -> compare(tensor, elements, read(actual, tensor)));
      contents.keySet().forEach(tensor -> checkGuards(tensor, actual));
    }
  }

  /// What a backend makes of the tensors that are compared.
  private Map<Tensor, double[]> results(Backend backend) {
    try (Executable executable = backend.compile(program())) {
      run(executable);
      Map<Tensor, double[]> results = new LinkedHashMap<>();
      outputs.keySet().forEach(tensor -> results.put(tensor, read(executable, tensor)));
      return results;
    }
  }

  private Program program() {
    if (program == null) {
      program = builder.step(STEP, operations).build();
    }
    return program;
  }

  private void run(Executable executable) {
    contents.forEach((tensor, elements) -> {
      fillWithGuards(executable, tensor);
      executable.write(tensor, segment(elements));
    });
    executable.run(STEP, times);
  }

  private void fillWithGuards(Executable executable, Tensor tensor) {
    Buffer buffer = tensor.buffer();
    Object guards = array(buffer.type(), buffer.length());
    switch (guards) {
      case float[] floats -> Arrays.fill(floats, FLOAT_GUARD);
      case int[] ints -> Arrays.fill(ints, INT_GUARD);
      default -> {
        // Bytes are never written.
      }
    }
    executable.write(buffer.asRow(), segment(guards));
  }

  private void checkGuards(Tensor tensor, Executable executable) {
    Buffer buffer = tensor.buffer();
    Object all = array(buffer.type(), buffer.length());
    executable.read(buffer.asRow(), segment(all));
    long end = tensor.offset() + tensor.size();
    checkGuards(tensor, all, 0, tensor.offset());
    checkGuards(tensor, all, end, buffer.length());
  }

  /// Those in a part of a tensor's buffer.
  private void checkGuards(Tensor tensor, Object all, long from, long to) {
    int i = Math.toIntExact(from);
    switch (all) {
      case float[] floats -> {
        while (i < to && floats[i] == FLOAT_GUARD) {
          i++;
        }
      }
      case int[] ints -> {
        while (i < to && ints[i] == INT_GUARD) {
          i++;
        }
      }
      default -> {
        // Bytes are never written.
        return;
      }
    }
    if (i < to) {
      fail(String.format(Locale.ROOT, "%s writes %d elements off %s", name, i - GUARD, tensor));
    }
  }

  private void compare(Tensor tensor, double[] want, double[] got) {
    Bound bound = Objects.requireNonNull(outputs.get(tensor));
    double @Nullable [] scale = scales.get(tensor);
    for (int i = 0; i < want.length; i++) {
      if (!bound.holds(want[i], got[i], scale == null ? 0 : scale[i])) {
        assertEquals(
            want[i],
            got[i],
            String.format(
                Locale.ROOT,
                "%s: element (%d, %d) of %s",
                name,
                i / tensor.columns(),
                i % tensor.columns(),
                tensor));
      }
    }
  }

  private static double[] read(Executable executable, Tensor tensor) {
    Object elements = array(tensor.type(), tensor.size());
    executable.read(tensor, segment(elements));
    double[] values = new double[Math.toIntExact(tensor.size())];
    if (elements instanceof float[] floats) {
      Arrays.setAll(values, i -> floats[i]);
    } else {
      int[] ints = (int[]) elements;
      Arrays.setAll(values, i -> ints[i]);
    }
    return values;
  }

  private static Object array(DType type, long length) {
    int count = Math.toIntExact(length);
    return switch (type) {
      case F32 -> new float[count];
      case I32 -> new int[count];
      case U8 -> new byte[count];
    };
  }

  private static MemorySegment segment(Object array) {
    return switch (array) {
      case float[] floats -> MemorySegment.ofArray(floats);
      case int[] ints -> MemorySegment.ofArray(ints);
      case byte[] bytes -> MemorySegment.ofArray(bytes);
      default -> throw new IllegalArgumentException("array " + array.getClass());
    };
  }
}
