package dev.descent.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.descent.train.objective.Schedule;
import org.junit.jupiter.api.Test;

class ScheduleTest {
  private static final double EXACT = 1e-12;

  @Test
  void constantStays() {
    assertEquals(1, Schedule.constant().factor(17.3, 20));
  }

  @Test
  void stepsFallAtTheirEpochs() {
    Schedule schedule = Schedule.step(3, 0.5);
    assertEquals(1, schedule.factor(2.999, 10));
    assertEquals(0.5, schedule.factor(3, 10));
    assertEquals(0.125, schedule.factor(9.5, 10));
  }

  @Test
  void exponentialFallsAlongTheWay() {
    assertEquals(0.81, Schedule.exponential(0.9).factor(2, 10), EXACT);
    assertEquals(Math.sqrt(0.9), Schedule.exponential(0.9).factor(0.5, 10), EXACT);
  }

  @Test
  void cosineWarmsUpAndFalls() {
    Schedule schedule = Schedule.cosine(2, 0.1);
    assertEquals(0, schedule.factor(0, 10));
    assertEquals(0.5, schedule.factor(1, 10), EXACT);
    assertEquals(1, schedule.factor(2, 10), EXACT);
    assertEquals(0.55, schedule.factor(6, 10), EXACT);
    assertEquals(0.1, schedule.factor(10, 10), EXACT);
    assertEquals(1, Schedule.cosine(0, 0).factor(0, 10), EXACT);
    assertEquals(0.3, Schedule.cosine(12, 0).factor(3.6, 10), EXACT);
  }

  /// PyTorch's OneCycleLR (2.13) for 10 steps: up to the peak at step 0.3 * 10 - 1 = 2, then down to
  /// step 9, each along half a cosine; from max / 25 to max to max / 25e4.
  @Test
  void oneCycleIsPyTorchs() {
    double[] expected = {
      0.04,
      0.52,
      1,
      0.950484632013474,
      0.811745653949763,
      0.611262021936289,
      0.388741978063711,
      0.188258346050237,
      0.049519367986526,
      0.000004,
    };
    Schedule schedule = Schedule.oneCycle();
    for (int step = 0; step < expected.length; step++) {
      assertEquals(
          expected[step], schedule.factor(step / 5, step % 5, 5, 2), EXACT, "step " + step);
    }
  }

  @Test
  void oneCycleTakesOtherEndsAndAnyNumberOfSteps() {
    Schedule schedule = Schedule.oneCycle(0.5, 10, 2);
    assertEquals(0.1, schedule.factor(0, 0, 8, 1), EXACT);
    assertEquals(1, schedule.factor(0, 3, 8, 1), EXACT);
    assertEquals(0.05, schedule.factor(0, 7, 8, 1), EXACT);
    // A single step is the last one; without a way up the first one is at the peak.
    assertEquals(0.05, schedule.factor(0, 0, 1, 1), EXACT);
    assertTrue(Schedule.oneCycle(0, 10, 2).factor(0, 0, 1000, 1) > 0.99);
    // PyTorch's numbers where the peak is between two steps.
    double[] between = {
      0.04,
      0.9944154354509117,
      0.8665264698111694,
      0.6112620219362893,
      0.31733221849885124,
      0.08688426531955129,
      0.000004,
    };
    for (int step = 0; step < between.length; step++) {
      double factor = Schedule.oneCycle(0.25, 25, 1e4).factor(step, 0, 1, between.length);
      assertEquals(between[step], factor, EXACT, "step " + step);
    }
    // The end's share of the step goes to nothing: the same as of the epochs.
    assertEquals(
        Schedule.oneCycle().factor(1.5, 5),
        Schedule.oneCycle().factor(1, 500_000, 1_000_000, 5),
        1e-5);
    for (int steps = 1; steps < 40; steps++) {
      for (int step = 0; step < steps; step++) {
        double factor = Schedule.oneCycle().factor(0, step, steps, 1);
        assertTrue(factor > 0 && factor <= 1, step + " of " + steps + ": " + factor);
      }
    }
  }

  @Test
  void settingsOutOfRangeAreRefused() {
    assertThrows(IllegalArgumentException.class, () -> Schedule.oneCycle(1, 25, 100));
    assertThrows(IllegalArgumentException.class, () -> Schedule.oneCycle(-0.1, 25, 100));
    assertThrows(IllegalArgumentException.class, () -> Schedule.oneCycle(0.3, 0.5, 100));
    assertThrows(IllegalArgumentException.class, () -> Schedule.oneCycle(0.3, 25, Double.NaN));
    assertThrows(IllegalArgumentException.class, () -> Schedule.step(0, 0.5));
    assertThrows(IllegalArgumentException.class, () -> Schedule.step(1, 0));
    assertThrows(IllegalArgumentException.class, () -> Schedule.exponential(Double.NaN));
    assertThrows(IllegalArgumentException.class, () -> Schedule.cosine(-1, 0));
    assertThrows(IllegalArgumentException.class, () -> Schedule.cosine(0, 2));
  }
}
