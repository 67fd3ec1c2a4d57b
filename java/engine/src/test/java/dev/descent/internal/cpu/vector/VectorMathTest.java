package dev.descent.internal.cpu.vector;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.descent.internal.Philox;
import dev.descent.internal.cpu.kernel.Elementwise;
import dev.descent.internal.cpu.plain.PlainMath;
import dev.descent.testing.Inputs;
import java.util.function.BiConsumer;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/// Vectors give the bits of plain loops, wherever runs begin and whatever their length.
class VectorMathTest {
  private static final int RUNS = 200;
  private static final int LONGEST = 150;

  private final Inputs random = Inputs.fresh();

  private void same(int length, BiConsumer<Elementwise, float[]> work) {
    float[] before = floats(length);
    float[] expected = before.clone();
    float[] actual = before.clone();
    work.accept(new PlainMath(), expected);
    work.accept(new VectorMath(), actual);
    assertArrayEquals(bits(expected), bits(actual), random.toString());
  }

  private static int[] bits(float[] x) {
    return IntStream.range(0, x.length).map(i -> Float.floatToRawIntBits(x[i])).toArray();
  }

  private float[] floats(int length) {
    float[] x = new float[length];
    for (int i = 0; i < length; i++) {
      x[i] = random.nextFloat(-2, 2);
    }
    x[random.nextInt(length)] = Float.NaN;
    return x;
  }

  @Test
  void keepsWhatTheBitsSay() {
    for (int run = 0; run < RUNS; run++) {
      int count = random.nextInt(1, LONGEST);
      int first = random.nextInt(70);
      int[] kept = random.indices((first + count) / Integer.SIZE + 2, Integer.MAX_VALUE);
      float[] x = floats(count + 3);
      same(count + 5, (math, out) -> math.keep(x, 3, 1.25f, kept, first, out, 5, count));
      float[] out = new float[count];
      new VectorMath().keep(x, 3, 1, kept, first, out, 0, count);
      for (int j = 0; j < count; j++) {
        int bit = first + j;
        boolean isKept = ((kept[bit / Integer.SIZE] >> (bit % Integer.SIZE)) & 1) == 1;
        assertEquals(isKept ? x[3 + j] : 0, out[j], random.toString());
      }
    }
  }

  @Test
  void normalises() {
    for (int run = 0; run < RUNS; run++) {
      int count = random.nextInt(1, LONGEST);
      float[] x = floats(count + 3);
      float[] mean = floats(count);
      float[] factor = floats(count);
      float[] shift = floats(count);
      float[] slope = floats(count);
      same(count + 5, (math, out) -> math.normalise(x, 3, mean, factor, shift, out, 5, count));
      // In place, as a step does it.
      same(
          count + 5,
          (math, out) ->
              math.normaliseBackward(x, 3, mean, factor, shift, slope, out, 5, out, 5, count));
    }
  }

  @Test
  void spreadsWhatIsLargest() {
    for (int run = 0; run < RUNS; run++) {
      int count = random.nextInt(1, LONGEST);
      int runs = random.nextInt(1, 5);
      float[] d = floats(count + 3);
      int[] which = random.indices(count + 2, runs + 1);
      int[] starts = IntStream.range(0, runs).map(i -> 1 + i * (count + 2)).toArray();
      int[] names = IntStream.range(0, runs).toArray();
      same(
          (count + 2) * runs + 1,
          (math, out) -> math.spreadLargest(d, 3, which, 2, starts, names, runs, out, count));
    }
  }

  @Test
  void drawsTheSameNumbers() {
    for (int run = 0; run < RUNS; run++) {
      int[] counter = {-random.nextInt(100), random.nextInt(9), -1 - random.nextInt(9)};
      long key = ((long) random.nextInt(Integer.MAX_VALUE) << 33) - random.nextInt(99);
      long[] expected = new long[4 * Philox.BLOCKS];
      long[] actual = new long[4 * Philox.BLOCKS];
      Philox.blocks(counter[0], counter[1], counter[2], key, expected);
      new VectorMath().random(counter[0], counter[1], counter[2], key, actual);
      assertArrayEquals(expected, actual, random.toString());
    }
  }
}
