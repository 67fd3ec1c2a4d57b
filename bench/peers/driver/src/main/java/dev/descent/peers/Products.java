package dev.descent.peers;

import java.util.Locale;
import java.util.Random;

/// Times a side's products, each once it is known to be right.
final class Products {
  private static final long SEED = 1;
  private static final double NANO = 1e-9;

  private final Multiplier multiplier;
  private String prepared = "";

  Products(Multiplier multiplier) {
    this.multiplier = multiplier;
  }

  /// Answers `SHAPE SECONDS` with the seconds of one product, over a run of about so many seconds.
  /// A shape that was not asked for before is checked first.
  String answer(String request) {
    String[] words = request.split(" ", -1);
    var shape = Shape.parse(words[0]);
    if (!prepared.equals(words[0])) {
      prepare(shape);
      prepared = words[0];
    }
    return Double.toString(time(Double.parseDouble(words[1])));
  }

  private double time(double seconds) {
    int times = 1;
    double spent = 0;
    long done = 0;
    while (spent < seconds) {
      long start = System.nanoTime();
      multiplier.multiply(times);
      spent += (System.nanoTime() - start) * NANO;
      done += times;
      // A look at the clock costs nothing beside a hundredth of the time.
      times = (int) Math.clamp(done * (seconds / 100 / spent), 1, 2.0 * times);
    }
    return spent / done;
  }

  /// Checks the product of eighths from -1 to 1, of which a sum of products is exact in float32
  /// whatever the order, so that the result must be that of whole numbers; then takes random
  /// factors.
  private void prepare(Shape shape) {
    var random = new Random(SEED);
    int[] a = random.ints((long) shape.m() * shape.k(), -8, 9).toArray();
    int[] b = random.ints((long) shape.k() * shape.n(), -8, 9).toArray();
    multiplier.prepare(shape, eighths(a), eighths(b));
    multiplier.multiply(1);
    requireEqual(shape, multiply(shape, a, b), multiplier.result());
    // Numbers with few digits are multiplied at a higher clock than what is trained.
    multiplier.prepare(shape, uniform(random, a.length), uniform(random, b.length));
  }

  private static float[] uniform(Random random, int length) {
    float[] values = new float[length];
    for (int i = 0; i < length; i++) {
      values[i] = 2 * random.nextFloat() - 1;
    }
    return values;
  }

  private static float[] eighths(int[] values) {
    float[] eighths = new float[values.length];
    for (int i = 0; i < values.length; i++) {
      eighths[i] = values[i] / 8f;
    }
    return eighths;
  }

  /// @param expected in units of 1/64
  /// @throws IllegalStateException naming the first element that differs
  static void requireEqual(Shape shape, int[] expected, float[] actual) {
    for (int i = 0; i < expected.length; i++) {
      float value = expected[i] / 64f;
      if (actual[i] != value) {
        throw new IllegalStateException(
            String.format(
                Locale.ROOT,
                "wrong result, nothing is timed: element (%d, %d) of the product %s is %s, not %s",
                i / shape.n(),
                i % shape.n(),
                shape,
                actual[i],
                value));
      }
    }
  }

  /// The product of whole numbers, `m x n`.
  static int[] multiply(Shape shape, int[] a, int[] b) {
    int m = shape.m();
    int k = shape.k();
    int n = shape.n();
    int[] result = new int[m * n];
    for (int i = 0; i < m; i++) {
      for (int p = 0; p < k; p++) {
        int factor = a[shape.transposeA() ? p * m + i : i * k + p];
        for (int j = 0; j < n; j++) {
          result[i * n + j] += factor * b[shape.transposeB() ? j * k + p : p * n + j];
        }
      }
    }
    return result;
  }
}
