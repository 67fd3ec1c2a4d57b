package dev.descent.internal.cpu.team;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class WorkerTeamTest {
  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 8, 33})
  void barriersKeepWorkersInStep(int workers) {
    int rounds = 300;
    var counts = new AtomicIntegerArray(rounds);
    try (var team = new WorkerTeam(workers)) {
      for (int run = 0; run < 3; run++) {
        team.run(worker -> {
          for (int round = 0; round < rounds; round++) {
            counts.incrementAndGet(round);
            team.barrier();
            if (counts.get(round) % workers != 0) {
              throw new IllegalArgumentException("round " + round + " passed too early");
            }
            team.barrier();
          }
        });
      }
    }
    for (int round = 0; round < rounds; round++) {
      assertEquals(3 * workers, counts.get(round));
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 8})
  void whatIsDoneAtABarrierIsDoneOnceBetweenBothSides(int workers) {
    int rounds = 300;
    var counts = new AtomicIntegerArray(rounds);
    var done = new AtomicIntegerArray(rounds);
    try (var team = new WorkerTeam(workers)) {
      team.run(worker -> {
        for (int round = 0; round < rounds; round++) {
          int now = round;
          counts.incrementAndGet(round);
          team.barrier(() -> done.addAndGet(now, counts.get(now) == workers ? 1 : 1000));
          if (done.get(round) != 1) {
            throw new IllegalArgumentException("round " + round + ": " + done.get(round));
          }
        }
      });
    }
  }

  @Test
  void aFailureAtABarrierStopsAll() {
    try (var team = new WorkerTeam(3)) {
      var failure = new ArithmeticException("on purpose");
      var thrown =
          assertThrows(
              ArithmeticException.class,
              () ->
                  team.run(worker ->
                      team.barrier(() -> {
                        throw failure;
                      })));
      assertSame(failure, thrown);
      team.run(worker -> team.barrier());
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2})
  void aFailureReachesTheCallerAndStopsTheOthers(int failing) {
    try (var team = new WorkerTeam(3)) {
      for (int round = 0; round < 50; round++) {
        var failure = new ArithmeticException("on purpose");
        var thrown =
            assertThrows(
                ArithmeticException.class,
                () ->
                    team.run(worker -> {
                      team.barrier();
                      if (worker == failing) {
                        throw failure;
                      }
                      team.barrier();
                      team.barrier();
                    }));
        assertSame(failure, thrown);
        var ran = new AtomicIntegerArray(3);
        team.run(worker -> {
          team.barrier();
          ran.incrementAndGet(worker);
        });
        assertEquals("[1, 1, 1]", ran.toString());
      }
    }
  }

  @Test
  void errorsAreHandedOnToo() {
    try (var team = new WorkerTeam(2)) {
      assertThrows(
          StackOverflowError.class,
          () ->
              team.run(worker -> {
                if (worker == 1) {
                  throw new StackOverflowError();
                }
                team.barrier();
              }));
    }
  }

  @Test
  void closingTwiceIsFineAndRunningAfterwardsIsRefused() {
    var team = new WorkerTeam(2);
    team.run(worker -> {});
    team.close();
    team.close();
    assertThrows(IllegalStateException.class, () -> team.run(worker -> {}));
  }

  @Test
  void aSecondCallerIsRefused() throws InterruptedException {
    var inside = new CountDownLatch(1);
    var leave = new CountDownLatch(1);
    try (var team = new WorkerTeam(1)) {
      var first =
          new Thread(() ->
              team.run(worker -> {
                inside.countDown();
                awaitUninterrupted(leave);
              }));
      first.start();
      inside.await();
      try {
        assertThrows(IllegalStateException.class, () -> team.run(worker -> {}));
      } finally {
        leave.countDown();
        first.join();
      }
    }
  }

  @Test
  void anInterruptedCallerFinishesAndStaysInterrupted() {
    try (var team = new WorkerTeam(2)) {
      Thread.currentThread().interrupt();
      var ran = new AtomicIntegerArray(2);
      team.run(worker -> {
        team.barrier();
        ran.incrementAndGet(worker);
      });
      assertEquals("[1, 1]", ran.toString());
      assertTrue(Thread.interrupted());
    }
  }

  @Test
  void idleWorkersParkAndEndWithTheTeam() throws InterruptedException {
    var worker = new AtomicReference<Thread>();
    try (var team = new WorkerTeam(2)) {
      team.run(w -> {
        if (w == 1) {
          worker.set(Thread.currentThread());
        }
      });
      assertTrue(worker.get().isDaemon());
      assertEquals("descent-cpu-1", worker.get().getName());
      while (worker.get().getState() != Thread.State.WAITING) {
        Thread.onSpinWait();
      }
    }
    worker.get().join();
  }

  private static void awaitUninterrupted(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }
}
