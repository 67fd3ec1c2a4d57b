package dev.descent.peers;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;

/// What the machine does beside the side that is measured, from Linux's `/proc`: the time that all
/// processors were busy, less that of our own processes. What a hypervisor gave to others counts
/// too.
final class OtherLoad {
  /// From here on readings are spoilt: libraries with OpenMP wait for the last of their threads.
  static final double MOST_CORES = 0.1;

  /// The unit of /proc on all of Linux's usual machines.
  private static final double TICKS_A_SECOND = 100;

  /// Counts of ticks may be off by one each: the machine's, the side's and ours.
  private static final int UNCERTAIN_TICKS = 3;

  private static final double NANO = 1e-9;

  private final List<Path> own;
  private final long busyBefore;
  private final long ownBefore;
  private final long start;

  private OtherLoad(List<Path> own) throws IOException {
    this.own = own;
    ownBefore = ownTicks();
    busyBefore = machineTicks();
    start = System.nanoTime();
  }

  /// Starts to look.
  ///
  /// @param side the process whose load is not other load, besides this one
  static OtherLoad watch(long side) {
    long driver = ProcessHandle.current().pid();
    try {
      return new OtherLoad(List.of(statOf(side), statOf(driver)));
    } catch (IOException e) {
      throw new UncheckedIOException("cannot tell what else the machine does", e);
    }
  }

  private static Path statOf(long process) {
    return Path.of("/proc", Long.toString(process), "stat");
  }

  /// The processors that others kept busy since the start, on average.
  double cores() {
    try {
      double seconds = (System.nanoTime() - start) * NANO;
      long busy = machineTicks() - busyBefore;
      return cores(busy, ownTicks() - ownBefore, seconds);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot tell what else the machine does", e);
    }
  }

  static double cores(long busyTicks, long ownTicks, double seconds) {
    return Math.max(0, busyTicks - ownTicks - UNCERTAIN_TICKS) / TICKS_A_SECOND / seconds;
  }

  private static long machineTicks() throws IOException {
    return busyTicks(Files.readAllLines(Path.of("/proc/stat")).getFirst());
  }

  private long ownTicks() throws IOException {
    long ticks = 0;
    for (Path stat : own) {
      ticks += processTicks(Files.readString(stat));
    }
    return ticks;
  }

  /// @param line the first of /proc/stat: `cpu user nice system idle iowait irq softirq steal ...`;
  ///     what follows is in the former
  static long busyTicks(String line) {
    long[] times = Arrays.stream(line.split(" +", -1)).skip(1).mapToLong(Long::parseLong).toArray();
    return times[0] + times[1] + times[2] + times[5] + times[6] + times[7];
  }

  /// @param stat /proc/PID/stat; the name, in parentheses, may hold anything, and the times in user
  ///     and system mode are the 12th and 13th word behind it
  static long processTicks(String stat) {
    String[] words = stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1);
    return Long.parseLong(words[11]) + Long.parseLong(words[12]);
  }
}
