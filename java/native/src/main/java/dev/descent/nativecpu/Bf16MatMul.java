package dev.descent.nativecpu;

import static dev.descent.nativecpu.Calls.ARRAY;

import dev.descent.internal.cpu.kernel.Elementwise;
import dev.descent.internal.cpu.kernel.PrefetchTargets;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/// The product of operands that are rounded to bfloat16, with sums in float32.
final class Bf16MatMul extends FormMatMul {
  /// [Calls#PRODUCT], and scratch memory.
  private static final MethodHandle MULTIPLY_BF16 =
      Calls.handle(Calls.PRODUCT.appendArgumentLayouts(ARRAY));

  private static final String SET = "avx512bf16";

  static final String FUNCTION = "descent_cpu_" + SET + "_multiply";
  static final String PEAK = "descent_cpu_" + SET + "_peak";

  /// A panel is converted for each call, which takes as long as multiplying it with a few rows.
  private static final int GROUP_ROWS = 128;

  private final MemorySegment function;

  /// What a call converts operands into that are not kept: each thread has its own.
  private final ThreadLocal<float[]> scratch;

  Bf16MatMul(NativeLibrary library, Elementwise math) {
    super(library, PEAK, math, FormCalls.of(library, SET, 1));
    this.function = library.function(FUNCTION);
    int floats = library.scratchFloats();
    this.scratch = ThreadLocal.withInitial(() -> new float[floats]);
  }

  @Override
  public String describe() {
    return "AVX-512 in bf16, tile 6 x 64";
  }

  @Override
  public int groupRows(int usual) {
    return Math.max(usual, GROUP_ROWS);
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
    float[] own = scratch.get();
    try {
      MULTIPLY_BF16.invokeExact(
          function,
          columns,
          rows,
          count,
          Segments.of(a),
          a0,
          rowStride,
          kStride,
          Segments.of(b),
          b0,
          ldb,
          Segments.of(c),
          c0,
          ldc,
          add ? 1 : 0,
          partners.parameters(),
          partners.first(),
          partners.last(),
          partners0,
          Segments.of(own));
    } catch (Throwable e) {
      throw Calls.impossible(e);
    }
  }
}
