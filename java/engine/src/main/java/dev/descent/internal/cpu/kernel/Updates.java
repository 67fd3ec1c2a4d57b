package dev.descent.internal.cpu.kernel;

/// The optimizers' loops. All arrays are indexed by the bare loop variable: so the compiler sees
/// that elements of different iterations do not overlap, and vectorises.
///
/// p are parameters, g gradients, elements `from` (inclusive) to `to` (exclusive) of each array.
public final class Updates {
  private Updates() {}

  public static void sgd(float[] p, float[] g, int from, int to, float rate) {
    for (int i = from; i < to; i++) {
      p[i] -= rate * g[i];
    }
  }

  public static void momentum(
      float[] p, float[] g, float[] velocity, int from, int to, float rate, float momentum) {
    for (int i = from; i < to; i++) {
      float v = momentum * velocity[i] + g[i];
      velocity[i] = v;
      p[i] -= rate * v;
    }
  }

  public static void nesterov(
      float[] p, float[] g, float[] velocity, int from, int to, float rate, float momentum) {
    for (int i = from; i < to; i++) {
      float v = momentum * velocity[i] + g[i];
      velocity[i] = v;
      p[i] -= rate * (g[i] + momentum * v);
    }
  }

  public static void adagrad(
      float[] p, float[] g, float[] accumulator, int from, int to, float rate, float epsilon) {
    for (int i = from; i < to; i++) {
      float a = accumulator[i] + g[i] * g[i];
      accumulator[i] = a;
      p[i] -= rate * g[i] / ((float) Math.sqrt(a) + epsilon);
    }
  }

  public static void rmsProp(
      float[] p,
      float[] g,
      float[] accumulator,
      int from,
      int to,
      float rate,
      float rho,
      float epsilon) {
    float rest = (float) (1 - (double) rho);
    for (int i = from; i < to; i++) {
      float a = rho * accumulator[i] + rest * g[i] * g[i];
      accumulator[i] = a;
      p[i] -= rate * g[i] / ((float) Math.sqrt(a) + epsilon);
    }
  }

  /// Adam, and AdamW where shrink is not 1.
  ///
  /// @param shrink what parameters are multiplied by first: 1 without weight decay
  /// @param stepSize the learning rate over the first moment's bias correction
  /// @param scale one over the root of the second moment's bias correction
  public static void adam(
      float[] p,
      float[] g,
      float[] m,
      float[] v,
      int from,
      int to,
      float shrink,
      float stepSize,
      float scale,
      float beta1,
      float beta2,
      float epsilon) {
    float rest1 = (float) (1 - (double) beta1);
    float rest2 = (float) (1 - (double) beta2);
    for (int i = from; i < to; i++) {
      float first = beta1 * m[i] + rest1 * g[i];
      float second = beta2 * v[i] + rest2 * g[i] * g[i];
      m[i] = first;
      v[i] = second;
      p[i] = shrink * p[i] - stepSize * first / ((float) Math.sqrt(second) * scale + epsilon);
    }
  }

  /// Sets numbers below 2^-126 in magnitude to zero: arithmetic on them takes a hundred cycles, and
  /// a decaying moment without gradients would stay one for ever.
  public static void flushDenormals(float[] x, int from, int to) {
    for (int i = from; i < to; i++) {
      if (Math.abs(x[i]) < Float.MIN_NORMAL) {
        x[i] = 0;
      }
    }
  }
}
