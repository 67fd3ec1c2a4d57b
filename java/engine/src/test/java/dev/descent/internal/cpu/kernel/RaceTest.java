package dev.descent.internal.cpu.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.IntToDoubleFunction;
import org.junit.jupiter.api.Test;

/// Races by made-up rates and a made-up clock.
class RaceTest {
  private static int winner(IntToDoubleFunction rate) {
    return Race.winner(2, rate, () -> 0, 1);
  }

  @Test
  void whatIsClearlyFasterWins() {
    assertEquals(1, winner(i -> i == 0 ? 100 : 104));
    assertEquals(0, winner(i -> i == 0 ? 100 : 102));
    assertEquals(0, winner(i -> i == 0 ? 100 : 50));
  }

  /// Another program takes the processor from the second in nine rounds of ten.
  @Test
  void whatDisturbsOnlyEverSlows() {
    var calls = new AtomicInteger();
    IntToDoubleFunction rate =
        i -> (i == 0 ? 74 : 149) / (calls.getAndIncrement() / 2 % 10 == 7 ? 1 : 1.0 + i * 20);
    assertEquals(1, winner(rate));
  }

  /// A kernel that the compiler has not yet had is not judged by its first calls.
  @Test
  void whatGrowsIsWaitedFor() {
    var calls = new AtomicInteger();
    assertEquals(1, winner(i -> i == 0 ? 100 : calls.incrementAndGet() < 30 ? 5 : 200));
  }

  @Test
  void theLikeliestIsTakenWhereTimeEndsIt() {
    var now = new AtomicLong();
    var calls = new AtomicInteger();
    IntToDoubleFunction rate = i -> i + calls.incrementAndGet();
    assertEquals(0, Race.winner(2, rate, now::incrementAndGet, 10));
    assertEquals(18, calls.get());
    assertEquals(0, Race.winner(3, rate, () -> 0, 0));
    assertEquals(18, calls.get());
  }

  @Test
  void operandsAreNeverZero() {
    for (float value : Race.operand(1000)) {
      assertTrue(value != 0 && Math.abs(value) <= 1, () -> "" + value);
    }
  }
}
