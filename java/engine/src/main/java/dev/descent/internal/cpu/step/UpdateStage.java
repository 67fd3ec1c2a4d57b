package dev.descent.internal.cpu.step;

import dev.descent.internal.cpu.kernel.Elementwise;
import dev.descent.internal.cpu.kernel.Split;
import dev.descent.program.UpdateOperation;

/// An optimizer's update; workers share out the elements.
final class UpdateStage implements Stage {
  /// Elements of a unit: whole cache lines, and what is staged at a time.
  private static final int UNIT = 1024;

  private final UpdateOperation operation;
  private final Updater updater;
  private final int size;

  /// For tensors that do not begin at the same index: each worker's copies of a unit of each.
  private final float[][][] staged;

  UpdateStage(UpdateOperation operation, Elementwise math, Storage storage, int workers) {
    this.operation = operation;
    this.updater = new Updater(operation, math, storage, workers);
    this.size = (int) operation.parameters().size();
    this.staged =
        updater.isAligned() ? new float[0][][] : new float[workers][updater.spans().length][UNIT];
  }

  @Override
  public void run(int worker, int workers) {
    int units = Split.units(size, UNIT);
    int from = Split.start(units, worker, workers) * UNIT;
    int to = (int) Math.min(size, (long) Split.start(units, worker + 1, workers) * UNIT);
    if (from >= to) {
      return;
    }
    if (updater.isAligned()) {
      updater.update(worker, from, to);
    } else {
      for (int unit = from; unit < to; unit += UNIT) {
        updateStaged(worker, unit, Math.min(UNIT, to - unit));
      }
    }
  }

  private void updateStaged(int worker, int from, int count) {
    float[][] copies = staged[worker];
    FloatSpan[] spans = updater.spans();
    for (int i = 0; i < spans.length; i++) {
      System.arraycopy(spans[i].array(), spans[i].offset() + from, copies[i], 0, count);
    }
    float[] second = copies[Math.min(2, spans.length - 1)];
    updater.update(worker, copies[0], copies[1], second, copies[spans.length - 1], 0, count);
    for (int i = 0; i < spans.length; i++) {
      if (i != 1) {
        System.arraycopy(copies[i], 0, spans[i].array(), spans[i].offset() + from, count);
      }
    }
  }

  @Override
  public String describe() {
    return "%s of %s: by elements%s"
        .formatted(operation.name(), operation.parameters(), updater.isAligned() ? "" : ", staged");
  }
}
