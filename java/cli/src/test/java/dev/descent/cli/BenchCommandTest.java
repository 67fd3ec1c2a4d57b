package dev.descent.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.descent.cli.shell.ExitStatus;
import dev.descent.internal.cpu.ceiling.Clock;
import dev.descent.internal.format.Json;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// `descent bench`, on tiny work: what it says and keeps, never how fast it is.
final class BenchCommandTest {
  @TempDir private Path folder;

  @Test
  void everyFigureIsPrintedAndLogged() throws Exception {
    Path log = folder.resolve("bench.log");
    Shell shell =
        Shell.run(
            "bench",
            "--backend",
            "cpu",
            "--threads",
            "2",
            "--batch",
            "1,3",
            "--square",
            "1,20",
            "--seconds",
            "0.001",
            "--log",
            log.toString());
    assertEquals(ExitStatus.DONE, shell.status(), shell::toString);
    assertEquals("", shell.err());
    assertTrue(
        shell.lines().get(1).startsWith("ceilings of 2 threads together: "), shell::toString);
    assertTrue(shell.out().contains("\n   3 x  784 x  512 forward "), shell::toString);
    assertTrue(shell.out().contains("\n  20 x   20 x   20 square dX "), shell::toString);
    assertTrue(shell.out().contains("\nbatch 3 "), shell::toString);

    List<Json.Members> records = records(log);
    List<String> events = records.stream().map(r -> text(r, "event")).toList();
    List<String> expected = new ArrayList<>(List.of("run", "ceilings"));
    // Eight products at each batch size, three of each square, and one of odd sizes.
    for (int i = 0; i < 2 * 8 + 2 * 3 + 1; i++) {
      expected.add("matmul");
    }
    expected.addAll(List.of("step", "step", "end"));
    assertEquals(expected, events);
    assertEquals("done", text(records.getLast(), "status"));
    for (Json.Members record : records.subList(2, records.size() - 1)) {
      double median = number(record, "seconds");
      assertTrue(number(record, "fastestSeconds") <= median, record::toString);
      assertTrue(number(record, "slowestSeconds") >= median, record::toString);
      assertTrue(number(record, "gflops") > 0, record::toString);
      assertTrue(number(record, "repeats") >= 3, record::toString);
      assertEquals(Clock.isKnown(), record.get("gigahertz") != Json.Null.NULL, record::toString);
    }
  }

  @Test
  void oneOfBothAndAnotherBackend() {
    Shell shell =
        Shell.run("bench", "step", "--backend", "reference", "--batch", "2", "--seconds", "0.001");
    assertEquals(ExitStatus.DONE, shell.status(), shell::toString);
    assertTrue(shell.lines().get(1).startsWith("ceilings of 1 thread: "), shell::toString);
    assertTrue(shell.out().contains("\nbatch 2 "), shell::toString);
    assertFalse(shell.out().contains("matmul"), shell::toString);
  }

  @Test
  void stepsOfOtherNetworks() throws Exception {
    Path log = folder.resolve("network.jsonl");
    String layers = "conv 2 3x3 relu, batchnorm, pool 4, flatten";
    Shell shell =
        Shell.run(
            "bench",
            "step",
            "--model",
            layers,
            "--backend",
            "cpu",
            "--batch",
            "2",
            "--seconds",
            "0.001",
            "--log",
            log.toString());
    assertEquals(ExitStatus.DONE, shell.status(), shell::toString);
    assertTrue(shell.out().contains("training step of " + layers), shell::toString);
    Json.Members step = records(log).get(2);
    // Forward and the weights' gradients of the first layer; all three of the second.
    double operations = 2 * 2.0 * (26 * 26 * 9 * 2 * 2 + 6 * 6 * 2 * 10 * 3);
    double expected = operations / number(step, "seconds") / 1e9;
    assertEquals(expected, number(step, "gflops"), 1e-6 * expected);
    assertEquals(ExitStatus.USAGE, Shell.run("bench", "matmul", "--model", "asl-cnn").status());
    Shell other = Shell.run("bench", "step", "--model", "5x5x1: relu", "--seconds", "0.001");
    assertEquals(ExitStatus.FAILED, other.status(), other::toString);
    assertTrue(other.err().contains("takes images of 5 x 5 x 1"), other::toString);
  }

  @Test
  void aFileThatIsNoLogIsKept() throws Exception {
    Path file = Files.writeString(folder.resolve("mine.txt"), "mine");
    Shell shell = Shell.run("bench", "matmul", "--log", file.toString());
    assertEquals(ExitStatus.FAILED, shell.status(), shell::toString);
    assertEquals(1, shell.err().lines().count(), shell::toString);
    assertEquals("mine", Files.readString(file));
  }

  @Test
  void onlyWhatHasChoicesIsTuned() {
    Shell shell = Shell.run("bench", "tune", "--backend", "cpu");
    assertEquals(ExitStatus.FAILED, shell.status(), shell::toString);
    assertEquals(
        "descent: backend cpu has nothing to tune; opencl has\n", shell.err(), shell::toString);
    assertEquals(ExitStatus.USAGE, Shell.run("bench", "step", "--out", "table").status());
    assertEquals(ExitStatus.USAGE, Shell.run("bench", "tune", "--log", "log").status());
  }

  @Test
  void profilesAreOnlyForBackendsThatHaveThem() {
    Shell shell = Shell.run("explain", "digits", "--limit", "20", "--profile", "--backend", "cpu");
    assertEquals(ExitStatus.FAILED, shell.status(), shell::toString);
    assertTrue(
        shell.err().contains("backend cpu can't tell its kernels' times apart"), shell::toString);
  }

  private static List<Json.Members> records(Path log) throws Exception {
    return Files.readAllLines(log).stream()
        .map(line -> assertInstanceOf(Json.Members.class, Json.parse(line, "the log")))
        .toList();
  }

  private static String text(Json.Members record, String name) {
    return assertInstanceOf(Json.Text.class, record.get(name)).value();
  }

  private static double number(Json.Members record, String name) {
    return switch (record.get(name)) {
      case Json.Real real -> real.value();
      case Json.Whole whole -> whole.value();
      case null, default -> throw new AssertionError(name + " is no number in " + record);
    };
  }
}
