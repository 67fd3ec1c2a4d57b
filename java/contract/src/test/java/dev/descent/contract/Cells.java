package dev.descent.contract;

import dev.descent.internal.HostMemory;
import dev.descent.program.Operation;
import dev.descent.program.StepState;
import dev.descent.program.Tensor;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.stream.Stream;

/// The elements of a memory's tensors, for mutants to look at and to change.
///
/// @param memory where the tensors are
/// @param before what the tensors of an operation were before it
record Cells(HostMemory memory, Map<Tensor, double[]> before) {
  Cells(HostMemory memory) {
    this(memory, new HashMap<>());
  }

  /// Notes what an operation's tensors are.
  void note(Operation operation) {
    Stream.concat(operation.inputs().stream(), operation.outputs().stream())
        .forEach(tensor -> before.put(tensor, get(tensor)));
  }

  /// What a tensor was.
  double[] old(Tensor tensor) {
    return before.get(tensor);
  }

  /// What a tensor is.
  double[] get(Tensor tensor) {
    double[] values = new double[(int) tensor.size()];
    int offset = (int) tensor.offset();
    switch (tensor.type()) {
      case F32 -> {
        float[] floats = memory.floats(tensor.buffer());
        Arrays.setAll(values, i -> floats[offset + i]);
      }
      case I32 -> {
        int[] ints = memory.ints(tensor.buffer());
        Arrays.setAll(values, i -> ints[offset + i]);
      }
      case U8 -> {
        byte[] bytes = memory.bytes(tensor.buffer());
        Arrays.setAll(values, i -> bytes[offset + i]);
      }
    }
    return values;
  }

  /// Changes a tensor.
  void set(Tensor tensor, double[] values) {
    int offset = (int) tensor.offset();
    switch (tensor.type()) {
      case F32 -> {
        float[] floats = memory.floats(tensor.buffer());
        for (int i = 0; i < values.length; i++) {
          floats[offset + i] = (float) values[i];
        }
      }
      case I32 -> {
        int[] ints = memory.ints(tensor.buffer());
        for (int i = 0; i < values.length; i++) {
          ints[offset + i] = (int) values[i];
        }
      }
      case U8 -> {
        byte[] bytes = memory.bytes(tensor.buffer());
        for (int i = 0; i < values.length; i++) {
          bytes[offset + i] = (byte) values[i];
        }
      }
    }
  }

  /// A number of a state.
  int state(Tensor state, int which) {
    return memory.ints(state.buffer())[(int) state.offset() + which];
  }

  int step(Tensor state) {
    return state(state, StepState.STEP);
  }

  int slot(Tensor state) {
    return state(state, StepState.SLOT);
  }
}
