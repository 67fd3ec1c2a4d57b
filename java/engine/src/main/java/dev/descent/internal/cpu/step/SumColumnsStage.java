package dev.descent.internal.cpu.step;

import dev.descent.internal.cpu.kernel.Rows;
import dev.descent.internal.cpu.kernel.Split;
import dev.descent.program.ReductionOperation.SumColumns;

/// The sum of each row, in float64; workers share out the rows.
final class SumColumnsStage implements Stage {
  private final SumColumns operation;
  private final FloatSpan x;
  private final FloatSpan out;
  private final int rows;
  private final int columns;

  SumColumnsStage(SumColumns operation, Storage storage) {
    this.operation = operation;
    this.x = storage.floats(operation.x());
    this.out = storage.floats(operation.out());
    this.rows = (int) operation.x().rows();
    this.columns = (int) operation.x().columns();
  }

  @Override
  public void run(int worker, int workers) {
    int end = Split.start(rows, worker + 1, workers);
    for (int row = Split.start(rows, worker, workers); row < end; row++) {
      double sum = Rows.sum(x.array(), x.offset() + row * columns, columns);
      out.array()[out.offset() + row] = (float) sum;
    }
  }

  @Override
  public String describe() {
    return "SumColumns -> " + operation.out() + ": by rows";
  }
}
