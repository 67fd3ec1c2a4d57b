package dev.descent.internal.cpu.step;

import dev.descent.internal.cpu.kernel.Forms;
import dev.descent.internal.cpu.kernel.Split;
import dev.descent.program.Tensor;

/// Copies a tensor into panels or forms, where no stage could do so when it made the tensor; workers share
/// out the rows.
final class PanelCopyStage implements Stage {
  private static final int ROWS = Forms.UNIT;

  private final Tensor tensor;
  private final PanelCopy copy;

  PanelCopyStage(Tensor tensor, PanelCopy copy) {
    this.tensor = tensor;
    this.copy = copy;
  }

  @Override
  public void run(int worker, int workers) {
    int rows = (int) tensor.rows();
    int units = Split.units(rows, ROWS);
    int end = Math.min(rows, Split.start(units, worker + 1, workers) * ROWS);
    for (int row = Split.start(units, worker, workers) * ROWS; row < end; row += ROWS) {
      copy.update(row, Math.min(ROWS, rows - row));
    }
  }

  @Override
  public String describe() {
    return "copy of " + tensor + (copy.isInUnits() ? " in forms: by rows" : " in panels: by rows");
  }
}
