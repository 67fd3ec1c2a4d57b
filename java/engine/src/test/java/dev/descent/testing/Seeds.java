package dev.descent.testing;

import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;

/// Runs a check on many random inputs. A failure names the seed; `-Ddescent.seed=SEED` then runs that
/// one input alone. The seeds are the same in every run, unless the property says otherwise.
public final class Seeds {
  private static final String PROPERTY = "descent.seed";

  private Seeds() {}

  /// What is checked, on the input that a seed makes.
  @FunctionalInterface
  public interface Check {
    void run(RandomGenerator random) throws Exception;
  }

  /// Checks `count` random inputs.
  public static void check(int count, Check check) {
    String only = System.getProperty(PROPERTY);
    if (only != null) {
      checkOne(Long.parseLong(only), check);
      return;
    }
    for (long seed = 0; seed < count; seed++) {
      checkOne(seed, check);
    }
  }

  private static void checkOne(long seed, Check check) {
    try {
      check.run(RandomGeneratorFactory.of("L64X128MixRandom").create(seed));
    } catch (Exception | AssertionError e) {
      throw new AssertionError("with -D" + PROPERTY + "=" + seed + ": " + e, e);
    }
  }
}
