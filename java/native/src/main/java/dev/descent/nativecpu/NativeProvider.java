package dev.descent.nativecpu;

import dev.descent.BackendUnavailableException;
import dev.descent.backend.Backend;
import dev.descent.backend.BackendOptions;
import dev.descent.backend.BackendProvider;
import dev.descent.backend.DeviceReport;
import dev.descent.backend.Precision;
import dev.descent.internal.cpu.CpuBackend;
import dev.descent.internal.cpu.KernelChoice;
import dev.descent.internal.cpu.kernel.Elementwise;
import dev.descent.internal.cpu.kernel.Kernels;
import dev.descent.internal.cpu.kernel.MatMulKernel;
import dev.descent.internal.device.FoundDevices;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/// Provides the CPU backend with kernels in C++ in the place of those in Java.
public final class NativeProvider implements BackendProvider {
  static final String NAME = "native";

  /// Above the same in Java, below a GPU.
  private static final int PREFERENCE = 15;

  /// Called by [java.util.ServiceLoader].
  public NativeProvider() {}

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public int preference() {
    return PREFERENCE;
  }

  @Override
  public Set<Precision> precisions() {
    NativeLibrary library = Natives.get().library();
    return library != null && library.hasBf16()
        ? EnumSet.of(Precision.FP32, Precision.BF16)
        : EnumSet.of(Precision.FP32);
  }

  @Override
  public String whyNot(Precision precision) {
    Natives natives = Natives.get();
    if (precision != Precision.BF16 || precisions().contains(precision)) {
      return "";
    }
    return natives.library() == null
        ? natives.reason()
        : "the processor or the system lacks AVX512_BF16";
  }

  @Override
  public List<DeviceReport> devices() {
    Natives natives = Natives.get();
    NativeLibrary library = natives.library();
    if (library == null) {
      return List.of(new DeviceReport(NAME, false, natives.reason()));
    }
    String device = CpuBackend.describe(kernels(library, best(library), Precision.FP32));
    String bf16 = library.hasBf16() ? ", bf16 products with --precision bf16" : "";
    return List.of(new DeviceReport(NAME, true, device + bf16));
  }

  @Override
  public Backend open(BackendOptions options) {
    FoundDevices.requireFirst(NAME, options.device());
    Natives natives = Natives.get();
    NativeLibrary library = natives.library();
    if (library == null) {
      throw new BackendUnavailableException("native: " + natives.reason());
    }
    Kernels kernels = kernels(library, best(library), options.precision());
    return new CpuBackend(NAME, kernels, options.threads());
  }

  private static InstructionSet best(NativeLibrary library) {
    return InstructionSet.best(library.features()).orElseThrow();
  }

  /// @param precision that the library has
  static Kernels kernels(NativeLibrary library, InstructionSet set, Precision precision) {
    Elementwise math = new NativeMath(library, set, KernelChoice.best().math());
    boolean bf16 = precision == Precision.BF16;
    MatMulKernel matMul =
        bf16 ? new Bf16MatMul(library, math) : new FloatMatMul(library, set, math);
    String detail = "%d-bit vectors in C++%s".formatted(set.bits(), bf16 ? ", bf16 products" : "");
    return new Kernels(matMul, math, detail, null);
  }
}
