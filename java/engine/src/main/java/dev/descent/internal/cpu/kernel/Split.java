package dev.descent.internal.cpu.kernel;

/// How units of work are shared out: worker w of n takes a contiguous run, and runs differ by at
/// most one unit in length.
public final class Split {
  private Split() {}

  /// The first unit of a worker's share; the share ends where the next worker's begins.
  public static int start(int units, int worker, int workers) {
    return (int) ((long) units * worker / workers);
  }

  /// The number of units of `size` that cover `total`.
  public static int units(int total, int size) {
    return total / size + (total % size == 0 ? 0 : 1);
  }
}
