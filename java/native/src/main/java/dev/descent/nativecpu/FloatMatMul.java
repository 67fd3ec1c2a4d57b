package dev.descent.nativecpu;

import dev.descent.internal.cpu.kernel.Elementwise;
import dev.descent.internal.cpu.kernel.PrefetchTargets;
import java.lang.foreign.MemorySegment;

/// The product in float32, with the bits of the kernels in Java.
final class FloatMatMul extends NativeMatMul {
  private final InstructionSet set;
  private final MemorySegment function;

  FloatMatMul(NativeLibrary library, InstructionSet set, Elementwise math) {
    super(library.function(set.function("peak")), math);
    this.set = set;
    this.function = library.function(set.function("multiply"));
  }

  @Override
  public String describe() {
    return set == InstructionSet.AVX512 ? "AVX-512, tile 6 x 64" : "AVX2, tile 6 x 16";
  }

  @Override
  public void multiplyPanel(
      int columns,
      int rows,
      int count,
      float[] a,
      int a0,
      int rowStride,
      int kStride,
      float[] b,
      int b0,
      int ldb,
      float[] c,
      int c0,
      int ldc,
      boolean add,
      PrefetchTargets partners,
      int partners0) {
    try {
      Calls.MULTIPLY.invokeExact(
          function,
          columns,
          rows,
          count,
          MemorySegment.ofArray(a),
          a0,
          rowStride,
          kStride,
          MemorySegment.ofArray(b),
          b0,
          ldb,
          MemorySegment.ofArray(c),
          c0,
          ldc,
          add ? 1 : 0,
          partners.parameters(),
          partners.first(),
          partners.last(),
          partners0);
    } catch (Throwable e) {
      throw Calls.impossible(e);
    }
  }
}
