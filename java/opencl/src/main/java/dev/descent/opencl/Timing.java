package dev.descent.opencl;

/// How long a command took on the device.
///
/// @param command what it does, as explanations say it
/// @param seconds the mean of its runs
/// @param flops floating-point operations of a run, 0 where nobody counts them
/// @param bytes what a run reads and writes at least
record Timing(String command, double seconds, long flops, long bytes) {
  /// One line: microseconds, GFLOP/s where they are counted, GB/s.
  @Override
  public String toString() {
    String rate = flops == 0 ? "" : "%8.1f GFLOP/s".formatted(flops / seconds * 1e-9);
    return "%10.1f us %16s %8.1f GB/s  %s"
        .formatted(seconds * 1e6, rate, bytes / seconds * 1e-9, command);
  }
}
