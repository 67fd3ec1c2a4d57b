package dev.descent.internal.cpu.ceiling;

import dev.descent.internal.cpu.KernelChoice;
import dev.descent.internal.cpu.kernel.Processor;
import dev.descent.internal.cpu.vector.VectorChains;

/// What this machine can do at best, measured: what benchmarks hold their figures against.
public final class Ceiling {
  /// Much more than second-level caches hold, for source and target each.
  private static final int COPIED_BYTES = 64 << 20;

  /// Bytes that are copied between two looks at the clock.
  private static final int COPIED_AT_ONCE = 1 << 18;

  /// The compiler needs up to a second for a loop, on a busy machine more; until then a loop of
  /// vectors runs at a thousandth of its speed, which must never be taken for a ceiling.
  private static final double COMPILED_AFTER = 1;

  /// A copy is compiled from the start; the memory must have been touched.
  private static final double PAGED_AFTER = 0.1;

  private Ceiling() {}

  /// Fused multiply-adds in float32 with nothing but registers, two operations each.
  ///
  /// @param threads that work at the same time, at least 1
  /// @param seconds how long to measure
  /// @return operations a second of all threads together; NaN where the Vector API is not to be had
  ///     (`--add-modules jdk.incubator.vector`) or the processor has no such instruction
  public static double multiplyAdds(int threads, double seconds) {
    if (!KernelChoice.vectorModuleReadable() || !Processor.hasFusedMultiplyAdd()) {
      return Double.NaN;
    }
    return Throughput.best(threads, seconds, COMPILED_AFTER, worker -> VectorChains.unit());
  }

  /// Copies within the memory, of arrays too large for second-level caches.
  ///
  /// @param threads that work at the same time, at least 1
  /// @param seconds how long to measure
  /// @return bytes read and bytes written a second, of all threads together
  public static double copies(int threads, double seconds) {
    byte[] source = new byte[COPIED_BYTES];
    byte[] target = new byte[COPIED_BYTES];
    int part = COPIED_BYTES / threads;
    int length = Math.min(part, COPIED_AT_ONCE);
    int[] done = new int[threads];
    return Throughput.best(
        threads,
        seconds,
        PAGED_AFTER,
        worker -> {
          int offset = worker * part + done[worker];
          System.arraycopy(source, offset, target, offset, length);
          done[worker] = done[worker] + 2 * length > part ? 0 : done[worker] + length;
          return 2.0 * length;
        });
  }
}
