package dev.descent.cuda;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The compiled kernels, which lie in the jar beside this class: a fat binary for each file of
/// kernels. A build without NVIDIA's compiler has none.
final class KernelImages {
  static final String ELEMENTWISE = "elementwise";
  static final String GATHER = "gather";
  static final String AUGMENT = "augment";
  static final String ROWS = "rows";
  static final String COLUMNS = "columns";
  static final String LOSSES = "losses";
  static final String UPDATES = "updates";
  static final String MATMUL = "matmul";
  static final String HEAD = "head";
  static final String MATMUL_BF16 = "matmul_bf16";
  static final String MATMUL_TF32 = "matmul_tf32";

  /// Of compute capability 9.0 alone, whose name it has for the build.
  static final String MATMUL_WGMMA = "matmul_wgmma.sm_90a";

  static final String PERSISTENT = "persistent";
  static final String CEILINGS = "ceilings";
  static final String IMAGES = "images";
  static final String NORMALISATION = "normalisation";

  /// All of them.
  static final List<String> FAMILIES =
      List.of(
          ELEMENTWISE,
          GATHER,
          AUGMENT,
          ROWS,
          COLUMNS,
          LOSSES,
          HEAD,
          UPDATES,
          MATMUL,
          MATMUL_BF16,
          MATMUL_TF32,
          MATMUL_WGMMA,
          PERSISTENT,
          CEILINGS,
          IMAGES,
          NORMALISATION);

  private KernelImages() {}

  /// What to say where this build has no kernels; an empty text where it has.
  static String missing() {
    return KernelImages.class.getResource(MATMUL + ".fatbin") != null
        ? ""
        : "this build has no CUDA kernels: it was made without nvcc or with CUDA_KERNELS=OFF; build"
            + " it where nvcc 12 or later is installed";
  }

  /// Machine code for the devices known when it was built, and a form for newer ones that the
  /// driver compiles.
  static byte[] fatBinary(String family) {
    byte[] image = read(family + ".fatbin");
    if (image == null) {
      throw new IllegalStateException("the jar lacks the kernels " + family + ".fatbin");
    }
    return image;
  }

  /// A text for drivers that are older than the compiler which made the fat binary, or null: what
  /// was written for tensor cores and asynchronous copies, where the device has them and the
  /// kernels use them.
  ///
  /// @param capability the device's compute capability times 10
  static byte @Nullable [] text(String family, int capability) {
    byte[] text =
        capability >= Device.TENSOR_CORES_CAPABILITY
            ? read(family + "." + Device.TENSOR_CORES_CAPABILITY + ".ptx")
            : null;
    return text != null ? text : read(family + ".ptx");
  }

  private static byte @Nullable [] read(String file) {
    try (InputStream in = KernelImages.class.getResourceAsStream(file)) {
      return in == null ? null : in.readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException("can't read the kernels " + file, e);
    }
  }
}
