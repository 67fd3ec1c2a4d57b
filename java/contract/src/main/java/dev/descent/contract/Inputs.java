package dev.descent.contract;

import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;

/// Fresh random inputs. The seed is another one each time, unless the system property `descent.seed`
/// sets it; [#toString] tells it, for the message of a failure.
final class Inputs {
  private final long seed;
  private final RandomGenerator random;

  private Inputs(long usual) {
    seed = Long.getLong("descent.seed", usual);
    random = RandomGeneratorFactory.of("L64X128MixRandom").create(seed);
  }

  /// Other numbers each time.
  static Inputs fresh() {
    return new Inputs(System.nanoTime());
  }

  /// The same numbers each time.
  static Inputs fixed() {
    return new Inputs(1);
  }

  /// Mostly moderate numbers of either sign, with some zeros, some tiny and some larger ones.
  float[] floats(long count) {
    float[] values = new float[Math.toIntExact(count)];
    for (int i = 0; i < values.length; i++) {
      double value = random.nextGaussian();
      values[i] =
          (float)
              switch (random.nextInt(16)) {
                case 0 -> 0;
                case 1 -> value * 1e-3;
                case 2 -> value * 8;
                default -> value;
              };
    }
    return values;
  }

  /// Numbers in [low, high).
  float[] uniform(long count, float low, float high) {
    float[] values = new float[Math.toIntExact(count)];
    for (int i = 0; i < values.length; i++) {
      values[i] = random.nextFloat(low, high);
    }
    return values;
  }

  byte[] bytes(long count) {
    byte[] values = new byte[Math.toIntExact(count)];
    random.nextBytes(values);
    return values;
  }

  /// Whole numbers in 0 to bound - 1.
  int[] ints(long count, int bound) {
    return random.ints(count, 0, bound).toArray();
  }

  int nextInt(int low, int high) {
    return random.nextInt(low, high);
  }

  float nextFloat(float low, float high) {
    return random.nextFloat(low, high);
  }

  /// A random order of 0 to count - 1.
  int[] permutation(int count) {
    int[] order = new int[count];
    for (int i = 0; i < count; i++) {
      int j = random.nextInt(i + 1);
      order[i] = order[j];
      order[j] = i;
    }
    return order;
  }

  @Override
  public String toString() {
    return "-Ddescent.seed=" + seed;
  }
}
