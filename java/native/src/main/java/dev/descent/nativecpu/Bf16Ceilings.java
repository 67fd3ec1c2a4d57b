package dev.descent.nativecpu;

import dev.descent.internal.cpu.ceiling.Ceiling;
import java.lang.foreign.MemorySegment;
import java.util.LinkedHashMap;
import java.util.Map;

/// Not for users: what the instructions of products in bfloat16 do at best, measured for
/// benchmarks.
public final class Bf16Ceilings {
  private Bf16Ceilings() {}

  /// Measures each instruction that this machine has.
  ///
  /// @param threads that work at the same time, at least 1
  /// @param seconds how long to measure each
  /// @return operations a second of all threads together, two for a multiply-add, by instruction;
  ///     NaN for those that can't be used here
  public static Map<String, Double> measure(int threads, double seconds) {
    NativeLibrary library = Natives.get().library();
    Map<String, Double> ceilings = new LinkedHashMap<>();
    ceilings.put(
        "vdpbf16ps",
        library != null && library.hasBf16()
            ? rate(threads, seconds, library.function(Bf16MatMul.PEAK))
            : Double.NaN);
    ceilings.put(
        "tdpbf16ps",
        library != null && TileSupport.asked(library, "").tiles() == Tiles.AMX
            ? rate(threads, seconds, library.function(Tiles.AMX.function("peak")))
            : Double.NaN);
    return ceilings;
  }

  private static double rate(int threads, double seconds, MemorySegment peak) {
    return Ceiling.rate(Calls.class, threads, seconds, () -> Calls.peak(peak));
  }
}
