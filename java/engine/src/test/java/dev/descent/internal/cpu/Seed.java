package dev.descent.internal.cpu;

import java.util.SplittableRandom;

/// A random generator that is another one each time and tells its seed.
public final class Seed {
  final long value = Long.getLong("descent.seed", System.nanoTime());
  public final SplittableRandom random = new SplittableRandom(value);

  public float[] floats(int count) {
    float[] values = new float[count];
    for (int i = 0; i < count; i++) {
      values[i] = (float) random.nextGaussian();
    }
    return values;
  }

  @Override
  public String toString() {
    return "-Ddescent.seed=" + value;
  }
}
