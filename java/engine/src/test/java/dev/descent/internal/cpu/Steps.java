package dev.descent.internal.cpu;

import dev.descent.backend.Backend;
import dev.descent.backend.Executable;
import dev.descent.program.DType;
import dev.descent.program.Operation;
import dev.descent.program.Program;
import dev.descent.program.Role;
import dev.descent.program.StepState;
import dev.descent.program.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// A program of one step, put together by a test, with what its tensors hold at first.
final class Steps {
  private final Program.Builder builder = Program.builder();
  private final Map<Tensor, Object> contents = new LinkedHashMap<>();
  private final List<Operation> operations = new ArrayList<>();

  Tensor floats(String name, int rows, int columns, float[] values) {
    Tensor tensor =
        builder.buffer(name, Role.DATA, DType.F32, (long) rows * columns).asMatrix(rows, columns);
    contents.put(tensor, values);
    return tensor;
  }

  Tensor ints(String name, int... values) {
    Tensor tensor = builder.buffer(name, Role.DATA, DType.I32, values.length).asColumn();
    contents.put(tensor, values);
    return tensor;
  }

  Tensor state(int cursor, int slot, int step) {
    int[] values = new int[StepState.SIZE];
    values[StepState.CURSOR] = cursor;
    values[StepState.SLOT] = slot;
    values[StepState.STEP] = step;
    return ints("state", values);
  }

  Steps add(Operation... more) {
    operations.addAll(List.of(more));
    return this;
  }

  Program program() {
    return builder.step("step", operations).build();
  }

  /// Runs the program and returns what the tensors hold then, one after the other.
  static float[][] run(
      Steps steps, Program program, Backend backend, int times, Tensor... results) {
    try (Executable executable = backend.compile(program)) {
      steps.fill(executable);
      executable.run("step", times);
      float[][] values = new float[results.length][];
      for (int i = 0; i < results.length; i++) {
        values[i] = new float[(int) results[i].size()];
        executable.read(results[i], MemorySegment.ofArray(values[i]));
      }
      return values;
    }
  }

  void fill(Executable executable) {
    contents.forEach((tensor, values) ->
        executable.write(
            tensor,
            values instanceof float[] floats
                ? MemorySegment.ofArray(floats)
                : MemorySegment.ofArray((int[]) values)));
  }
}
