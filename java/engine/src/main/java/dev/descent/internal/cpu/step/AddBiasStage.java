package dev.descent.internal.cpu.step;

import dev.descent.internal.cpu.kernel.Elementwise;
import dev.descent.internal.cpu.kernel.Split;
import dev.descent.program.ElementwiseOperation.AddBias;

/// An [AddBias] of its own; workers share out the rows, or the columns of a single one.
final class AddBiasStage implements Stage {
  /// Columns of a unit: whole cache lines.
  private static final int UNIT = 256;

  private final AddBias operation;
  private final Elementwise math;
  private final FloatSpan x;
  private final FloatSpan bias;
  private final FloatSpan out;
  private final int rows;
  private final int columns;

  AddBiasStage(AddBias operation, Elementwise math, Storage storage) {
    this.operation = operation;
    this.math = math;
    this.x = storage.floats(operation.x());
    this.bias = storage.floats(operation.bias());
    this.out = storage.floats(operation.out());
    this.rows = (int) operation.x().rows();
    this.columns = (int) operation.x().columns();
  }

  @Override
  public void run(int worker, int workers) {
    if (rows == 1) {
      int units = Split.units(columns, UNIT);
      int from = Split.start(units, worker, workers) * UNIT;
      int end = (int) Math.min((long) Split.start(units, worker + 1, workers) * UNIT, columns);
      run(0, 1, from, end - from);
    } else {
      int row = Split.start(rows, worker, workers);
      run(row, Split.start(rows, worker + 1, workers) - row, 0, columns);
    }
  }

  private void run(int row, int count, int from, int width) {
    if (width <= 0) {
      return;
    }
    int at = row * columns + from;
    math.addBias(
        x.array(),
        x.offset() + at,
        columns,
        bias.array(),
        bias.offset() + from,
        out.array(),
        out.offset() + at,
        columns,
        count,
        width);
  }

  @Override
  public String describe() {
    return "AddBias -> " + operation.out() + (rows == 1 ? ": by columns" : ": by rows");
  }
}
