package dev.descent.internal.cpu.step;

import dev.descent.internal.cpu.kernel.Panels;
import dev.descent.internal.cpu.kernel.Split;
import dev.descent.program.ReductionOperation.SumRows;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// The sum of each column, in float64 and in the order of the rows; workers share out the columns.
final class SumRowsStage implements Stage {
  /// Columns of a unit where x lies row by row: a cache line of floats.
  private static final int UNIT = 16;

  private final SumRows operation;
  private final @Nullable Updater updater;
  private final FloatSpan x;
  private final @Nullable Panels panels;
  private final FloatSpan out;
  private final int rows;
  private final int columns;
  private final double[] sums;

  /// @param panels a copy of x, if there is one: each worker has met its panels in the product
  ///     before
  /// @param updater of what the sums are the gradients of, or null
  SumRowsStage(
      SumRows operation, @Nullable Panels panels, @Nullable Updater updater, Storage storage) {
    this.operation = operation;
    this.panels = panels;
    this.updater = updater;
    this.x = storage.floats(operation.x());
    this.out = storage.floats(operation.out());
    this.rows = (int) operation.x().rows();
    this.columns = (int) operation.x().columns();
    this.sums = new double[columns];
  }

  @Override
  public void run(int worker, int workers) {
    int unit = panels == null ? UNIT : panels.width();
    int units = Split.units(columns, unit);
    int from = Split.start(units, worker, workers) * unit;
    int to = Math.min(columns, Split.start(units, worker + 1, workers) * unit);
    if (from >= to) {
      return;
    }
    Arrays.fill(sums, from, to, 0);
    if (panels == null) {
      addRows(x.array(), x.offset() + from, columns, from, to);
    } else {
      for (int j = from; j < to; j += unit) {
        int end = Math.min(to, j + unit);
        addRows(panels.array(), panels.index(0, j), unit, j, end);
      }
    }
    for (int j = from; j < to; j++) {
      out.array()[out.offset() + j] = (float) sums[j];
    }
    if (updater != null) {
      updater.update(worker, from, to);
    }
  }

  /// Adds columns `from` to `to`.
  ///
  /// @param at where column `from` of row 0 is
  private void addRows(float[] source, int at, int stride, int from, int to) {
    for (int row = 0; row < rows; row++) {
      addRow(sums, source, at + row * stride - from, from, to);
    }
  }

  /// A method of its own, with arrays of two types, which can't overlap: so the compiler vectorises
  /// it.
  private static void addRow(double[] sums, float[] x, int row, int from, int to) {
    for (int j = from; j < to; j++) {
      sums[j] += x[row + j];
    }
  }

  @Override
  public String describe() {
    return "SumRows%s -> %s: by columns%s"
        .formatted(
            updater == null ? "" : " + " + updater.name(),
            operation.out(),
            panels == null ? "" : ", from panels");
  }
}
