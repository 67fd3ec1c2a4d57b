package dev.descent.cuda;

/// A way in which cuBLAS is called. It is found once in a JVM and stays loaded.
sealed interface CublasBinding permits CublasLibrary, JCublasBinding {
  /// The library's name, with its folder where that is known: `libcublas.so.12`.
  String file();

  /// What stands between: `JCublas 12.6.0`.
  String name();

  /// A handle that is not created yet.
  Handle handle();

  /// The seven functions that products need, on one handle. Each returns a `cublasStatus_t`.
  interface Handle {
    /// `cublasCreate_v2`
    int create();

    /// `cublasDestroy_v2`, where it was created; frees what the handle has of the host's memory.
    int destroy();

    /// `cublasGetVersion_v2`
    ///
    /// @param version Modified: the first is set.
    int getVersion(int[] version);

    /// `cublasSetStream_v2`
    int setStream(StreamPointer stream);

    /// `cublasSetWorkspace_v2`
    ///
    /// @param address on the device
    int setWorkspace(long address, long bytes);

    /// `cublasSetMathMode`
    int setMathMode(int mode);

    /// `cublasSgemm_v2` with factors 1 and 0: c = op(a) op(b), all by columns and on the device.
    ///
    /// @param transposeA whether op(a) is a transposed
    /// @param m rows of c
    /// @param n columns of c
    /// @param lda the leading dimension of a
    int sgemm(
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
        int ldc);
  }
}
