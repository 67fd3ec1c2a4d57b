package dev.descent.internal.page;

import org.jspecify.annotations.Nullable;

/// A rectangle along the axes. `left` is at most `right`, and `low` at most `high`, which way ever
/// the second axis points.
record Box(double left, double right, double low, double high) {
  /// The share of a segment inside a box: from where it enters to where it leaves, both in [0, 1].
  record Span(double enter, double leave) {}

  boolean holds(double x, double y) {
    return x >= left && x <= right && y >= low && y <= high;
  }

  boolean holds(Box other) {
    return holds(other.left, other.low) && holds(other.right, other.high);
  }

  /// The part of a segment inside (Liang and Barsky 1984), or null if none is or an end is not a
  /// finite number.
  @Nullable Span span(double fromX, double fromY, double toX, double toY) {
    double dx = toX - fromX;
    double dy = toY - fromY;
    double enter = 0;
    double leave = 1;
    // Each side: how fast the segment approaches it, and how far it is away.
    double[][] sides = {
      {-dx, fromX - left}, {dx, right - fromX}, {-dy, fromY - low}, {dy, high - fromY}
    };
    for (double[] side : sides) {
      if (!Double.isFinite(side[0]) || !Double.isFinite(side[1])) {
        return null;
      }
      if (side[0] == 0 && side[1] < 0) {
        return null;
      }
      if (side[0] < 0) {
        enter = Math.max(enter, side[1] / side[0]);
      } else if (side[0] > 0) {
        leave = Math.min(leave, side[1] / side[0]);
      }
    }
    return enter > leave ? null : new Span(enter, leave);
  }
}
