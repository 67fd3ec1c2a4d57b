package dev.descent.cuda;

import static org.junit.jupiter.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.abort;

import dev.descent.BackendUnavailableException;
import dev.descent.backend.Backend;
import dev.descent.backend.BackendOptions;

/// The two ways in which cuBLAS is called, whichever of them a user would get.
enum CublasWay {
  JCUBLAS,
  FOREIGN;

  /// The backend whose products go this way. Where that can't be, tests are skipped with the
  /// reason, or fail where all components are promised.
  Backend open(BackendOptions options) {
    Device device = TestDevice.get();
    return new CudaBackend(device, Tuning.of(device, options.precision()), binding());
  }

  private CublasBinding binding() {
    if (this == JCUBLAS) {
      JCublasBinding.Loaded loaded = JCublasBinding.load();
      // A machine with a GPU may have another version; the simulator's build makes this one too.
      return loaded.binding() != null
          ? loaded.binding()
          : System.getenv("DESCENT_CUDA_SIMULATOR") == null
              ? abort(loaded.missing())
              : refuse(loaded.missing());
    }
    try {
      return CublasLibrary.get();
    } catch (BackendUnavailableException e) {
      return refuse(String.valueOf(e.getMessage()));
    }
  }

  private static CublasBinding refuse(String reason) {
    if ("true".equals(System.getenv("CI"))) {
      return fail(reason);
    }
    return abort(reason);
  }

  /// What the simulator's stand-in is called.
  String library() {
    return this == JCUBLAS ? "libcublas.so.12" : "libcublas.so.13";
  }

  String binds() {
    return this == JCUBLAS ? "JCublas 12.6.0" : "java.lang.foreign";
  }
}
