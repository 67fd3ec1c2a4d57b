package dev.descent.train;

/// Whether numbers are numbers.
final class Finite {
  private Finite() {}

  /// Whether none is NaN or infinite.
  static boolean all(float[] values) {
    for (float value : values) {
      if (!Float.isFinite(value)) {
        return false;
      }
    }
    return true;
  }
}
