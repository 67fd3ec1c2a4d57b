package dev.descent.internal.cpu.step;

import dev.descent.internal.Philox;
import dev.descent.internal.cpu.kernel.Elementwise;
import dev.descent.internal.cpu.kernel.Split;
import dev.descent.program.ElementwiseOperation.Dropout;
import dev.descent.program.StepState;
import dev.descent.program.Tensor;

/// Which elements a dropout keeps, a bit each: drawn once, and read in the forward and the backward
/// pass. Workers share out the elements in whole blocks of random numbers.
final class DropoutMask implements Stage {
  private static final int WORDS = 4;

  /// Elements that are drawn at a time.
  static final int UNIT = WORDS * Philox.BLOCKS;

  /// Blocks of random numbers whose bits fill an int.
  private static final int BLOCKS = Integer.SIZE / WORDS;

  private final Dropout operation;
  private final Elementwise math;
  private final IntSpan state;
  private final int units;
  private final int[] bits;
  private final long[][] random;

  /// @param operation the first with this mask
  /// @param workers of the team
  DropoutMask(Dropout operation, Elementwise math, Storage storage, int workers) {
    this.operation = operation;
    this.math = math;
    this.state = storage.ints(operation.state());
    this.units = Split.units((int) operation.x().size(), UNIT);
    this.bits = new int[units * (UNIT / Integer.SIZE) + 1];
    this.random = new long[workers][UNIT];
  }

  /// Whether an operation that reads the same state keeps the same elements.
  boolean suits(Dropout other) {
    return other.stream() == operation.stream()
        && other.seed() == operation.seed()
        && other.threshold() == operation.threshold()
        && other.x().size() == operation.x().size()
        && other.state().sameElements(operation.state());
  }

  /// Whether a mask drawn anew would differ once a tensor is written.
  boolean isDrawnFrom(Tensor tensor) {
    return tensor.overlaps(operation.state());
  }

  @Override
  public void run(int worker, int workers) {
    int end = Split.start(units, worker + 1, workers);
    int step = state.get(StepState.STEP);
    for (int unit = Split.start(units, worker, workers); unit < end; unit++) {
      draw(worker, unit, step);
    }
  }

  private void draw(int worker, int unit, int step) {
    long[] words = random[worker];
    math.random(unit * Philox.BLOCKS, step, operation.stream(), operation.seed(), words);
    compare(words, operation.threshold() - 1);
    int to = unit * (UNIT / Integer.SIZE);
    for (int block = 0; block < Philox.BLOCKS; block += BLOCKS) {
      int all = 0;
      for (int i = 0; i < BLOCKS; i++) {
        all |= (int) words[block + i] << (i * WORDS);
      }
      bits[to++] = all;
    }
  }

  /// Turns a block's four words into four bits, in place of the first word. Without branches, which
  /// could not be foretold.
  private static void compare(long[] words, long below) {
    for (int b = 0; b < Philox.BLOCKS; b++) {
      words[b] =
          ((below - words[b]) >>> 63)
              | ((below - words[b + Philox.BLOCKS]) >>> 63 << 1)
              | ((below - words[b + 2 * Philox.BLOCKS]) >>> 63 << 2)
              | ((below - words[b + 3 * Philox.BLOCKS]) >>> 63 << 3);
    }
  }

  /// Keeps elements, scaled, or replaces them by zeros.
  ///
  /// @param first the number of the first element
  void apply(float[] x, int x0, int first, float[] out, int out0, int count) {
    math.keep(x, x0, operation.keepScale(), bits, first, out, out0, count);
  }

  /// The bits of the elements that are kept, from the first on.
  int[] bits() {
    return bits;
  }

  @Override
  public String describe() {
    return "Dropout(%s): which elements of %s are kept".formatted(operation.rate(), operation.x());
  }

  /// The bytes of the bits and of what is drawn.
  long bytes() {
    return (long) Integer.BYTES * bits.length + (long) Long.BYTES * UNIT * random.length;
  }
}
