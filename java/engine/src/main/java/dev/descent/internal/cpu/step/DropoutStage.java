package dev.descent.internal.cpu.step;

import dev.descent.internal.Philox;
import dev.descent.internal.cpu.kernel.Split;
import dev.descent.program.ElementwiseOperation.Dropout;
import dev.descent.program.StepState;

/// Dropout; workers share out the elements in whole blocks of random numbers.
final class DropoutStage implements Stage {
  private static final int BLOCK = 4;
  private static final int UNIT = 256;

  private final Dropout operation;
  private final FloatSpan x;
  private final FloatSpan out;
  private final IntSpan state;
  private final int[][] words;

  DropoutStage(Dropout operation, Storage storage, int workers) {
    this.operation = operation;
    this.x = storage.floats(operation.x());
    this.out = storage.floats(operation.out());
    this.state = storage.ints(operation.state());
    this.words = new int[workers][BLOCK];
  }

  @Override
  public void run(int worker, int workers) {
    int units = Split.units(x.size(), UNIT);
    long end = Math.min(x.size(), (long) Split.start(units, worker + 1, workers) * UNIT);
    int step = state.get(StepState.STEP);
    int[] random = words[worker];
    int threshold = (int) operation.threshold();
    float scale = operation.keepScale();
    for (int e = Split.start(units, worker, workers) * UNIT; e < end; e += BLOCK) {
      Philox.block(e / BLOCK, 0, step, operation.stream(), operation.seed(), random);
      int count = (int) Math.min(BLOCK, end - e);
      for (int i = 0; i < count; i++) {
        boolean keep = Integer.compareUnsigned(random[i], threshold) >= 0;
        out.array()[out.offset() + e + i] = keep ? x.array()[x.offset() + e + i] * scale : 0f;
      }
    }
  }

  @Override
  public String describe() {
    return "Dropout(%s) -> %s: by elements".formatted(operation.rate(), operation.out());
  }
}
