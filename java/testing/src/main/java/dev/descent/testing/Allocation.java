package dev.descent.testing;

import java.io.IOException;
import java.lang.reflect.Method;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;

/// Measures the memory that a thread allocates on the heap, freed or not. By reflection, as the
/// engine does not require the module of this management interface.
public final class Allocation {
  private Allocation() {}

  /// What is measured.
  @FunctionalInterface
  public interface Work {
    /// Does the work once.
    ///
    /// @throws Exception if it fails, which fails the test
    void run() throws Exception;
  }

  /// {@return the bytes that a thread has allocated so far}
  ///
  /// @param thread that is measured
  public static long by(Thread thread) {
    try {
      Object threads =
          Class.forName("java.lang.management.ManagementFactory")
              .getMethod("getThreadMXBean")
              .invoke(null);
      Method allocated =
          Class.forName("com.sun.management.ThreadMXBean")
              .getMethod("getThreadAllocatedBytes", long.class);
      return (long) allocated.invoke(threads, thread.threadId());
    } catch (ReflectiveOperationException e) {
      throw new LinkageError("this Java does not count allocated bytes", e);
    }
  }

  /// Fails if this thread allocates more than `bytes` for the work.
  ///
  /// @param bytes the most that may be allocated
  /// @param what for the message
  /// @param work is run on the calling thread
  public static void assertAtMost(long bytes, String what, Work work) {
    long before = by(Thread.currentThread());
    try {
      work.run();
    } catch (Exception e) {
      throw new AssertionError(what, e);
    }
    long allocated = by(Thread.currentThread()) - before;
    if (allocated > bytes) {
      throw new AssertionError(
          String.format(Locale.ROOT, "%s: %,d bytes allocated, over %,d", what, allocated, bytes));
    }
  }

  /// Repeats work until it allocates next to nothing, as compiled code does, and fails if it comes to
  /// nothing. The message then says what is allocated and where.
  ///
  /// @param bytes what is next to nothing
  /// @param rounds how often the work is done at most
  /// @param workers how the names of threads begin that count too, beside the calling one; they run
  ///     already
  /// @param prepare is run before each round, and not counted
  /// @param work is run on the calling thread
  public static void assertSettles(
      long bytes, int rounds, String workers, Work prepare, Work work) {
    try {
      List<Thread> team = team(workers);
      long least = Long.MAX_VALUE;
      for (int round = 0; round < rounds && least >= bytes; round++) {
        prepare.run();
        long before = by(team);
        work.run();
        least = Math.min(least, by(team) - before);
      }
      if (least >= bytes) {
        throw new AssertionError(
            String.format(
                Locale.ROOT,
                "%,d bytes allocated after %,d rounds, not below %,d; %s",
                least,
                rounds,
                bytes,
                sites(rounds, prepare, work)));
      }
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }

  /// The calling thread, and those that have names that begin so.
  private static List<Thread> team(String workers) {
    return Thread.getAllStackTraces().keySet().stream()
        .filter(thread -> thread == Thread.currentThread() || thread.getName().startsWith(workers))
        .toList();
  }

  private static long by(List<Thread> team) {
    long sum = 0;
    for (Thread thread : team) {
      sum += by(thread);
    }
    return sum;
  }

  /// Which objects the work allocates, and where: samples, the most frequent first.
  private static String sites(int rounds, Work prepare, Work work) throws Exception {
    Path file = Files.createTempFile("allocation", ".jfr");
    try (Recording recording = new Recording()) {
      recording.enable("jdk.ObjectAllocationInNewTLAB").withStackTrace();
      recording.enable("jdk.ObjectAllocationOutsideTLAB").withStackTrace();
      recording.start();
      for (int round = 0; round < rounds; round++) {
        prepare.run();
        work.run();
      }
      recording.stop();
      recording.dump(file);
      return read(file);
    } finally {
      Files.delete(file);
    }
  }

  private static String read(Path file) throws IOException {
    Map<String, Integer> sites = new HashMap<>();
    for (RecordedEvent event : RecordingFile.readAllEvents(file)) {
      if (event.getStackTrace() != null) {
        sites.merge(site(event), 1, Integer::sum);
      }
    }
    return sites.entrySet().stream()
        .sorted(Map.Entry.<String, Integer>comparingByValue().reversed())
        .limit(10)
        .map(site -> site.getValue() + " x " + site.getKey())
        .collect(Collectors.joining("\n", "sampled:\n", ""));
  }

  private static String site(RecordedEvent event) {
    return event.getStackTrace().getFrames().stream()
        .limit(8)
        .map(frame ->
            frame.getMethod().getType().getName()
                + "."
                + frame.getMethod().getName()
                + ":"
                + frame.getLineNumber())
        .collect(Collectors.joining(" < ", event.getClass("objectClass").getName() + " ", ""));
  }
}
