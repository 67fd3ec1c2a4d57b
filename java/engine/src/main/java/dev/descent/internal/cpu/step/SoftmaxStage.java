package dev.descent.internal.cpu.step;

import dev.descent.internal.cpu.kernel.Elementwise;
import dev.descent.internal.cpu.kernel.Rows;
import dev.descent.internal.cpu.kernel.Split;
import dev.descent.program.ElementwiseOperation.Activate;

/// Softmax over each row; workers share out the rows.
final class SoftmaxStage implements Stage {
  private final Activate operation;
  private final Elementwise math;
  private final FloatSpan x;
  private final FloatSpan out;
  private final int rows;
  private final int columns;

  SoftmaxStage(Activate operation, Elementwise math, Storage storage) {
    this.operation = operation;
    this.math = math;
    this.x = storage.floats(operation.x());
    this.out = storage.floats(operation.out());
    this.rows = (int) operation.x().rows();
    this.columns = (int) operation.x().columns();
  }

  @Override
  public void run(int worker, int workers) {
    int end = Split.start(rows, worker + 1, workers);
    for (int row = Split.start(rows, worker, workers); row < end; row++) {
      int from = x.offset() + row * columns;
      int to = out.offset() + row * columns;
      float max = Rows.max(x.array(), from, columns);
      math.exp(x.array(), from, max, out.array(), to, columns);
      double sum = Rows.sum(out.array(), to, columns);
      float[] y = out.array();
      for (int j = 0; j < columns; j++) {
        y[to + j] = (float) (y[to + j] / sum);
      }
    }
  }

  @Override
  public String describe() {
    return "Activate(SOFTMAX) -> " + operation.out() + ": by rows";
  }
}
