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
import java.util.Locale;
import java.util.Objects;
import java.util.Set;

/// Provides the CPU backend with kernels in C++ in the place of those in Java.
public final class NativeProvider implements BackendProvider {
  static final String NAME = "native";

  /// Above the same in Java, below a GPU.
  private static final int PREFERENCE = 15;

  private final String setting;

  /// Called by [java.util.ServiceLoader].
  public NativeProvider() {
    this(Objects.requireNonNullElse(System.getenv(TileSupport.VARIABLE), ""));
  }

  /// @param setting of [TileSupport#VARIABLE]
  NativeProvider(String setting) {
    this.setting = setting;
  }

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
    EnumSet<Precision> all = EnumSet.of(Precision.FP32);
    if (library != null) {
      boolean tiles = TileSupport.known(library, setting).tiles() != null;
      if (tiles || library.hasBf16()) {
        all.add(Precision.BF16);
      }
      if (tiles) {
        all.add(Precision.BF16X6);
      }
    }
    return all;
  }

  @Override
  public String whyNot(Precision precision) {
    Natives natives = Natives.get();
    NativeLibrary library = natives.library();
    if (precisions().contains(precision)) {
      return "";
    }
    if (library == null) {
      return natives.reason();
    }
    return switch (precision) {
      case BF16 -> "the processor or the system lacks AVX512_BF16";
      case BF16X6 -> TileSupport.known(library, setting).reason();
      default -> "";
    };
  }

  @Override
  public List<DeviceReport> devices() {
    Natives natives = Natives.get();
    NativeLibrary library = natives.library();
    if (library == null) {
      return List.of(new DeviceReport(NAME, false, natives.reason()));
    }
    String device = CpuBackend.describe(kernels(library, best(library), Precision.FP32));
    return List.of(new DeviceReport(NAME, true, device + products(library)));
  }

  /// What else than float32 there is, for the list of devices.
  private String products(NativeLibrary library) {
    TileSupport support = TileSupport.known(library, setting);
    Tiles tiles = support.tiles();
    if (tiles != null) {
      String why = support.reason().isEmpty() ? "" : " (" + support.reason() + ")";
      return ", bf16 and bf16x6 products by %s with --precision%s".formatted(tiles.words(), why);
    }
    // Only where there is a choice to be told of.
    String why = library.hasAmx() ? " (" + support.reason() + ")" : "";
    if (!library.hasBf16()) {
      return why;
    }
    return library.isIntel()
        ? ", bf16 products with --precision bf16, slower than float32" + why
        : ", bf16 products with --precision bf16" + why;
  }

  @Override
  public Backend open(BackendOptions options) {
    FoundDevices.requireFirst(NAME, options.device());
    Natives natives = Natives.get();
    NativeLibrary library = natives.library();
    if (library == null) {
      throw new BackendUnavailableException("native: " + natives.reason());
    }
    TileSupport support =
        options.precision() == Precision.FP32
            ? new TileSupport(null, "")
            : TileSupport.asked(library, setting);
    if (support.tiles() == null
        && (options.precision() == Precision.BF16X6
            || (options.precision() == Precision.BF16 && !library.hasBf16()))) {
      throw new BackendUnavailableException("native: " + support.reason());
    }
    Kernels kernels = kernels(library, best(library), options.precision(), support);
    return new CpuBackend(NAME, kernels, options.threads());
  }

  private static InstructionSet best(NativeLibrary library) {
    return InstructionSet.best(library.features()).orElseThrow();
  }

  static Kernels kernels(NativeLibrary library, InstructionSet set, Precision precision) {
    return kernels(library, set, precision, new TileSupport(null, ""));
  }

  /// @param precision that the library has
  /// @param support tiles where the precision takes them
  static Kernels kernels(
      NativeLibrary library, InstructionSet set, Precision precision, TileSupport support) {
    Kernels java = KernelChoice.best();
    Elementwise math = new NativeMath(library, set, java.math());
    String vectors = set.bits() + "-bit vectors in C++";
    String others = others(java);
    if (precision == Precision.FP32) {
      return new Kernels(FloatMatMul.fastest(library, set, math), math, vectors + others, null);
    }
    Tiles tiles = support.tiles();
    String products =
        "%s, %s products".formatted(vectors, precision.name().toLowerCase(Locale.ROOT));
    if (tiles != null) {
      String note = support.reason().isEmpty() ? "" : " (" + support.reason() + ")";
      MatMulKernel matMul = new TileMatMul(library, tiles, precision, math);
      return new Kernels(matMul, math, products + " by " + tiles.words() + note + others, null);
    }
    String note = library.isIntel() ? " (slower than float32 here: " + support.reason() + ")" : "";
    return new Kernels(new Bf16MatMul(library, math), math, products + note + others, null);
  }

  /// What is said where all that is not written in C++ is slow.
  ///
  /// @param java the kernels that do it
  static String others(Kernels java) {
    return java.reason() == null
        ? ""
        : "; plain loops for all but dense layers with ReLU and Adam (%s)".formatted(java.reason());
  }
}
