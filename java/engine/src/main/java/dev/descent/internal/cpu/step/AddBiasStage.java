package dev.descent.internal.cpu.step;

import dev.descent.internal.cpu.kernel.Elementwise;
import dev.descent.internal.cpu.kernel.Split;
import dev.descent.program.ElementwiseOperation.AddBias;

/// An [AddBias] of its own; workers share out the rows.
final class AddBiasStage implements Stage {
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
    int row = Split.start(rows, worker, workers);
    int count = Split.start(rows, worker + 1, workers) - row;
    math.addBias(
        x.array(),
        x.offset() + row * columns,
        columns,
        bias.array(),
        bias.offset(),
        out.array(),
        out.offset() + row * columns,
        columns,
        count,
        columns);
  }

  @Override
  public String describe() {
    return "AddBias -> " + operation.out() + ": by rows";
  }
}
