package dev.descent.internal.cpu.vector;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.descent.internal.Philox;
import dev.descent.internal.cpu.kernel.Elementwise;
import dev.descent.internal.cpu.kernel.Places;
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

  /// Places with taps that lie anywhere, but not over each other.
  private final class Line {
    final int channels = random.nextInt(1, 70);
    final int taps = random.nextInt(1, 5);
    final Places places = new Places(taps, channels, channels * 2);
    final int pooled;
    final int length;

    Line() {
      int count = random.nextInt(1, 6);
      int reach = 2 * count * channels;
      places.begin(count);
      for (int tap = 0; tap < taps; tap++) {
        places.add(tap + random.nextInt(2) * taps, 5 + tap * (reach + 3));
      }
      pooled = count * channels;
      length = 5 + taps * (reach + 3);
    }

    /// Names of taps, some of which are none.
    int[] names() {
      int[] names = random.indices(pooled + 2, taps + 1);
      for (int i = 0; i < names.length; i++) {
        names[i] = names[i] == taps ? -1 : places.name(names[i]);
      }
      return names;
    }
  }

  @Test
  void findsWhatIsLargest() {
    for (int run = 0; run < RUNS; run++) {
      var line = new Line();
      float[] x = floats(line.length);
      sameWithNames(
          line.pooled + 3, (math, out) -> math.largest(x, line.places, out.floats, 3, out.ints, 1));
      float[][] factors = {
        floats(line.channels), floats(line.channels), floats(line.channels), new float[0]
      };
      int[] kept = random.indices(line.length / Integer.SIZE + 2, Integer.MAX_VALUE);
      for (boolean rectify : new boolean[] {false, true}) {
        for (int[] some : new int[][] {null, kept}) {
          sameWithNames(
              line.pooled + 3,
              (math, out) ->
                  math.largestNormalised(
                      x,
                      line.places,
                      factors,
                      rectify,
                      1.25f,
                      some,
                      5,
                      out.floats,
                      3,
                      out.ints,
                      1,
                      out.more,
                      2));
        }
      }
    }
  }

  /// What a pooling writes.
  private record Pooled(float[] floats, int[] ints, float[] more) {}

  private void sameWithNames(int length, BiConsumer<Elementwise, Pooled> work) {
    var expected = new Pooled(new float[length], new int[length], new float[length]);
    var actual = new Pooled(new float[length], new int[length], new float[length]);
    work.accept(new PlainMath(), expected);
    work.accept(new VectorMath(), actual);
    assertArrayEquals(bits(expected.floats), bits(actual.floats), random.toString());
    assertArrayEquals(expected.ints, actual.ints, random.toString());
    assertArrayEquals(bits(expected.more), bits(actual.more), random.toString());
  }

  @Test
  void spreadsWhatIsLargest() {
    for (int run = 0; run < RUNS; run++) {
      var line = new Line();
      float[] d = floats(line.pooled + 3);
      int[] names = line.names();
      same(line.length, (math, out) -> math.spreadLargest(d, 3, names, 2, line.places, out));
      float[] x = floats(line.length);
      float[][] factors = {
        floats(line.channels), floats(line.channels), floats(line.channels), floats(line.channels)
      };
      same(
          line.length + 4,
          (math, out) ->
              math.normaliseBackwardLargest(x, line.places, factors, d, 3, names, 2, out, 4));
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
