package dev.descent.testing;

import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import org.opentest4j.TestAbortedException;

/// Random inputs of a test. The seed is another one each time, unless the system property
/// `descent.seed` sets it. A failure names it: see [Seeds].
public final class Inputs implements RandomGenerator {
  private static final String PROPERTY = "descent.seed";

  private final long seed;
  private final RandomGenerator random;

  private Inputs(long seed) {
    this.seed = seed;
    random = RandomGeneratorFactory.of("L64X128MixRandom").create(seed);
  }

  /// {@return other inputs each time}
  public static Inputs fresh() {
    Inputs inputs = of(System.nanoTime());
    Seeds.add(inputs);
    return inputs;
  }

  /// {@return the inputs of a seed, unless the system property sets another}
  ///
  /// @param seed the same seed gives the same inputs
  public static Inputs of(long seed) {
    return new Inputs(Long.getLong(PROPERTY, seed));
  }

  /// What is checked on some inputs.
  @FunctionalInterface
  public interface Check {
    /// Checks.
    ///
    /// @param inputs of one run
    /// @throws Exception if it fails, which fails the test
    void run(Inputs inputs) throws Exception;
  }

  /// Checks `count` inputs, each of another seed; the one alone that the system property sets, if
  /// it is set. A failure names the seed.
  ///
  /// @param count how many runs
  /// @param check is run with inputs of its own
  public static void check(int count, Check check) {
    boolean replay = System.getProperty(PROPERTY) != null;
    long first = System.nanoTime();
    for (int i = 0; i < (replay ? 1 : count); i++) {
      Inputs inputs = of(first + i);
      try {
        check.run(inputs);
      } catch (TestAbortedException e) {
        throw e;
      } catch (Exception | AssertionError e) {
        throw Seeds.failure(e, inputs.toString());
      }
    }
  }

  /// {@return mostly moderate numbers of either sign, with some zeros, some tiny and some larger
  /// ones}
  ///
  /// @param count how many numbers
  public float[] floats(long count) {
    float[] values = new float[Math.toIntExact(count)];
    for (int i = 0; i < values.length; i++) {
      double value = nextGaussian();
      values[i] =
          (float)
              switch (nextInt(16)) {
                case 0 -> 0;
                case 1 -> value * 1e-3;
                case 2 -> value * 8;
                default -> value;
              };
    }
    return values;
  }

  /// {@return normally distributed numbers}
  ///
  /// @param count how many numbers
  public float[] gaussians(int count) {
    float[] values = new float[count];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) nextGaussian();
    }
    return values;
  }

  /// {@return numbers in [low, high)}
  ///
  /// @param count how many numbers
  /// @param low the least
  /// @param high above the greatest
  public float[] uniform(long count, float low, float high) {
    float[] values = new float[Math.toIntExact(count)];
    for (int i = 0; i < values.length; i++) {
      values[i] = nextFloat(low, high);
    }
    return values;
  }

  /// {@return bytes of any value}
  ///
  /// @param count how many numbers
  public byte[] bytes(long count) {
    byte[] values = new byte[Math.toIntExact(count)];
    nextBytes(values);
    return values;
  }

  /// {@return whole numbers in 0 to bound - 1}
  ///
  /// @param count how many numbers
  /// @param bound above the greatest
  public int[] indices(long count, int bound) {
    return ints(count, 0, bound).toArray();
  }

  /// {@return a random order of 0 to count - 1}
  ///
  /// @param count how many numbers
  public int[] permutation(int count) {
    int[] order = new int[count];
    for (int i = 0; i < count; i++) {
      int j = nextInt(i + 1);
      order[i] = order[j];
      order[j] = i;
    }
    return order;
  }

  @Override
  public long nextLong() {
    return random.nextLong();
  }

  @Override
  public String toString() {
    return "-D" + PROPERTY + "=" + seed;
  }
}
