package dev.descent.data.known;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.function.LongUnaryOperator;
import org.junit.jupiter.api.Test;

/// Transfers of all kinds, on a clock that the test moves.
class TransferWatchTest {
  private static final long MILLISECOND = 1_000_000;

  private long now = 1L << 60;

  /// Looks at a transfer every 50 ms, as the downloader does.
  ///
  /// @param bytes that have arrived after so many milliseconds
  /// @return when it was given up, in milliseconds, or -1
  private long givenUp(LongUnaryOperator bytes, long milliseconds, String reason) {
    long start = now;
    var watch = new TransferWatch(Duration.ofSeconds(30), () -> now);
    for (long time = 0; time <= milliseconds; time += 50) {
      now = start + time * MILLISECOND;
      String problem = watch.problem(bytes.applyAsLong(time));
      if (problem != null) {
        assertEquals(reason, problem);
        return time;
      }
    }
    return -1;
  }

  @Test
  void aByteNowAndThenIsGivenUp() {
    String reason = "sends less than 4096 bytes a second for 60.0 s";
    assertEquals(60_050, givenUp(time -> time / 300, 600_000, reason));
    assertEquals(60_050, givenUp(time -> time / 29_000, 600_000, reason));
    assertEquals(60_050, givenUp(time -> time * 4095 / 1000, 600_000, reason));
  }

  @Test
  void silenceIsGivenUp() {
    String reason = "sends nothing for 30.0 s";
    assertEquals(30_050, givenUp(_ -> 0, 600_000, reason));
    assertEquals(40_050, givenUp(time -> Math.min(time, 10_000) * 1000, 600_000, reason));
  }

  @Test
  void aSlowButSteadyTransferGoesOn() {
    assertEquals(-1, givenUp(time -> time * 5, 3_600_000, ""));
    // In gusts, with 29 seconds of nothing between.
    assertEquals(-1, givenUp(time -> time / 29_000 * 300_000, 3_600_000, ""));
  }

  @Test
  void aFastStartDoesNotPayForACrawlLater() {
    long bytes = 1L << 30;
    String reason = "sends less than 4096 bytes a second for 60.0 s";
    long end = givenUp(time -> bytes + time / 300, 600_000, reason);
    assertTrue(end > 60_000 && end <= 130_000, "given up after " + end);
  }

  @Test
  void theClockMayPassItsEnd() {
    now = Long.MAX_VALUE - 10 * MILLISECOND;
    assertEquals(-1, givenUp(time -> time * 100, 120_000, ""));
    assertNull(new TransferWatch(Duration.ofSeconds(30), () -> now).problem(0));
  }
}
