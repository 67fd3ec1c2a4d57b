package dev.descent.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

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

  @Test
  void settingsOutOfRangeAreRefused() {
    assertThrows(IllegalArgumentException.class, () -> Schedule.step(0, 0.5));
    assertThrows(IllegalArgumentException.class, () -> Schedule.step(1, 0));
    assertThrows(IllegalArgumentException.class, () -> Schedule.exponential(Double.NaN));
    assertThrows(IllegalArgumentException.class, () -> Schedule.cosine(-1, 0));
    assertThrows(IllegalArgumentException.class, () -> Schedule.cosine(0, 2));
  }
}
