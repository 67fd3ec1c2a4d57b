package dev.descent.internal.cpu.step;

import dev.descent.program.DataOperation.Advance;
import dev.descent.program.StepState;

/// Moves the counters on; the first worker's work.
final class AdvanceStage implements Stage {
  private final Advance operation;
  private final IntSpan state;

  AdvanceStage(Advance operation, Storage storage) {
    this.operation = operation;
    this.state = storage.ints(operation.state());
  }

  @Override
  public void run(int worker, int workers) {
    if (worker == 0) {
      int[] counters = state.array();
      counters[state.offset() + StepState.CURSOR] += (int) operation.rows();
      counters[state.offset() + StepState.SLOT]++;
      if (operation.training()) {
        counters[state.offset() + StepState.STEP]++;
      }
    }
  }

  @Override
  public boolean isBrief() {
    return true;
  }

  @Override
  public String describe() {
    return "Advance by " + operation.rows() + " rows: first worker";
  }
}
