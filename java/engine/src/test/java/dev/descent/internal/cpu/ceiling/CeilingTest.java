package dev.descent.internal.cpu.ceiling;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.Test;

class CeilingTest {
  private static final double SECONDS = 0.01;

  /// Each measurement has a thread of its own.
  private final Set<Thread> threads = ConcurrentHashMap.newKeySet();

  /// Loading a class can deoptimize compiled code.
  @Test
  void theCompilerIsWaitedForOnceAndAgainAfterADeoptimization() {
    double first = measure();
    assertNear(first, measure());
    assertEquals(2, threads.size());
    assertNear(first, measure());
    assertEquals(4, threads.size());
  }

  /// The third finds slow code.
  private double measure() {
    return Ceiling.rate(
        CeilingTest.class,
        1,
        SECONDS,
        () -> {
          threads.add(Thread.currentThread());
          return threads.size() == 3 ? 1e-6 : 1;
        });
  }

  private static void assertNear(double expected, double actual) {
    assertTrue(
        actual > expected / 100 && actual < expected * 100, actual + " is far from " + expected);
  }
}
