package dev.descent.cli.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/// Timing against a clock that only the work moves.
final class TimingTest {
  private static final long MILLISECOND = 1_000_000;

  @Test
  void steadyWorkTakesWhatItTakes() {
    var clock = new AtomicLong();
    Timing timing =
        Timing.measure(
            clock::get, 1, 1000, times -> clock.addAndGet(times * MILLISECOND), () -> {});
    assertEquals(1e-3, timing.median(), 1e-12);
    assertEquals(1e-3, timing.fastest(), 1e-12);
    assertEquals(1e-3, timing.slowest(), 1e-12);
    assertEquals(9, timing.repeats());
  }

  @Test
  void coldRunsDoNotCount() {
    var clock = new AtomicLong();
    var runs = new AtomicLong();
    Timing timing =
        Timing.measure(
            clock::get,
            1,
            1000,
            times -> {
              long cold = runs.getAndAdd(times) < 4 ? 100 : 1;
              clock.addAndGet(times * cold * MILLISECOND);
            },
            () -> {});
    assertEquals(1e-3, timing.slowest(), 1e-12);
  }

  @Test
  void slowWorkIsStillRepeated() {
    var clock = new AtomicLong();
    Timing timing =
        Timing.measure(
            clock::get,
            0.001,
            10,
            times -> clock.addAndGet(times * (7000 * MILLISECOND)),
            () -> {});
    assertEquals(7, timing.median(), 1e-9);
    assertEquals(3, timing.repeats());
  }

  @Test
  void noMoreInARowThanAsked() {
    var clock = new AtomicLong();
    Timing.measure(
        clock::get,
        1,
        4,
        times -> {
          assertTrue(times >= 1 && times <= 4, () -> times + " in a row");
          clock.addAndGet(times * MILLISECOND);
        },
        () -> {});
  }

  @Test
  void whatRunsAfterwardsTakesNoTimeThatCounts() {
    var clock = new AtomicLong();
    var times = new AtomicLong();
    Timing timing =
        Timing.measure(
            clock::get,
            1,
            1000,
            n -> clock.addAndGet(n * MILLISECOND),
            () -> clock.addAndGet(times.incrementAndGet() * MILLISECOND));
    assertEquals(1e-3, timing.slowest(), 1e-12);
    assertEquals(timing.repeats(), times.get());
  }

  @Test
  void medianAndEnds() {
    assertEquals(new Timing(2, 1, 9, 3), Timing.of(new double[] {9, 1, 2}));
    assertEquals(new Timing(3, 1, 9, 4), Timing.of(new double[] {9, 1, 2, 4}));
    assertEquals(new Timing(5, 5, 5, 1), Timing.of(new double[] {5}));
  }
}
