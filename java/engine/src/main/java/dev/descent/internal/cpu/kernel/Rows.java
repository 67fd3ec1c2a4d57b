package dev.descent.internal.cpu.kernel;

/// Reductions over a run of elements, in float64 and in an order that depends on nothing but the
/// length.
public final class Rows {
  private Rows() {}

  /// The largest, NaN if there is one.
  public static float max(float[] x, int from, int count) {
    float max = Float.NEGATIVE_INFINITY;
    for (int j = 0; j < count; j++) {
      max = Math.max(max, x[from + j]);
    }
    return max;
  }

  /// The sum, by four interleaved part sums, so that the additions need not wait for each other.
  public static double sum(float[] x, int from, int count) {
    double s0 = 0;
    double s1 = 0;
    double s2 = 0;
    double s3 = 0;
    int j = 0;
    for (; j + 4 <= count; j += 4) {
      s0 += x[from + j];
      s1 += x[from + j + 1];
      s2 += x[from + j + 2];
      s3 += x[from + j + 3];
    }
    for (; j < count; j++) {
      s0 += x[from + j];
    }
    return (s0 + s1) + (s2 + s3);
  }

  /// The index of the first of the largest, a NaN counting as smaller than any number; 0 if there
  /// is no number above negative infinity.
  public static int argMax(float[] x, int from, int count) {
    int best = 0;
    float bestValue = Float.NEGATIVE_INFINITY;
    for (int j = 0; j < count; j++) {
      if (x[from + j] > bestValue) {
        bestValue = x[from + j];
        best = j;
      }
    }
    return best;
  }
}
