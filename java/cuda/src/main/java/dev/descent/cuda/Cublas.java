package dev.descent.cuda;

import dev.descent.BackendUnavailableException;
import dev.descent.DeviceException;
import dev.descent.backend.Precision;
import dev.descent.program.ProductOperation.MatMul;
import java.util.Locale;
import java.util.Map;

/// cuBLAS in a session's context and stream. It works in memory that each program brings, so it
/// allocates nothing and can be recorded; with one stream and that memory it gives the same bits
/// each time, as its manual promises for a version on a device.
final class Cublas implements AutoCloseable {
  /// What it would allocate for itself on such devices; with less it may take slower ways.
  private static final long WORKSPACE_BYTES = 4 << 20;

  /// The same from compute capability 9.0 on.
  private static final long LARGE_WORKSPACE_BYTES = 32 << 20;

  private static final int LARGE_WORKSPACE_CAPABILITY = 90;

  /// `CUBLAS_DEFAULT_MATH`: float32 in, sums no less exact.
  private static final int DEFAULT_MATH = 0;

  /// `CUBLAS_TF32_TENSOR_OP_MATH`
  private static final int TF32_MATH = 3;

  private static final int SUCCESS = 0;

  /// `cublasStatus_t`
  private static final Map<Integer, String> STATUS =
      Map.of(
          1, "CUBLAS_STATUS_NOT_INITIALIZED",
          3, "CUBLAS_STATUS_ALLOC_FAILED",
          7, "CUBLAS_STATUS_INVALID_VALUE",
          8, "CUBLAS_STATUS_ARCH_MISMATCH",
          11, "CUBLAS_STATUS_MAPPING_ERROR",
          13, "CUBLAS_STATUS_EXECUTION_FAILED",
          14, "CUBLAS_STATUS_INTERNAL_ERROR",
          15, "CUBLAS_STATUS_NOT_SUPPORTED",
          16, "CUBLAS_STATUS_LICENSE_ERROR");

  private final CublasBinding binding;
  private final CublasBinding.Handle handle;
  private final Session session;
  private final Precision precision;
  private int version;

  private Cublas(CublasBinding binding, Session session, Precision precision) {
    this.binding = binding;
    this.handle = binding.handle();
    this.session = session;
    this.precision = precision;
  }

  /// Starts it in the context of this thread, which is the session's.
  ///
  /// @param precision float32 or TF32
  /// @throws BackendUnavailableException if it does not start
  static Cublas start(CublasBinding binding, Session session, Precision precision) {
    var cublas = new Cublas(binding, session, precision);
    boolean started = false;
    try {
      cublas.start();
      started = true;
      return cublas;
    } finally {
      if (!started) {
        cublas.close();
      }
    }
  }

  private void start() {
    requireStarted(handle.create());
    int[] found = new int[1];
    requireStarted(handle.getVersion(found));
    version = found[0];
    requireStarted(handle.setMathMode(precision == Precision.TF32 ? TF32_MATH : DEFAULT_MATH));
    // Makes it take memory of its own again, so this comes before any workspace.
    requireStarted(handle.setStream(session.stream()));
  }

  private void requireStarted(int status) {
    if (status != SUCCESS) {
      throw new BackendUnavailableException(
          ("cuda: cuBLAS (%s) does not start on %s (%s): %s; see whether its version suits driver and"
                  + " device, or take --matmul own")
              .formatted(
                  binding.file(),
                  session.device().name(),
                  session.device().describeDriver(),
                  name(status)));
    }
  }

  /// `cuBLAS 12.6.4 (libcublas.so.12 through JCublas 12.6.0)`
  String describe() {
    // Version 11 began with thousands.
    int unit = version < 100_000 ? 1_000 : 10_000;
    return String.format(
        Locale.ROOT,
        "cuBLAS %d.%d.%d (%s through %s)",
        version / unit,
        version % unit / 100,
        version % 100,
        binding.file(),
        binding.name());
  }

  /// What a program must have for it besides its buffers.
  long workspaceBytes() {
    return session.device().capability() < LARGE_WORKSPACE_CAPABILITY
        ? WORKSPACE_BYTES
        : LARGE_WORKSPACE_BYTES;
  }

  Precision precision() {
    return precision;
  }

  /// Puts a product at the end of the session's stream.
  ///
  /// cuBLAS takes matrices by columns. What lies by rows is by columns the transposed matrix, so
  /// out = a b is computed as out^T = b^T a^T: with the operands swapped, n rows and m columns, and
  /// each operand as it lies unless it is transposed here too.
  ///
  /// @param memory of the product's program, whose workspace is used
  /// @param what for messages
  void multiply(MatMul op, DeviceMemory memory, String what) {
    check(handle.setWorkspace(memory.workspace(false), workspaceBytes()), what);
    check(
        handle.sgemm(
            op.transposeB(),
            op.transposeA(),
            (int) op.n(),
            (int) op.m(),
            (int) op.k(),
            memory.address(op.b()),
            (int) op.b().columns(),
            memory.address(op.a()),
            (int) op.a().columns(),
            memory.address(op.out()),
            (int) op.n()),
        what);
  }

  private void check(int status, String what) {
    if (status != SUCCESS) {
      throw new DeviceException(
          "cuda: %s failed on %s: %s".formatted(what, session.device().name(), name(status)));
    }
  }

  private static String name(int status) {
    return STATUS.getOrDefault(status, "status " + status);
  }

  /// To be called while the context is current, before it is destroyed.
  @Override
  public void close() {
    // The status is ignored: the context is destroyed next.
    var _ = handle.destroy();
  }
}
