package dev.descent.bench;

import java.time.Instant;

/// The time of day, by which a script can tell a JVM when it was started.
final class Clock {
  private Clock() {}

  /// The milliseconds since then.
  ///
  /// @param start in nanoseconds since 1970
  static long millisSince(long start) {
    Instant now = Instant.now();
    return (now.getEpochSecond() * 1_000_000_000 + now.getNano() - start) / 1_000_000;
  }
}
