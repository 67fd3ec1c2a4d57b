package dev.descent.internal.cpu;

import jdk.incubator.vector.FloatVector;

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
    if (!Kernels.vectorModuleReadable() || !Processor.hasFusedMultiplyAdd()) {
      return Double.NaN;
    }
    return Throughput.best(threads, seconds, COMPILED_AFTER, worker -> MultiplyAdds.unit());
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

  /// Apart from the rest, so that the classes of the module are touched only where it is readable.
  private static final class MultiplyAdds {
    private static final int ROUNDS = 1000;

    /// As many chains as hide the latency: 4 cycles, 2 instructions a cycle, and some to spare.
    private static final int CHAINS = 12;

    private MultiplyAdds() {}

    static double unit() {
      // Reading the result keeps the loop; it can't be negative.
      return chains() < 0 ? 0 : 2.0 * CHAINS * ROUNDS * VectorTiles.LANES;
    }

    /// Each chain runs `v = 1 * 0.001 + v`. The chain is what is added to: as a factor, the compiler
    /// would copy the addend for each operation. And a round is written out four times, as the compiler
    /// would unroll a shorter loop so that operations that wait for each other stand side by side, at
    /// half of the speed.
    private static float chains() {
      FloatVector x = FloatVector.broadcast(VectorTiles.SPECIES, 1f);
      FloatVector y = FloatVector.broadcast(VectorTiles.SPECIES, 0.001f);
      FloatVector a = x;
      FloatVector b = x;
      FloatVector c = x;
      FloatVector d = x;
      FloatVector e = x;
      FloatVector f = x;
      FloatVector g = x;
      FloatVector h = x;
      FloatVector i = x;
      FloatVector j = x;
      FloatVector k = x;
      FloatVector l = x;
      for (int n = 0; n < ROUNDS; n += 4) {
        a = x.fma(y, a);
        b = x.fma(y, b);
        c = x.fma(y, c);
        d = x.fma(y, d);
        e = x.fma(y, e);
        f = x.fma(y, f);
        g = x.fma(y, g);
        h = x.fma(y, h);
        i = x.fma(y, i);
        j = x.fma(y, j);
        k = x.fma(y, k);
        l = x.fma(y, l);
        a = x.fma(y, a);
        b = x.fma(y, b);
        c = x.fma(y, c);
        d = x.fma(y, d);
        e = x.fma(y, e);
        f = x.fma(y, f);
        g = x.fma(y, g);
        h = x.fma(y, h);
        i = x.fma(y, i);
        j = x.fma(y, j);
        k = x.fma(y, k);
        l = x.fma(y, l);
        a = x.fma(y, a);
        b = x.fma(y, b);
        c = x.fma(y, c);
        d = x.fma(y, d);
        e = x.fma(y, e);
        f = x.fma(y, f);
        g = x.fma(y, g);
        h = x.fma(y, h);
        i = x.fma(y, i);
        j = x.fma(y, j);
        k = x.fma(y, k);
        l = x.fma(y, l);
        a = x.fma(y, a);
        b = x.fma(y, b);
        c = x.fma(y, c);
        d = x.fma(y, d);
        e = x.fma(y, e);
        f = x.fma(y, f);
        g = x.fma(y, g);
        h = x.fma(y, h);
        i = x.fma(y, i);
        j = x.fma(y, j);
        k = x.fma(y, k);
        l = x.fma(y, l);
      }
      FloatVector sum = a.add(b).add(c).add(d).add(e).add(f).add(g).add(h).add(i).add(j).add(k);
      return sum.add(l).lane(0);
    }
  }
}
