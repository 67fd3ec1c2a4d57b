package dev.descent.internal.cpu.step;

import dev.descent.internal.cpu.kernel.Split;
import dev.descent.program.ElementwiseOperation.ActivateBackward;

/// The derivative of softmax; workers share out the rows.
final class SoftmaxBackwardStage implements Stage {
  private final ActivateBackward operation;
  private final FloatSpan saved;
  private final FloatSpan dOut;
  private final FloatSpan dX;
  private final int rows;
  private final int columns;

  SoftmaxBackwardStage(ActivateBackward operation, Storage storage) {
    this.operation = operation;
    this.saved = storage.floats(operation.saved());
    this.dOut = storage.floats(operation.dOut());
    this.dX = storage.floats(operation.dX());
    this.rows = (int) operation.dX().rows();
    this.columns = (int) operation.dX().columns();
  }

  @Override
  public void run(int worker, int workers) {
    float[] y = saved.array();
    float[] d = dOut.array();
    float[] result = dX.array();
    int end = Split.start(rows, worker + 1, workers);
    for (int row = Split.start(rows, worker, workers); row < end; row++) {
      int y0 = saved.offset() + row * columns;
      int d0 = dOut.offset() + row * columns;
      int to = dX.offset() + row * columns;
      double dot = 0;
      for (int j = 0; j < columns; j++) {
        dot += (double) d[d0 + j] * y[y0 + j];
      }
      for (int j = 0; j < columns; j++) {
        result[to + j] = (float) (y[y0 + j] * (d[d0 + j] - dot));
      }
    }
  }

  @Override
  public String describe() {
    return "ActivateBackward(SOFTMAX) -> " + operation.dX() + ": by rows";
  }
}
