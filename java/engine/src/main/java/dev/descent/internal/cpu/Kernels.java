package dev.descent.internal.cpu;

import org.jspecify.annotations.Nullable;

/// The implementations that a backend computes with.
///
/// @param matMul the matrix product
/// @param math element-by-element work
/// @param detail what they are, for the first line of every run
/// @param reason why these are not the fastest, and what to do; null where they are
public record Kernels(
    MatMulKernel matMul, Elementwise math, String detail, @Nullable String reason) {
  static final String VECTOR_MODULE = "jdk.incubator.vector";

  private static final int LEAST_BITS = 128;

  /// The fastest that work here: each check that fails is told with the way to mend it.
  public static Kernels best() {
    if (!vectorModuleReadable()) {
      return plain("start java with --add-modules " + VECTOR_MODULE + " for the fast kernels");
    }
    if (!Processor.hasFusedMultiplyAdd()) {
      return plain("the processor has no fused multiply-add");
    }
    int bits = VectorKernels.bits();
    return bits < LEAST_BITS
        ? plain("the Java runtime offers vectors of " + bits + " bits only")
        : VectorKernels.create();
  }

  static Kernels plain(@Nullable String reason) {
    return new Kernels(new PlainMatMul(), new PlainMath(), "plain loops", reason);
  }

  /// `2 threads, 512-bit vectors`, or what keeps vectors from being used.
  String describe(int threads) {
    return "%d thread%s, %s%s"
        .formatted(
            threads, threads == 1 ? "" : "s", detail, reason == null ? "" : " (" + reason + ")");
  }

  static boolean vectorModuleReadable() {
    return ModuleLayer.boot()
        .findModule(VECTOR_MODULE)
        .filter(Kernels.class.getModule()::canRead)
        .isPresent();
  }

  /// Apart from the rest, so that the classes of the module are touched only where it is readable.
  private static final class VectorKernels {
    private VectorKernels() {}

    static int bits() {
      return VectorTiles.LANES * Float.SIZE;
    }

    static Kernels create() {
      return new Kernels(new VectorMatMul(), new VectorMath(), bits() + "-bit vectors", null);
    }
  }
}
