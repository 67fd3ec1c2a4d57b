package dev.descent.peers;

import java.util.Arrays;
import java.util.Collection;

/// The middle of several readings, and how far they lie apart.
///
/// @param median of an even number, the mean of the two in the middle
/// @param least the smallest reading
/// @param most the largest reading
/// @param count how many there are
record Spread(double median, double least, double most, int count) {
  /// @param readings at least one
  static Spread of(Collection<Double> readings) {
    if (readings.isEmpty()) {
      throw new IllegalArgumentException("no readings");
    }
    double[] sorted = readings.stream().mapToDouble(Double::doubleValue).toArray();
    Arrays.sort(sorted);
    int n = sorted.length;
    return new Spread((sorted[(n - 1) / 2] + sorted[n / 2]) / 2, sorted[0], sorted[n - 1], n);
  }

  /// How many times as fast this is as another, both being times.
  double timesAsFastAs(Spread other) {
    return other.median / median;
  }
}
