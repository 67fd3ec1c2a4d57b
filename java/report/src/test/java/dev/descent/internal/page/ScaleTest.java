package dev.descent.internal.page;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.descent.testing.Inputs;
import java.util.HashSet;
import java.util.List;
import org.junit.jupiter.api.Test;

class ScaleTest {
  @Test
  void ticksAreRoundNumbers() {
    assertEquals(List.of("0", "0.2", "0.4", "0.6", "0.8", "1"), labels(Scale.linear(0, 1), 5));
    assertEquals(List.of("−1", "0", "1", "2", "3"), labels(Scale.linear(-1.5, 3.2), 5));
    assertEquals(List.of("0", "20", "40", "60"), labels(Scale.linear(0, 60), 4));
    assertEquals(List.of("0.1", "0.2", "0.3"), labels(Scale.linear(0.1, 0.3), 2));
    assertEquals(List.of("1e7", "1.5e7", "2e7"), labels(Scale.linear(1e7, 2e7), 2));
  }

  @Test
  void logarithmicTicksAreDecades() {
    assertEquals(List.of("0.01", "0.1", "1", "10", "100"), labels(Scale.log(0.01, 100), 6));
    assertEquals(
        List.of("10⁻⁴", "0.01", "1", "100", "10000", "10⁶"), labels(Scale.log(1e-5, 5e6), 6));
    assertEquals(List.of("2", "3", "4", "5"), labels(Scale.log(1.5, 5.5), 5));
  }

  @Test
  void valuesLieWhereTheyBelong() {
    assertEquals(0.25, Scale.linear(-1, 3).at(0), 1e-15);
    assertEquals(0.5, Scale.log(1, 100).at(10), 1e-15);
    assertTrue(Double.isNaN(Scale.log(1, 100).at(0)));
    assertTrue(Double.isNaN(Scale.log(1, 100).at(-1)));
    assertTrue(Double.isNaN(Scale.linear(0, 1).at(Double.NaN)));
  }

  @Test
  void impossibleScalesAreRefused() {
    assertThrows(IllegalArgumentException.class, () -> Scale.linear(1, 1));
    assertThrows(IllegalArgumentException.class, () -> Scale.linear(2, 1));
    assertThrows(IllegalArgumentException.class, () -> Scale.linear(Double.NaN, 1));
    assertThrows(
        IllegalArgumentException.class, () -> Scale.linear(-Double.MAX_VALUE, Double.MAX_VALUE));
    assertThrows(IllegalArgumentException.class, () -> Scale.log(0, 1));
  }

  @Test
  void aScaleAroundValuesHoldsThem() {
    assertEquals(Scale.linear(0, 1), Scale.around());
    assertEquals(Scale.linear(0, 1), Scale.around(Double.NaN, Double.POSITIVE_INFINITY));
    assertEquals(Scale.linear(0.5, 3), Scale.around(0.6, Double.NaN, 2.9));
    double[] odd = {0, 1, -1, 1e-300, 1e300, -Double.MAX_VALUE, Double.MIN_VALUE, 1e15 + 1, 0.1};
    for (double a : odd) {
      for (double b : odd) {
        Scale scale = Scale.around(a, b);
        double at = scale.at(Math.max(a, -1e300));
        assertTrue(at >= -1e-9 && at <= 1 + 1e-9, a + " and " + b + ": " + scale);
        assertFalse(scale.ticks(5).isEmpty(), a + " and " + b + ": " + scale);
      }
    }
  }

  @Test
  void ticksAreFewDistinctAndWithinTheScale() {
    Inputs.check(
        5000,
        random -> {
          double low = (random.nextDouble() - 0.5) * Math.pow(10, random.nextInt(-12, 12));
          double range = Math.max(Math.abs(low) * 1e-9, Math.pow(10, random.nextInt(-12, 12)));
          double high = low + (1 + random.nextDouble()) * range;
          Scale scale = Scale.linear(low, high);
          List<Scale.Tick> ticks = scale.ticks(6);
          assertTrue(ticks.size() >= 2 && ticks.size() <= 8, "" + ticks);
          assertEquals(
              ticks.size(), new HashSet<>(ticks.stream().map(Scale.Tick::value).toList()).size());
          for (Scale.Tick tick : ticks) {
            double at = scale.at(tick.value());
            assertTrue(at > -1e-3 && at < 1 + 1e-3, "" + scale + " " + tick);
          }
        });
  }

  private static List<String> labels(Scale scale, int about) {
    return scale.ticks(about).stream().map(Scale.Tick::label).toList();
  }
}
