package dev.descent.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.ToLongFunction;
import java.util.stream.Stream;

/// What this process holds at one moment of a soak. For Linux.
///
/// @param cycles how much had been done by then
/// @param heap bytes in use after garbage collections
/// @param resident bytes of memory
/// @param folderFiles files in the folder that is written to
record SoakReading(
    long cycles, long heap, long resident, long threads, long openFiles, long folderFiles) {
  /// How many readings a soak makes.
  static final int COUNT = 6;

  /// The heap after a collection differs by some ten kilobytes from one moment to the next; one
  /// object forgotten in each cycle takes more than the bytes a cycle.
  private static final long HEAP_GROWTH = 128L << 10;

  private static final long HEAP_GROWTH_A_CYCLE = 128;

  /// Compiled code and the allocator's arenas make up some tens of megabytes.
  private static final long RESIDENT_GROWTH = 64L << 20;

  /// The share of the time after which a reading is due: the first after a third, the last at the
  /// end.
  static double due(int reading) {
    return 1 / 3.0 + 2 / 3.0 * reading / (COUNT - 1);
  }

  /// Reads, after two collections: the second collects what the first one's cleaners have released.
  ///
  /// @throws IOException if what the system tells of this process can't be read
  static SoakReading of(long cycles, Path folder) throws IOException {
    System.gc();
    System.gc();
    Runtime runtime = Runtime.getRuntime();
    try (Stream<String> status = Files.lines(Path.of("/proc/self/status"))) {
      long kibibytes =
          status
              .filter(line -> line.startsWith("VmRSS:"))
              .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
              .sum();
      return new SoakReading(
          cycles,
          runtime.totalMemory() - runtime.freeMemory(),
          kibibytes << 10,
          count(Path.of("/proc/self/task")),
          count(Path.of("/proc/self/fd")),
          count(folder));
    }
  }

  private static long count(Path folder) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.count();
    }
  }

  /// What grew from the first reading to the last; of memory, which goes up and down, what the
  /// later readings have at least beyond what the earlier ones had at most.
  ///
  /// @param readings [#COUNT]
  static List<String> growth(List<SoakReading> readings) {
    SoakReading first = readings.getFirst();
    SoakReading last = readings.getLast();
    long between = readings.get(COUNT / 2).cycles - readings.get(COUNT / 2 - 1).cycles;
    long heapGrowth = HEAP_GROWTH + HEAP_GROWTH_A_CYCLE * between;
    return Stream.of(
            growth("heap after GC", readings, SoakReading::heap, heapGrowth),
            growth("resident memory", readings, SoakReading::resident, RESIDENT_GROWTH),
            growth("threads", last.threads, first.threads, 0),
            growth("open files", last.openFiles, first.openFiles, 0),
            growth("files in the folder", last.folderFiles, first.folderFiles, 0))
        .flatMap(List::stream)
        .toList();
  }

  private static List<String> growth(
      String what, List<SoakReading> readings, ToLongFunction<SoakReading> memory, long allowed) {
    long earlier = readings.stream().limit(COUNT / 2).mapToLong(memory).max().orElse(0);
    long later = readings.stream().skip(COUNT / 2).mapToLong(memory).min().orElse(0);
    return growth(what, later, earlier, allowed);
  }

  private static List<String> growth(String what, long now, long then, long allowed) {
    return now - then <= allowed ? List.of() : List.of(what + " grew from " + then + " to " + now);
  }
}
