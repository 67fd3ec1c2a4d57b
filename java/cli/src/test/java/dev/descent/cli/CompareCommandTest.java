package dev.descent.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.descent.cli.compare.Comparison;
import dev.descent.cli.compare.Crossover;
import dev.descent.cli.compare.CurveCheck;
import dev.descent.cli.compare.Turns;
import dev.descent.cli.option.Converters;
import dev.descent.cli.shell.ExitStatus;
import dev.descent.internal.format.Json;
import dev.descent.report.Measurement;
import dev.descent.train.EpochRecord;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

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
  void aLossThatIsNoNumberIsToldOfEach() {
    List<String> words = new ArrayList<>(List.of(SMALL));
    words.addAll(List.of("reference,cpu", "--loss", "mse", "--optimizer", "sgd", "--lr", "1e30"));
    Shell shell = Shell.run(words.toArray(String[]::new));
    assertEquals(ExitStatus.FAILED, shell.status(), shell::toString);
    List<String> errors = shell.err().lines().toList();
    assertEquals(2, errors.size(), shell::toString);
    assertTrue(errors.get(0).startsWith("descent: reference: the loss became "), shell::toString);
    assertTrue(errors.get(1).startsWith("descent: cpu: the loss became "), shell::toString);
  }

  /// Two batch sizes and two models: four tables, a record of each result, and one page.
  @Test
  void aSweepTriesEachSetting(@TempDir Path folder) throws Exception {
    Path log = folder.resolve("log");
    Path page = folder.resolve("page.html");
    Shell shell =
        Shell.run(
            "compare",
            "digits",
            "--limit",
            "100",
            "--epochs",
            "2",
            "--batch",
            "10,50",
            "--hidden",
            "none/7,5",
            "--backends",
            "reference,nosuch,cpu",
            "--log",
            log.toString(),
            "--report",
            page.toString());
    assertEquals(ExitStatus.BACKEND_UNAVAILABLE, shell.status(), shell::toString);
    assertTrue(shell.out().contains("\nnosuch can't run here: no backend nosuch"), shell::toString);
    assertEquals(1, shell.err().lines().count(), shell::toString);
    assertEquals(4, shell.lines().stream().filter(l -> l.startsWith("backend ")).count());
    assertEquals(
        8, shell.lines().stream().filter(l -> l.matches("\\w+ +#+ [\\d,]+ samples/s")).count());
    for (String sweep : List.of("hidden none: ", "hidden 7,5: ", "batch 10: ", "batch 50: ")) {
      assertEquals(
          1,
          shell.lines().stream().filter(l -> l.startsWith(sweep) && l.contains("fastest")).count(),
          shell::toString);
    }
    List<Json.Members> records =
        Files.readAllLines(log).stream()
            .map(line -> (Json.Members) Json.parse(line, "the log"))
            .toList();
    assertEquals(16, count(records, "epoch"));
    assertEquals(8, count(records, "result"));
    assertEquals(1, count(records, "lacking"));
    assertEquals(4 + 4, count(records, "remark"));
    assertEquals(new Json.Whole(3), records.getLast().get("exit"));
    for (Json.Members result : records) {
      if (Json.of("result").equals(result.get("event"))) {
        double batch = ((Json.Whole) result.get("batch")).value();
        double seconds = ((Json.Real) result.get("secondsPerEpoch")).value();
        assertEquals(
            seconds / (100 / batch), ((Json.Real) result.get("secondsPerStep")).value(), 1e-12);
        assertEquals(
            100 / seconds, ((Json.Real) result.get("samplesPerSecond")).value(), 1e-6 / seconds);
      }
    }
    String html = Files.readString(page);
    for (String heading : List.of("Batch 10, hidden none", "Batch 50, hidden 7,5")) {
      assertTrue(html.contains("<h2>" + heading + "</h2>"), heading);
    }
    assertTrue(html.contains("<h2>All settings</h2>"), html);
    assertTrue(html.contains("batch 10, 50, 2 epochs"), html);
    assertTrue(html.contains("nosuch could not run: no backend nosuch"), html);
  }

  private static long count(List<Json.Members> records, String event) {
    return records.stream().filter(r -> Json.of(event).equals(r.get("event"))).count();
  }

  @Test
  void severalValuesAreForComparingOnly() {
    for (String[] flag : new String[][] {{"--batch", "8,16"}, {"--hidden", "8/16"}}) {
      for (String command : List.of("train", "summary", "explain")) {
        Shell shell = Shell.run(command, "digits", flag[0], flag[1]);
        assertEquals(ExitStatus.USAGE, shell.status(), shell::toString);
        assertTrue(shell.err().contains("for `descent compare` only"), shell::toString);
      }
    }
    assertEquals(
        ExitStatus.USAGE,
        Shell.run("compare", "digits", "--backends", "cpu", "--batch", "8,").status());
    assertEquals(
        ExitStatus.USAGE,
        Shell.run("compare", "digits", "--backends", "cpu", "--hidden", "8//9").status());
  }

  @Test
  void theFasterDeviceChangesHands() {
    Map<Comparison.Setting, List<Measurement>> measured = new LinkedHashMap<>();
    var hidden = new Converters.Widths(List.of(8));
    measured.put(new Comparison.Setting(32, hidden), List.of(took("a", 1), took("b", 2)));
    measured.put(new Comparison.Setting(64, hidden), List.of(took("a", 2), took("b", 1)));
    measured.put(new Comparison.Setting(128, hidden), List.of(took("a", 3), took("b", 1)));
    assertEquals(
        List.of("hidden 8: a is the fastest at batch 32, b from batch 64 on"),
        Crossover.of(measured));
    measured.remove(new Comparison.Setting(32, hidden));
    assertEquals(List.of("hidden 8: b is the fastest throughout"), Crossover.of(measured));
  }

  /// The first epoch does not count; of an even number the median is between the middle ones.
  @Test
  void warmUpIsLeftOut() {
    List<EpochRecord> epochs = new ArrayList<>();
    for (double seconds : new double[] {100, 4, 1, 2, 3}) {
      epochs.add(new EpochRecord(epochs.size() + 1, 1, 0.5, 1, 0.75, seconds, 1, 1, 1));
    }
    var measurement = new Measurement("a", "device", 3, 10, epochs, 1, 1);
    assertEquals(2.5, measurement.medianSeconds());
    assertEquals(1, measurement.seconds()[0]);
    assertEquals(4, measurement.samplesPerSecond());
    assertEquals(2.5 / 4, measurement.secondsPerStep());
    assertEquals(0.75, measurement.accuracy());
  }

  private static Measurement took(String name, double seconds) {
    return new Measurement(
        name, "device", 1, 1, List.of(new EpochRecord(1, 1, 1, 1, 1, seconds, 1, 1, 1)), 0, 0);
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
