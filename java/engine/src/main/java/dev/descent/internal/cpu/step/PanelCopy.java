package dev.descent.internal.cpu.step;

import dev.descent.internal.cpu.kernel.Elementwise;
import dev.descent.internal.cpu.kernel.FormKernel;
import dev.descent.internal.cpu.kernel.Forms;
import dev.descent.internal.cpu.kernel.MatMulKernel;
import dev.descent.internal.cpu.kernel.Panels;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// Copies in [Panels] of a row-major result, of itself and of its transpose, and its [Forms], made part by part
/// where the result is made, while it is still in a cache. What they save is the packing, or the
/// conversion, by those who read the result.
final class PanelCopy {
  private final int panelWidth;
  private final Elementwise math;
  private final FloatSpan from;
  private final int rows;
  private final int columns;
  private final @Nullable Forms forms;
  private @Nullable Panels panels;
  private @Nullable Panels transposed;

  /// @param kernel that reads the copies
  /// @param from the result
  PanelCopy(MatMulKernel kernel, Elementwise math, FloatSpan from, int rows, int columns) {
    this.forms = kernel instanceof FormKernel k ? k.forms(rows, columns) : null;
    this.panelWidth = kernel.maxWidth();
    this.math = math;
    this.from = from;
    this.rows = rows;
    this.columns = columns;
  }

  /// Asks for the copy: it is there whenever the result is. To be called before the first run.
  Panels require() {
    if (panels == null) {
      panels = Panels.allocate(rows, columns, panelWidth);
    }
    return panels;
  }

  /// Asks for the copy of the transpose, likewise.
  Panels requireTransposed() {
    if (transposed == null) {
      transposed = Panels.allocate(columns, rows, panelWidth);
    }
    return transposed;
  }

  /// The forms, of which any that is wanted is there whenever the result is. To be called before the
  /// first run, for a [FormKernel].
  Forms forms() {
    return Objects.requireNonNull(forms);
  }

  /// Whether the result goes to no panels.
  boolean isInFormsAlone() {
    return panels == null && transposed == null;
  }

  /// Whether parts must begin at multiples of [Forms#UNIT].
  boolean isInUnits() {
    return forms != null && forms.isWanted();
  }

  /// The bytes that the copies take.
  long bytes() {
    return bytes(panels) + bytes(transposed) + (forms == null ? 0 : forms.bytes());
  }

  private static long bytes(@Nullable Panels copy) {
    return copy == null ? 0 : (long) copy.array().length * Float.BYTES;
  }

  /// Copies rows that are final now.
  void update(int row, int count) {
    update(row, count, 0, columns);
  }

  /// Copies a part that is final now.
  void update(int row, int count, int column, int width) {
    if (panels != null) {
      copy(panels, row, count, column, width);
    }
    if (transposed != null) {
      transpose(transposed, row, count, column, width);
    }
    if (forms != null && forms.isWanted()) {
      int at = from.offset() + row * columns + column;
      forms.convert(from.array(), at, columns, row, column, count, width);
    }
  }

  private void copy(Panels to, int row, int count, int column, int width) {
    float[] source = from.array();
    float[] target = to.array();
    for (int j = column; j < column + width; ) {
      int run = Math.min(column + width - j, to.width() - j % to.width());
      int at = from.offset() + row * columns + j;
      int put = to.index(row, j);
      for (int i = 0; i < count; i++) {
        System.arraycopy(source, at, target, put, run);
        at += columns;
        put += to.width();
      }
      j += run;
    }
  }

  private void transpose(Panels to, int row, int count, int column, int width) {
    for (int i = row; i < row + count; ) {
      int run = Math.min(row + count - i, to.width() - i % to.width());
      math.transpose(
          from.array(),
          from.offset() + i * columns + column,
          columns,
          to.array(),
          to.index(column, i),
          to.width(),
          run,
          width);
      i += run;
    }
  }
}
