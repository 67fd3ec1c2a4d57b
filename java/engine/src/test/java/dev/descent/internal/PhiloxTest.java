package dev.descent.internal;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/// The known answers are those published with Random123 (kat_vectors, philox4x32 10).
class PhiloxTest {
  @Test
  void zeros() {
    assertArrayEquals(
        new int[] {0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}, block(0, 0, 0, 0, 0));
  }

  @Test
  void ones() {
    assertArrayEquals(
        new int[] {0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}, block(-1, -1, -1, -1, -1L));
  }

  @Test
  void digitsOfPi() {
    assertArrayEquals(
        new int[] {0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1},
        block(0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344, 0x299f31d0_a4093822L));
  }

  private static int[] block(int c0, int c1, int c2, int c3, long key) {
    int[] out = new int[4];
    Philox.block(c0, c1, c2, c3, key, out);
    return out;
  }

  @Test
  void aStreamIsTheSequenceOfItsBlocks() {
    var stream = new RandomStream(42, 7, 3);
    for (int i = 0; i < 5; i++) {
      for (int word : block(i, 0, 3, 7, 42)) {
        assertEquals(word, stream.nextInt());
      }
    }
  }

  @Test
  void permutationsHoldEachNumberOnceAndDifferByEpoch() {
    for (int size : new int[] {1, 2, 3, 1000}) {
      int[] order = new int[size];
      new RandomStream(1, 2, 3).permutation(order);
      int[] sorted = order.clone();
      Arrays.sort(sorted);
      assertArrayEquals(IntStream.range(0, size).toArray(), sorted);
    }
    int[] first = new int[1000];
    int[] second = new int[1000];
    new RandomStream(1, 2, 1).permutation(first);
    new RandomStream(1, 2, 2).permutation(second);
    long same = IntStream.range(0, 1000).filter(i -> first[i] == second[i]).count();
    assertTrue(same < 20, "equal places: " + same);
  }

  @Test
  void momentsOfTheDistributions() {
    var stream = new RandomStream(5, 6, 7);
    int draws = 200_000;
    double[] sums = new double[4];
    for (int i = 0; i < draws; i++) {
      double uniform = stream.nextDouble();
      double normal = stream.nextGaussian();
      assertTrue(uniform >= 0 && uniform < 1);
      assertTrue(stream.nextInt(10) < 10);
      sums[0] += uniform;
      sums[1] += uniform * uniform;
      sums[2] += normal;
      sums[3] += normal * normal;
    }
    // Five standard errors.
    assertEquals(0.5, sums[0] / draws, 5 * Math.sqrt(1.0 / 12 / draws));
    assertEquals(1.0 / 3, sums[1] / draws, 5 * Math.sqrt(4.0 / 45 / draws));
    assertEquals(0, sums[2] / draws, 5 * Math.sqrt(1.0 / draws));
    assertEquals(1, sums[3] / draws, 5 * Math.sqrt(2.0 / draws));
  }

  @Test
  void boundedNumbersAreEquallyLikely() {
    var stream = new RandomStream(9, 9, 9);
    int[] counts = new int[7];
    for (int i = 0; i < 70_000; i++) {
      counts[stream.nextInt(7)]++;
    }
    double chiSquare = Arrays.stream(counts).mapToDouble(c -> (c - 1e4) * (c - 1e4) / 1e4).sum();
    // 22.46 is exceeded once in a thousand (6 degrees of freedom); the seed is fixed.
    assertTrue(chiSquare < 22.46, "chi square " + chiSquare);
  }
}
