package dev.descent.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.descent.model.Model;
import dev.descent.train.Checkpoint;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Real signals to a command line in a JVM of its own.
final class SignalsTest {
  private static final Map<String, Integer> SIGNALS = Map.of("HUP", 1, "INT", 2, "TERM", 15);

  private final List<Process> started = new ArrayList<>();
  @TempDir private Path folder;

  /// A signal that this virtual machine was started to ignore is ignored in what it starts too, and
  /// no program can change that for Java: as in the background of a shell.
  @BeforeAll
  static void requireSignals() throws IOException {
    Path status = Path.of("/proc/self/status");
    assumeTrue(Files.exists(status), "no /proc");
    long ignored =
        Files.readAllLines(status).stream()
            .filter(line -> line.startsWith("SigIgn:"))
            .mapToLong(line -> Long.parseUnsignedLong(line.substring(7).strip(), 16))
            .findFirst()
            .orElse(0);
    for (Map.Entry<String, Integer> signal : SIGNALS.entrySet()) {
      assumeTrue(
          (ignored >> (signal.getValue() - 1) & 1) == 0,
          () ->
              "SIG%s is ignored where these tests were started, as in the background of a shell"
                  .formatted(signal.getKey()));
    }
  }

  /// What is still running where a check failed would run for hours.
  @AfterEach
  void endAll() {
    started.forEach(Process::destroyForcibly);
  }

  @Test
  void eachSignalEndsTheRunWithItsStatusAndAStateToGoOnFrom() throws Exception {
    for (Map.Entry<String, Integer> signal : SIGNALS.entrySet()) {
      Path place = Files.createDirectory(folder.resolve(signal.getKey()));
      Process process = start(place, "");
      awaitEpochs(process, place, 1);
      kill(process, signal.getKey());
      assertEquals(128 + signal.getValue(), process.waitFor(), () -> said(place));
      assertTrue(Model.load(place.resolve("model")).inputs() > 0);
      assertTrue(Checkpoint.load(place.resolve("model.checkpoint")).epochs().size() > 0);
      String log = Files.readString(place.resolve("log"));
      assertTrue(log.lines().toList().getLast().contains("\"interrupted\""), log);
    }
  }

  /// As under nohup, and as a shell starts what runs in its background.
  @Test
  void whatWasIgnoredAtTheStartStaysIgnored() throws Exception {
    Process process = start(folder, "trap '' HUP INT; ");
    awaitEpochs(process, folder, 1);
    for (String name : List.of("HUP", "INT", "HUP", "INT")) {
      kill(process, name);
      awaitEpochs(process, folder, epochs(folder) + 20);
    }
    kill(process, "TERM");
    assertEquals(143, process.waitFor(), () -> said(folder));
  }

  private Process start(Path place, String before) throws IOException {
    List<String> words =
        List.of(
            "train",
            "digits",
            "--backend",
            "reference",
            "--limit",
            "40",
            "--hidden",
            "8",
            "--epochs",
            "1000000",
            "--log",
            place.resolve("log").toString(),
            "--save",
            place.resolve("model").toString());
    String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
    var shell =
        new ProcessBuilder(
            "sh",
            "-c",
            before + "exec \"$@\"",
            "sh",
            java,
            "-Xmx200m",
            "-XX:TieredStopAtLevel=1",
            "-cp",
            System.getProperty("java.class.path"),
            Main.class.getName());
    shell.command().addAll(words);
    shell.redirectErrorStream(true).redirectOutput(place.resolve("said").toFile());
    Process process = shell.start();
    started.add(process);
    return process;
  }

  private static void kill(Process process, String signal) throws Exception {
    var kill = new ProcessBuilder("kill", "-" + signal, Long.toString(process.pid())).start();
    assertEquals(0, kill.waitFor());
  }

  /// Waits until it has finished so many epochs, which its output tells.
  private static void awaitEpochs(Process process, Path place, long count) {
    while (epochs(place) < count) {
      assertTrue(process.isAlive(), () -> said(place));
      LockSupport.parkNanos(1_000_000);
    }
  }

  private static long epochs(Path place) {
    return said(place).lines().filter(line -> line.startsWith("Epoch ")).count();
  }

  private static String said(Path place) {
    try {
      return Files.readString(place.resolve("said"));
    } catch (IOException e) {
      return e.toString();
    }
  }
}
