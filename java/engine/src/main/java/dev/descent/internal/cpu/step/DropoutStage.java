package dev.descent.internal.cpu.step;

import dev.descent.internal.cpu.kernel.Split;
import dev.descent.program.ElementwiseOperation.Dropout;

/// Dropout; workers share out the elements as they do when they draw the mask.
final class DropoutStage implements Stage {
  private final Dropout operation;
  private final FloatSpan x;
  private final FloatSpan out;
  private final DropoutMask mask;

  DropoutStage(Dropout operation, DropoutMask mask, Storage storage) {
    this.operation = operation;
    this.x = storage.floats(operation.x());
    this.out = storage.floats(operation.out());
    this.mask = mask;
  }

  @Override
  public void run(int worker, int workers) {
    int units = Split.units(x.size(), DropoutMask.UNIT);
    int from = Split.start(units, worker, workers) * DropoutMask.UNIT;
    long end = (long) Split.start(units, worker + 1, workers) * DropoutMask.UNIT;
    int count = (int) Math.min(end, x.size()) - from;
    if (count > 0) {
      mask.apply(x.array(), x.offset() + from, from, out.array(), out.offset() + from, count);
    }
  }

  @Override
  public String describe() {
    return "Dropout(%s) -> %s: by elements".formatted(operation.rate(), operation.out());
  }
}
