package dev.descent.backend;

/// Whose code computes matrix products.
public enum MatMulLibrary {
  /// The backend's own kernels. What every backend offers.
  OWN,
  /// NVIDIA's cuBLAS, which must be installed: a yardstick for kernels of one's own.
  CUBLAS
}
