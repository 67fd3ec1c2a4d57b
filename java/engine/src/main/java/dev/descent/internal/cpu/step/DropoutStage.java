package dev.descent.internal.cpu.step;

import dev.descent.internal.Philox;
import dev.descent.internal.cpu.kernel.Elementwise;
import dev.descent.internal.cpu.kernel.Split;
import dev.descent.program.ElementwiseOperation.Dropout;
import dev.descent.program.StepState;

/// Dropout; workers share out the elements in whole blocks of random numbers.
final class DropoutStage implements Stage {
  private static final int BLOCK = 4;
  private static final int UNIT = BLOCK * Philox.BLOCKS;

  private final Dropout operation;
  private final FloatSpan x;
  private final FloatSpan out;
  private final IntSpan state;
  private final Elementwise math;
  private final long[][] words;
  private final int[][] kept;

  DropoutStage(Dropout operation, Elementwise math, Storage storage, int workers) {
    this.math = math;
    this.operation = operation;
    this.x = storage.floats(operation.x());
    this.out = storage.floats(operation.out());
    this.state = storage.ints(operation.state());
    this.words = new long[workers][UNIT];
    this.kept = new int[workers][UNIT];
  }

  @Override
  public void run(int worker, int workers) {
    int units = Split.units(x.size(), UNIT);
    int end = Split.start(units, worker + 1, workers);
    int step = state.get(StepState.STEP);
    for (int unit = Split.start(units, worker, workers); unit < end; unit++) {
      Philox.blocks(
          unit * Philox.BLOCKS, step, operation.stream(), operation.seed(), words[worker]);
      int e = unit * UNIT;
      compare(words[worker], kept[worker]);
      math.keep(
          x.array(),
          x.offset() + e,
          operation.keepScale(),
          kept[worker],
          out.array(),
          out.offset() + e,
          Math.min(UNIT, x.size() - e));
    }
  }

  /// Without branches, which could not be foretold.
  private void compare(long[] random, int[] bits) {
    long below = operation.threshold() - 1;
    for (int word = 0; word < BLOCK; word++) {
      for (int block = 0; block < Philox.BLOCKS; block++) {
        bits[block * BLOCK + word] = (int) ((below - random[word * Philox.BLOCKS + block]) >> 63);
      }
    }
  }

  @Override
  public String describe() {
    return "Dropout(%s) -> %s: by elements".formatted(operation.rate(), operation.out());
  }
}
