package dev.descent.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.descent.train.EpochRecord;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;

class CompareCommandTest {
  private static final String[] SMALL = {
    "compare", "digits", "--limit", "200", "--hidden", "8", "--epochs", "3", "--backends"
  };

  private static Shell compare(String backends) {
    List<String> words = new ArrayList<>(List.of(SMALL));
    words.add(backends);
    return Shell.run(words.toArray(String[]::new));
  }

  @Test
  void backendsAreComparedInOneTable() {
    Shell shell = compare("reference,cpu");
    assertEquals(ExitStatus.DONE, shell.status(), shell::toString);
    assertTrue(shell.out().contains("samples/s"), shell::toString);
    assertTrue(shell.out().matches("(?s).*\nreference .* 1.00x\ncpu .*"), shell::toString);
    assertTrue(shell.out().contains("learning curves of reference and cpu agree"), shell::toString);
  }

  @Test
  void whatIsMissingIsToldAndTheOthersRun() {
    Shell shell = compare("nosuch,cpu");
    assertEquals(ExitStatus.BACKEND_UNAVAILABLE, shell.status(), shell::toString);
    assertTrue(shell.err().startsWith("descent: nosuch: no backend nosuch"), shell::toString);
    assertTrue(shell.out().contains("\ncpu "), shell::toString);
  }

  @Test
  void noBackendAtAll() {
    Shell shell = compare("nosuch");
    assertEquals(ExitStatus.BACKEND_UNAVAILABLE, shell.status(), shell::toString);
    assertFalse(shell.out().contains("samples/s"), shell::toString);
  }

  @Test
  void namesAreChecked() {
    assertEquals(ExitStatus.USAGE, compare("cpu,").status());
    assertEquals(ExitStatus.USAGE, compare("cpu,cpu").status());
    assertEquals(ExitStatus.USAGE, Shell.run("compare", "digits").status());
  }

  @Test
  void turnsGoRoundUntilOneLeaves() throws InterruptedException {
    var turns = new Turns<>(List.of("a", "b"));
    List<String> order = Collections.synchronizedList(new ArrayList<>());
    List<Thread> threads = new ArrayList<>();
    for (String name : List.of("b", "a")) {
      int rounds = name.equals("a") ? 2 : 4;
      threads.add(
          Thread.ofPlatform()
              .start(() -> {
                for (int i = 0; i < rounds; i++) {
                  turns.await(name);
                  order.add(name);
                  turns.pass(name);
                }
                turns.leave(name);
              }));
    }
    for (Thread thread : threads) {
      thread.join();
    }
    assertEquals("ababbb", String.join("", order));
  }

  @Test
  void curvesAgreeWithinTheBoundsOnly() {
    List<EpochRecord> curve = List.of(epoch(1, 0.5, 0.9), epoch(2, 0.01, 0.95));
    assertTrue(CurveCheck.of(curve, curve).agrees());
    assertTrue(CurveCheck.of(curve, List.of(epoch(1, 0.52, 0.89), epoch(2, 0.014, 0.96))).agrees());
    assertFalse(CurveCheck.of(curve, List.of(epoch(1, 0.53, 0.9))).agrees());
    assertFalse(CurveCheck.of(curve, List.of(epoch(1, 0.5, 0.87))).agrees());
    assertFalse(CurveCheck.of(curve, List.of(epoch(1, Double.NaN, 0.9))).agrees());
    assertTrue(
        CurveCheck.of(List.of(epoch(1, 1, Double.NaN)), List.of(epoch(1, 1, Double.NaN))).agrees());
    assertEquals(0.04, CurveCheck.of(curve, List.of(epoch(1, 0.52, 0.9))).loss(), 1e-12);
  }

  private static EpochRecord epoch(int epoch, double loss, double valAccuracy) {
    return new EpochRecord(epoch, loss, 0.5, 1, valAccuracy, 1, 1, 1, 1);
  }
}
