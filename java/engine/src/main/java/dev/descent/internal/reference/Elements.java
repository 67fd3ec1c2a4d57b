package dev.descent.internal.reference;

import dev.descent.internal.HostMemory;
import dev.descent.program.Tensor;

/// The elements of tensors in host memory.
record Elements(HostMemory memory) {
  Floats floats(Tensor tensor) {
    return new Floats(
        memory.floats(tensor.buffer()),
        Math.toIntExact(tensor.offset()),
        Math.toIntExact(tensor.columns()));
  }

  Ints ints(Tensor tensor) {
    return new Ints(
        memory.ints(tensor.buffer()),
        Math.toIntExact(tensor.offset()),
        Math.toIntExact(tensor.columns()));
  }

  /// An F32 tensor's elements.
  record Floats(float[] array, int offset, int columns) {
    float get(int index) {
      return array[offset + index];
    }

    float get(int row, int column) {
      return get(row * columns + column);
    }

    void set(int index, double value) {
      array[offset + index] = (float) value;
    }

    void set(int row, int column, double value) {
      set(row * columns + column, value);
    }

    /// Adds a multiple of a row to sums.
    void addRow(int row, double factor, double[] sums) {
      int at = offset + row * columns;
      for (int j = 0; j < sums.length; j++) {
        sums[j] += factor * array[at + j];
      }
    }

    /// Adds a multiple of a column to sums.
    void addColumn(int column, double factor, double[] sums) {
      int at = offset + column;
      for (int i = 0; i < sums.length; i++) {
        sums[i] += factor * array[at + i * columns];
      }
    }
  }

  /// An I32 tensor's elements.
  record Ints(int[] array, int offset, int columns) {
    int get(int index) {
      return array[offset + index];
    }

    int get(int row, int column) {
      return get(row * columns + column);
    }

    void set(int index, int value) {
      array[offset + index] = value;
    }

    void set(int row, int column, int value) {
      set(row * columns + column, value);
    }
  }
}
