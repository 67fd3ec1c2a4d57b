package dev.descent.cuda;

import dev.descent.backend.Precision;
import dev.descent.program.ProductOperation.MatMul;
import dev.descent.program.Tensor;
import java.util.Locale;

/// How a product is given to the tensor cores of compute capability 9.0;
/// `matmul_wgmma.sm_90a.cu` has the same numbers.
///
/// @param kernel `matmul_wgmma_bf16_nn`
record WgmmaPlan(String kernel, Operand left, Operand right) {
  /// Set to 1, products in TF32 and bf16 are by wgmma on compute capability 9.0, whatever their
  /// size. No GPU has confirmed that kernel yet, so it is not the default.
  static final String VARIABLE = "DESCENT_CUDA_WGMMA";

  static final int TILE_M = 128;
  static final int TILE_N = 256;
  static final int THREADS = 384;

  private static final int STAGES = 4;
  private static final int STRIP_BYTES = 16 * 64 * Float.BYTES;
  private static final int WARPS_THAT_STORE = 8;

  /// The ring, the strips on their way out, two barriers a stage.
  static final int SHARED_BYTES =
      STAGES * (TILE_M + TILE_N) * TensorMaps.BOX_ROW_BYTES
          + WARPS_THAT_STORE * STRIP_BYTES
          + 2 * STAGES * Long.BYTES;

  /// Copies start on it.
  private static final int COPY_ALIGNMENT = 256;

  /// Rows of k in a box of an operand across k.
  private static final int DEPTH = 64;

  /// What the kernel reads of an operand.
  ///
  /// @param copy the kernel that brings it into that form, or an empty text where it lies so
  /// @param rows of the form, as many columns and elements from row to row
  record Operand(
      Tensor tensor,
      boolean isBf16,
      String copy,
      long rows,
      long columns,
      long pitch,
      int boxRows) {
    boolean isCopied() {
      return !copy.isEmpty();
    }

    /// What a copy takes.
    long bytes() {
      long bytes = isCopied() ? rows * pitch * (isBf16 ? Short.BYTES : Float.BYTES) : 0;
      return Math.ceilDiv(bytes, (long) COPY_ALIGNMENT) * COPY_ALIGNMENT;
    }

    TensorMaps.Matrix matrix(long address) {
      return new TensorMaps.Matrix(address, isBf16, rows, columns, pitch, boxRows);
    }

    /// Copies are in bf16 or, where it lies across k, transposed.
    private static Operand of(Tensor tensor, boolean isBf16, boolean isAlongK, int lines) {
      long rows = tensor.rows();
      long columns = tensor.columns();
      if (isBf16) {
        return new Operand(
            tensor, true, "pack_bf16", rows, columns, padded(columns), isAlongK ? lines : DEPTH);
      }
      return isAlongK
          ? new Operand(tensor, false, "", rows, columns, columns, lines)
          : new Operand(tensor, false, "transpose_tf32", columns, rows, padded(rows), lines);
    }

    /// So that rows start on 16 bytes in either precision.
    private static long padded(long columns) {
      return Math.ceilDiv(columns, 8L) * 8;
    }
  }

  static WgmmaPlan of(MatMul op, Precision precision) {
    boolean isBf16 = precision == Precision.BF16;
    return new WgmmaPlan(
        isBf16
            ? "matmul_wgmma_bf16_%c%c"
                .formatted(op.transposeA() ? 't' : 'n', op.transposeB() ? 't' : 'n')
            : "matmul_wgmma_tf32_nt",
        Operand.of(op.a(), isBf16, !op.transposeA(), TILE_M),
        Operand.of(op.b(), isBf16, op.transposeB(), TILE_N));
  }

  /// Why a product can't be by wgmma, or an empty text: an operand that is not copied lies where
  /// bulk copies do not reach. It does not depend on the rows of a batch, and so the bits of one do
  /// not depend on the others.
  static String obstacle(MatMul op, Precision precision) {
    WgmmaPlan plan = of(op, precision);
    for (Operand operand : new Operand[] {plan.left, plan.right}) {
      Tensor tensor = operand.tensor();
      long bytes = tensor.type().bytes();
      if (!operand.isCopied()
          && ((tensor.columns() * bytes) % TensorMaps.ROW_ALIGNMENT != 0
              || (tensor.offset() * bytes) % TensorMaps.ROW_ALIGNMENT != 0)) {
        return String.format(
            Locale.ROOT,
            "rows of %s do not start on multiples of %d bytes",
            tensor,
            TensorMaps.ROW_ALIGNMENT);
      }
    }
    return "";
  }

  /// Where the copies lie, one behind the other.
  long workspaceBytes() {
    return left.bytes() + right.bytes();
  }
}
