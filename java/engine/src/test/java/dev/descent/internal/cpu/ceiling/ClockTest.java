package dev.descent.internal.cpu.ceiling;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import org.junit.jupiter.api.Test;

/// The clock by a time that passes as it is told, never by the machine's.
class ClockTest {
  private static final long CYCLES = (long) Clock.CYCLES * Clock.MULTIPLICATIONS;

  /// A time in which each chain takes the next of these nanoseconds, and then the last.
  private static LongSupplier time(long... chains) {
    var now = new AtomicLong();
    var calls = new AtomicInteger();
    return () -> {
      int call = calls.getAndIncrement();
      return call % 2 == 0
          ? now.get()
          : now.addAndGet(chains[Math.min(call / 2, chains.length - 1)]);
    };
  }

  @Test
  void cyclesAreDividedByTheirTime() {
    var clock = new Clock(time(10_000));
    clock.read();
    assertEquals(CYCLES / 10e-6, clock.hertz(), 1);
    assertEquals(3e9, CYCLES / 10e-6, 1);
  }

  /// Other programs only ever make single readings slow.
  @Test
  void theMiddleOneCounts() {
    var clock = new Clock(time(8_000, 9_000_000, 10_000, 10_000, 12_000_000));
    for (int i = 0; i < 5; i++) {
      clock.read();
    }
    assertEquals(3e9, clock.hertz(), 1);
  }

  @Test
  void readingsBeginAnew() {
    var clock = new Clock(time(10_000, 15_000));
    assertEquals(Double.NaN, clock.hertz());
    clock.read();
    assertEquals(3e9, clock.hertz(), 1);
    clock.read();
    assertEquals(2e9, clock.hertz(), 1);
    assertEquals(Double.NaN, clock.hertz());
  }

  /// By a time that goes on with each look, so that what is warm stays so.
  @Test
  void warmingEnds() {
    var now = new AtomicLong();
    var clock = new Clock(() -> now.addAndGet(100_000));
    clock.warm();
    clock.read();
    assertEquals(0.3e9, clock.hertz(), 1);
  }
}
