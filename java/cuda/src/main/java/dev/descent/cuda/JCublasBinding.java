package dev.descent.cuda;

import dev.descent.BackendUnavailableException;
import jcuda.JCudaVersion;
import jcuda.Pointer;
import jcuda.jcublas.JCublas2;
import jcuda.jcublas.cublasHandle;
import jcuda.jcublas.cublasStatus;
import jcuda.runtime.cudaStream_t;
import org.jspecify.annotations.Nullable;

/// cuBLAS as JCublas calls it: version 12 alone, through one more native library. The program
/// brings JCublas and its natives, or does without; nothing else of this backend touches them.
final class JCublasBinding implements CublasBinding {
  /// The name that JCublas looks for.
  static final String LIBRARY = "libJCublas2-12.6.0-linux-x86_64.so";

  /// The version that this library is linked with.
  private static final int VERSION = 12;

  private static final Pointer ONE = Pointer.to(new float[] {1});
  private static final Pointer ZERO = Pointer.to(new float[] {0});

  private static @Nullable Loaded loaded;

  private final String file;

  private JCublasBinding(String file) {
    this.file = file;
  }

  /// @param binding null where it can't be used
  /// @param missing what stands in the way, or an empty text
  record Loaded(@Nullable JCublasBinding binding, String missing) {}

  /// Looks for it at the first call. To be called where the driver was found.
  static synchronized Loaded load() {
    if (loaded == null) {
      loaded = find();
    }
    return loaded;
  }

  private static Loaded find() {
    if (JCublasBinding.class.getResource("/jcuda/jcublas/JCublas2.class") == null) {
      return new Loaded(null, "JCublas is not among the jars");
    }
    try {
      // The system finds it for JCublas by its name, wherever it was loaded from.
      String file = CublasLibrary.get(VERSION).file();
      String missing = Natives.load(LIBRARY, () -> JCublas2.setExceptionsEnabled(false));
      return missing.isEmpty()
          ? new Loaded(new JCublasBinding(file), "")
          : new Loaded(null, missing);
    } catch (BackendUnavailableException _) {
      return new Loaded(null, "JCublas takes " + CublasLibrary.name(VERSION) + " alone");
    }
  }

  @Override
  public String file() {
    return file;
  }

  @Override
  public String name() {
    return "JCublas " + JCudaVersion.get();
  }

  @Override
  public Handle handle() {
    return new JCublasHandle();
  }

  private static final class JCublasHandle implements Handle {
    private final cublasHandle handle = new cublasHandle();
    private boolean created;

    @Override
    public int create() {
      int status = JCublas2.cublasCreate(handle);
      created = status == cublasStatus.CUBLAS_STATUS_SUCCESS;
      return status;
    }

    @Override
    public int destroy() {
      return created ? JCublas2.cublasDestroy(handle) : cublasStatus.CUBLAS_STATUS_SUCCESS;
    }

    @Override
    public int getVersion(int[] version) {
      return JCublas2.cublasGetVersion(handle, version);
    }

    @Override
    public int setStream(StreamPointer stream) {
      return JCublas2.cublasSetStream(handle, new cudaStream_t(stream));
    }

    @Override
    public int setWorkspace(long address, long bytes) {
      return JCublas2.cublasSetWorkspace(handle, new HostPointer(address), bytes);
    }

    @Override
    public int setMathMode(int mode) {
      return JCublas2.cublasSetMathMode(handle, mode);
    }

    @Override
    public int sgemm(
        boolean transposeA,
        boolean transposeB,
        int m,
        int n,
        int k,
        long a,
        int lda,
        long b,
        int ldb,
        long c,
        int ldc) {
      return JCublas2.cublasSgemm(
          handle,
          transposeA ? 1 : 0,
          transposeB ? 1 : 0,
          m,
          n,
          k,
          ONE,
          new HostPointer(a),
          lda,
          new HostPointer(b),
          ldb,
          ZERO,
          new HostPointer(c),
          ldc);
    }
  }
}
