package dev.descent.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.descent.DataException;
import dev.descent.cli.shell.ExitStatus;
import dev.descent.train.Checkpoint;
import dev.descent.train.History;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// `kill -9` at random moments of runs with `--checkpoint`, some of them while a file is being
/// written: no file is broken, no more is lost than the interval, what goes on from the file ends
/// with the bytes of a run that was never killed, and the last run leaves no temporary file.
///
/// `ci/kill-check N SEED` sets the number of kills and the seed.
final class KillTest {
  /// The status of a process that SIGKILL ended.
  private static final int KILLED = 128 + 9;

  private static final int KILLS = Integer.getInteger("descent.kills", 4);
  private static final int MOST_IN_A_ROW = 5;
  private static final int EPOCHS = 6;
  private static final int SAMPLES = 400;
  private static final Pattern EPOCH = Pattern.compile("Epoch (\\d+)/");
  private static final Pattern STEP = Pattern.compile("\\r *(\\d+)/");

  @TempDir private Path folder;

  private final long seed = Long.getLong("descent.seed", new Random().nextLong());
  private final Random random = new Random(seed);

  @Test
  void aKilledRunLosesNoMoreThanTheInterval() throws Exception {
    int lost = 0;
    int restarts = 0;
    for (int kills = 0; kills < KILLS; ) {
      var run = new Run(folder.resolve("run" + kills));
      int most = Math.min(1 + random.nextInt(MOST_IN_A_ROW), KILLS - kills);
      for (int i = 0; i < most; i++) {
        lost = Math.max(lost, run.kill());
        restarts++;
      }
      kills += most;
      run.finish();
    }
    System.out.println(
        "seed %d: %d runs killed, at most %d steps lost, all resumed with the same bytes"
            .formatted(seed, restarts, lost));
  }

  private static void pause() {
    LockSupport.parkNanos(200_000);
  }

  /// A training that is killed again and again.
  private final class Run {
    private final Path place;
    private final Path checkpoint;
    private final Path model;
    private final List<String> command;
    private final int steps;
    private final int interval;
    private int done;

    Run(Path place) throws IOException {
      this.place = Files.createDirectory(place);
      checkpoint = place.resolve("run.safetensors");
      model = place.resolve("model.safetensors");
      int batch = 8 + random.nextInt(30);
      steps = Math.ceilDiv(SAMPLES, batch);
      boolean epochs = random.nextInt(3) == 0;
      interval = epochs ? steps : 1 + random.nextInt(2 * steps);
      command =
          List.of(
              "train",
              "digits",
              "--backend",
              "cpu",
              "--threads",
              "2",
              "--limit",
              Integer.toString(SAMPLES),
              "--hidden",
              "24,16",
              "--epochs",
              Integer.toString(EPOCHS),
              "--batch",
              Integer.toString(batch),
              "--optimizer",
              random.nextBoolean() ? "adam" : "sgd",
              "--dropout",
              random.nextBoolean() ? "0" : "0.3",
              "--schedule",
              random.nextBoolean() ? "constant" : "cosine:1",
              "--seed",
              Integer.toString(random.nextInt(1000)),
              "--checkpoint",
              checkpoint.toString(),
              "--every",
              epochs ? "1epoch" : interval + "steps");
    }

    private List<String> next() {
      List<String> words = new ArrayList<>(command);
      if (Files.exists(checkpoint)) {
        words.addAll(List.of("--resume", checkpoint.toString()));
      }
      words.addAll(List.of("--save", model.toString()));
      return words;
    }

    /// Starts it, kills it and looks at what it left.
    ///
    /// @return the steps that are lost
    int kill() throws Exception {
      int from = done;
      int until = from + random.nextInt(Math.max(1, EPOCHS * steps - from));
      boolean amidWrite = random.nextBoolean();
      Path said = place.resolve("said");
      Process process = start(said);
      while (process.isAlive() && position(said) < until) {
        pause();
      }
      for (int i = random.nextInt(30); !amidWrite && i > 0; i--) {
        pause();
      }
      while (amidWrite && process.isAlive() && temporaryFiles() == 0) {
        pause();
      }
      int status = process.destroyForcibly().waitFor();
      int reached = Math.max(from, position(said));
      String what = "seed %d: %s\n%s".formatted(seed, next(), Files.readString(said));
      assertTrue(status == KILLED || status == ExitStatus.DONE, "status " + status + ", " + what);
      int saved = 0;
      try {
        History.Stop at = Checkpoint.load(checkpoint).place();
        saved = at.epochs() * steps + at.step();
      } catch (DataException e) {
        assertTrue(Files.notExists(checkpoint), () -> e.getMessage() + "\n" + what);
      }
      int lost = reached - saved;
      assertTrue(saved >= from && lost <= interval, lost + " lost, " + what);
      done = saved;
      return Math.max(0, lost);
    }

    /// Runs to the end, and compares with a run that was never killed.
    void finish() throws Exception {
      boolean ended = Files.exists(model) && done == EPOCHS * steps;
      if (!ended) {
        Shell rest = Shell.run(next().toArray(String[]::new));
        assertEquals(ExitStatus.DONE, rest.status(), () -> "seed " + seed + ": " + rest);
      }
      Path whole = place.resolve("whole.safetensors");
      List<String> once = new ArrayList<>(command.subList(0, command.size() - 4));
      once.addAll(List.of("--save", whole.toString()));
      Shell shell = Shell.run(once.toArray(String[]::new));
      assertEquals(ExitStatus.DONE, shell.status(), shell::toString);
      assertArrayEquals(
          Files.readAllBytes(whole), Files.readAllBytes(model), () -> "seed " + seed + command);
      assertEquals(0, temporaryFiles(), () -> "seed " + seed + command);
    }

    private Process start(Path said) throws IOException {
      List<String> words =
          new ArrayList<>(
              List.of(
                  Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                  "-Xmx200m",
                  "-XX:TieredStopAtLevel=1",
                  "-cp",
                  System.getProperty("java.class.path"),
                  KilledRun.class.getName()));
      words.addAll(next());
      Files.writeString(said, "");
      return new ProcessBuilder(words)
          .redirectErrorStream(true)
          .redirectOutput(said.toFile())
          .start();
    }

    /// The steps that it said it has done, from the first of all.
    private int position(Path said) throws IOException {
      String text = Files.readString(said, StandardCharsets.ISO_8859_1);
      int epoch = 0;
      int begun = 0;
      for (Matcher matcher = EPOCH.matcher(text); matcher.find(); begun = matcher.end()) {
        epoch = Integer.parseInt(matcher.group(1));
      }
      int step = 0;
      // What the last line is cut off in may be a number cut off.
      String whole = text.substring(begun, Math.max(begun, text.lastIndexOf('\r')));
      for (Matcher matcher = STEP.matcher(whole); matcher.find(); ) {
        step = Integer.parseInt(matcher.group(1));
      }
      return Math.max(0, epoch - 1) * steps + step;
    }

    private long temporaryFiles() throws IOException {
      try (Stream<Path> files = Files.list(place)) {
        return files.filter(f -> f.getFileName().toString().startsWith(".descent-")).count();
      } catch (NoSuchFileException _) {
        return 0;
      }
    }
  }
}
