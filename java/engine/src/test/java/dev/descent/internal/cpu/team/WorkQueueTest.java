package dev.descent.internal.cpu.team;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.descent.testing.Inputs;
import java.util.concurrent.atomic.AtomicIntegerArray;
import org.junit.jupiter.api.Test;

/// Work that several workers claim.
class WorkQueueTest {
  private final Inputs random = Inputs.fresh();

  @Test
  void everyUnitIsClaimedOnceInEveryRun() {
    for (int i = 0; i < 60; i++) {
      int units = random.nextInt(0, 70);
      int workers = random.nextInt(1, 6);
      var claims = new WorkQueue(units, workers);
      try (var team = new WorkerTeam(workers)) {
        for (int run = 0; run < 20; run++) {
          var claimed = new AtomicIntegerArray(units + 1);
          team.run(worker -> {
            claims.begin(worker);
            for (int unit = claims.next(worker); unit >= 0; unit = claims.next(worker)) {
              claimed.incrementAndGet(unit);
            }
          });
          for (int unit = 0; unit < units; unit++) {
            assertEquals(1, claimed.get(unit), "unit " + unit + " of " + units + " " + random);
          }
        }
      }
    }
  }

  @Test
  void aWorkerBeginsWithItsOwnShareAndThenTakesWhatIsLeft() {
    var claims = new WorkQueue(7, 2);
    claims.begin(0);
    claims.begin(1);
    assertEquals(3, claims.next(1));
    for (int unit : new int[] {0, 1, 2, 4, 5, 6, -1, -1}) {
      assertEquals(unit, claims.next(0));
    }
    assertEquals(-1, claims.next(1));
  }
}
