package dev.descent.internal.cpu.step;

import dev.descent.internal.cpu.kernel.Elementwise;
import dev.descent.internal.cpu.kernel.Split;
import dev.descent.program.ElementwiseOperation.Dropout;
import dev.descent.program.StepState;

/// Dropout; workers share out the elements in whole blocks of random numbers.
final class DropoutStage implements Stage {
  private final Dropout operation;
  private final FloatSpan x;
  private final FloatSpan out;
  private final IntSpan state;
  private final Elementwise math;
  private final DropoutMask mask;
  private final boolean draws;

  /// @param mask which elements are kept
  /// @param draws whether this is the first stage of the step with the mask
  DropoutStage(
      Dropout operation, DropoutMask mask, boolean draws, Elementwise math, Storage storage) {
    this.math = math;
    this.operation = operation;
    this.x = storage.floats(operation.x());
    this.out = storage.floats(operation.out());
    this.state = storage.ints(operation.state());
    this.mask = mask;
    this.draws = draws;
  }

  @Override
  public void run(int worker, int workers) {
    int units = Split.units(x.size(), DropoutMask.UNIT);
    int end = Split.start(units, worker + 1, workers);
    int step = state.get(StepState.STEP);
    for (int unit = Split.start(units, worker, workers); unit < end; unit++) {
      if (draws) {
        mask.draw(worker, unit, step);
      }
      int e = unit * DropoutMask.UNIT;
      int count = Math.min(DropoutMask.UNIT, x.size() - e);
      mask.apply(math, x.array(), x.offset() + e, e, out.array(), out.offset() + e, count);
    }
  }

  @Override
  public String describe() {
    return "Dropout(%s) -> %s: by elements%s"
        .formatted(operation.rate(), operation.out(), draws ? "" : ", as drawn before");
  }
}
