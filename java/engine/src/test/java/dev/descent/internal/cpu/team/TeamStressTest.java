package dev.descent.internal.cpu.team;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// Random steps on teams with more workers than cores, several teams at once, compared with the
/// same steps run by one thread. Memory is plain: a unit that is left out, run twice or run too
/// early, and a value that is not visible, all change the numbers.
@Timeout(120)
class TeamStressTest {
  private static final int TEAMS = 3;
  private static final int ROUNDS = 12;
  private static final int MOST_WORKERS = 24;
  private static final int MOST_STAGES = 5;
  private static final int MOST_UNITS = 60;
  private static final int RUNS = 3;
  private static final int REPETITIONS = 3;

  /// A stage adds to each of its units what it reads of the stage before.
  private record Stage(long[] in, long[] out, int step, WorkQueue queue) {
    void run(int worker) {
      queue.begin(worker);
      for (int unit = queue.next(worker); unit >= 0; unit = queue.next(worker)) {
        run(unit, in, out);
      }
    }

    void run(int unit, long[] from, long[] to) {
      to[unit] =
          31 * to[unit] + from[unit * step % from.length] + from[(unit + step) % from.length];
    }
  }

  @Test
  void moreWorkersThanCores() throws Exception {
    stress(new Random().nextLong());
  }

  /// A team that was made for all cores spins at its barriers; here its workers share one.
  @Test
  void allWorkersOnOneCore() throws Exception {
    String cores = allowedCores();
    long seed = new Random().nextLong();
    Random random = new Random(seed);
    try (var team = new WorkerTeam(Runtime.getRuntime().availableProcessors())) {
      assumeTrue(pin(cores.replaceFirst("\\D.*", "")), "needs taskset (Debian: util-linux)");
      for (int i = 0; i < ROUNDS; i++) {
        sameAsOneThread(random, team);
        failureOfOneWorker(random, team);
      }
      stress(seed);
    } catch (AssertionError e) {
      throw new AssertionError("seed " + seed + ": " + e, e);
    } finally {
      pin(cores);
    }
  }

  private static String allowedCores() throws IOException {
    Path status = Path.of("/proc/self/status");
    assumeTrue(Files.isReadable(status), "needs Linux");
    return Files.readAllLines(status).stream()
        .filter(line -> line.startsWith("Cpus_allowed_list:"))
        .map(line -> line.replaceFirst("\\D*", ""))
        .findAny()
        .orElseThrow();
  }

  /// Has all threads of this process run on these cores alone; false where there is no taskset.
  private static boolean pin(String cores) throws InterruptedException {
    String process = Long.toString(ProcessHandle.current().pid());
    try {
      return new ProcessBuilder("taskset", "-a", "-c", "-p", cores, process)
              .redirectErrorStream(true)
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .start()
              .waitFor()
          == 0;
    } catch (IOException _) {
      return false;
    }
  }

  private static void stress(long seed) throws InterruptedException {
    try (ExecutorService callers = Executors.newFixedThreadPool(TEAMS)) {
      List<Future<?>> teams =
          IntStream.range(0, TEAMS)
              .<Future<?>>mapToObj(i -> callers.submit(() -> rounds(new Random(seed + i))))
              .toList();
      for (Future<?> team : teams) {
        team.get();
      }
    } catch (ExecutionException e) {
      throw new AssertionError("seed " + seed + ": " + e.getCause(), e.getCause());
    }
  }

  private static void rounds(Random random) {
    for (int i = 0; i < ROUNDS; i++) {
      int workers = random.nextInt(1, MOST_WORKERS + 1);
      try (var team = new WorkerTeam(workers)) {
        sameAsOneThread(random, team);
        failureOfOneWorker(random, team);
        sameAsOneThread(random, team);
      }
    }
  }

  private static void sameAsOneThread(Random random, WorkerTeam team) {
    int count = random.nextInt(2, MOST_STAGES + 1);
    long[][] values = new long[count][];
    for (int i = 0; i < count; i++) {
      values[i] = random.longs(random.nextInt(1, MOST_UNITS)).toArray();
    }
    long[][] expected =
        IntStream.range(0, count).mapToObj(i -> values[i].clone()).toArray(long[][]::new);
    List<Stage> stages =
        IntStream.range(0, count)
            .mapToObj(i ->
                new Stage(
                    values[(i + count - 1) % count],
                    values[i],
                    random.nextInt(1, MOST_UNITS),
                    new WorkQueue(values[i].length, team.workers())))
            .toList();
    for (int run = 0; run < RUNS; run++) {
      team.run(worker -> {
        for (int i = 0; i < REPETITIONS; i++) {
          for (Stage stage : stages) {
            stage.run(worker);
            team.barrier();
          }
        }
      });
      for (int i = 0; i < REPETITIONS * count; i++) {
        for (int unit = 0; unit < expected[i % count].length; unit++) {
          long[] from = expected[(i + count - 1) % count];
          stages.get(i % count).run(unit, from, expected[i % count]);
        }
      }
      for (int i = 0; i < count; i++) {
        assertArrayEquals(expected[i], values[i], "stage " + i + " of run " + run);
      }
    }
  }

  private static void failureOfOneWorker(Random random, WorkerTeam team) {
    int failing = random.nextInt(team.workers());
    int round = random.nextInt(4);
    assertThrows(
        ArithmeticException.class,
        () ->
            team.run(worker -> {
              for (int i = 0; i < 4; i++) {
                if (worker == failing && i == round) {
                  throw new ArithmeticException("on purpose");
                }
                team.barrier();
              }
            }));
  }
}
