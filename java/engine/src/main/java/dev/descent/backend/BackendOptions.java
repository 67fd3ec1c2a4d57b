package dev.descent.backend;

/// How to open a backend.
///
/// @param device which of the backend's devices, from 0
/// @param threads how many threads a CPU backend uses; 0 lets it choose. Other backends ignore it.
/// @param precision of the operands of matrix products
/// @param matMul whose code computes matrix products
public record BackendOptions(int device, int threads, Precision precision, MatMulLibrary matMul) {
  /// The first device, as many threads as the backend thinks best, and float32 by its own kernels.
  public static final BackendOptions DEFAULT = new BackendOptions(0, 0);

  /// More threads than this are refused: no machine has them, so it is a slip.
  public static final int MAX_THREADS = 1024;

  /// In float32, by the backend's own kernels.
  ///
  /// @param device the number of the device, from 0
  /// @param threads for backends that run on the CPU; 0 lets the backend choose
  public BackendOptions(int device, int threads) {
    this(device, threads, Precision.FP32);
  }

  /// By the backend's own kernels.
  ///
  /// @param device the number of the device, from 0
  /// @param threads for backends that run on the CPU; 0 lets the backend choose
  /// @param precision what matrix products multiply
  public BackendOptions(int device, int threads, Precision precision) {
    this(device, threads, precision, MatMulLibrary.OWN);
  }

  /// Checks the numbers.
  ///
  /// @throws IllegalArgumentException naming the number that is out of its range
  public BackendOptions {
    if (device < 0) {
      throw new IllegalArgumentException("device " + device + " is negative");
    }
    if (threads < 0 || threads > MAX_THREADS) {
      throw new IllegalArgumentException(
          "threads " + threads + " is not in 0 (automatic) to " + MAX_THREADS);
    }
  }

  /// {@return the same but for the device}
  ///
  /// @param number of the device, from 0
  public BackendOptions withDevice(int number) {
    return new BackendOptions(number, threads, precision, matMul);
  }
}
