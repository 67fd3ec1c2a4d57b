package dev.descent.internal.cpu.step;

import dev.descent.internal.cpu.kernel.Panels;
import org.jspecify.annotations.Nullable;

/// The left operand of a product as the kernel walks through it: m rows, k columns, wherever they
/// lie.
///
/// @param array the memory
/// @param offset of row-major elements; element (i, k) is at `offset + i * rowStride + k * kStride`
/// @param panels the matrix that is walked through, or its transpose, if it lies in panels
/// @param transposed whether the panels hold the transpose
record LeftOperand(
    float[] array,
    int offset,
    int plainRowStride,
    int plainKStride,
    @Nullable Panels panels,
    boolean transposed) {
  static LeftOperand rows(FloatSpan span, int stride) {
    return new LeftOperand(span.array(), span.offset(), stride, 1, null, false);
  }

  static LeftOperand columns(FloatSpan span, int stride) {
    return new LeftOperand(span.array(), span.offset(), 1, stride, null, true);
  }

  static LeftOperand of(Panels panels, boolean transposed) {
    return new LeftOperand(panels.array(), panels.offset(), 0, 0, panels, transposed);
  }

  /// The index of element (row, k).
  int index(int row, int k) {
    if (panels == null) {
      return offset + row * plainRowStride + k * plainKStride;
    }
    return transposed ? panels.index(k, row) : panels.index(row, k);
  }

  /// The distance of neighbouring rows' elements of column k.
  int rowStride(int k) {
    if (panels == null) {
      return plainRowStride;
    }
    return transposed ? 1 : panels.width(k / panels.width());
  }

  /// The distance of a row's neighbouring elements.
  int kStride(int row) {
    if (panels == null) {
      return plainKStride;
    }
    return transposed ? panels.width(row / panels.width()) : 1;
  }

  /// How many of `rows` rows from this one on can be walked through in one go.
  int rows(int row, int rows) {
    return panels != null && transposed
        ? Math.min(rows, panels.width() - row % panels.width())
        : rows;
  }

  /// How many of `count` columns from this one on can be walked through in one go.
  int columns(int k, int count) {
    return panels != null && !transposed
        ? Math.min(count, panels.width() - k % panels.width())
        : count;
  }

  /// For explanations.
  String describe(String name) {
    return name + (panels == null ? " in place" : " in panels");
  }
}
