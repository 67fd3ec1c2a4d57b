package dev.descent.data.known;

import java.time.Duration;
import java.util.Locale;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/// Tells when a transfer is to be given up: when nothing arrives for a while, or so little that it
/// would take for ever.
final class TransferWatch {
  /// Slower than an old telephone line, over the whole of a period.
  static final long LEAST_BYTES_A_SECOND = 4096;

  private final Duration silence;
  private final Duration period;
  private final LongSupplier nanoTime;
  private long lastBytes;
  private long lastTime;
  private long periodBytes;
  private long periodStart;

  /// @param silence how long nothing may arrive; the rate is measured over twice as long
  /// @param nanoTime the clock
  TransferWatch(Duration silence, LongSupplier nanoTime) {
    this.silence = silence;
    this.period = silence.multipliedBy(2);
    this.nanoTime = nanoTime;
    this.lastTime = nanoTime.getAsLong();
    this.periodStart = lastTime;
  }

  /// Takes note of how much has arrived.
  ///
  /// @param bytes since the transfer began
  /// @return why to give it up, or null to go on
  @Nullable String problem(long bytes) {
    long now = nanoTime.getAsLong();
    if (bytes != lastBytes) {
      lastBytes = bytes;
      lastTime = now;
    } else if (now - lastTime > silence.toNanos()) {
      return "sends nothing for " + seconds(silence) + " s";
    }
    if (now - periodStart > period.toNanos()) {
      if ((bytes - periodBytes) * 1e9 < (double) LEAST_BYTES_A_SECOND * (now - periodStart)) {
        return String.format(
            Locale.ROOT,
            "sends less than %d bytes a second for %s s",
            LEAST_BYTES_A_SECOND,
            seconds(period));
      }
      periodBytes = bytes;
      periodStart = now;
    }
    return null;
  }

  private static double seconds(Duration time) {
    return time.toMillis() / 1000.0;
  }
}
