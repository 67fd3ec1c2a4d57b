package dev.descent.internal.cpu;

import dev.descent.internal.cpu.kernel.Kernels;
import dev.descent.internal.cpu.kernel.Processor;
import dev.descent.internal.cpu.plain.PlainMatMul;
import dev.descent.internal.cpu.plain.PlainMath;
import dev.descent.internal.cpu.vector.VectorConstants;
import dev.descent.internal.cpu.vector.VectorMatMul;
import dev.descent.internal.cpu.vector.VectorMath;
import org.jspecify.annotations.Nullable;

/// The choice of the kernels: the fastest that work in this virtual machine.
public final class KernelChoice {
  static final String VECTOR_MODULE = "jdk.incubator.vector";

  private static final int LEAST_BITS = 128;

  private KernelChoice() {}

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

  private static boolean vectorModuleReadable() {
    return ModuleLayer.boot()
        .findModule(VECTOR_MODULE)
        .filter(KernelChoice.class.getModule()::canRead)
        .isPresent();
  }

  /// Apart from the rest, so that the classes of the module are touched only where it is readable.
  private static final class VectorKernels {
    private VectorKernels() {}

    static int bits() {
      return VectorConstants.LANES * Float.SIZE;
    }

    static Kernels create() {
      return new Kernels(new VectorMatMul(), new VectorMath(), bits() + "-bit vectors", null);
    }
  }
}
