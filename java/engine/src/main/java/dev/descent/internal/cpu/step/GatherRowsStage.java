package dev.descent.internal.cpu.step;

import dev.descent.DeviceException;
import dev.descent.internal.cpu.kernel.Elementwise;
import dev.descent.internal.cpu.kernel.Forms;
import dev.descent.internal.cpu.kernel.Split;
import dev.descent.program.DType;
import dev.descent.program.DataOperation.GatherRows;
import dev.descent.program.StepState;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// Copies the rows of a batch, converting them; workers share out the rows, or blocks of them where
/// their forms are written too.
final class GatherRowsStage implements Stage {
  private final GatherRows operation;
  private final IntSpan order;
  private final IntSpan state;
  private final int rows;
  private final int columns;
  private final int sourceRows;
  private final Copier copier;
  private final @Nullable PanelCopy copy;

  /// The columns of a block.
  private static final int BLOCK_COLUMNS = 256;

  /// Copies one row, or a part of it.
  private interface Copier {
    /// @param from the index of the source's first element
    /// @param to the index of the output's first element
    void copy(int from, int to, int columns);
  }

  /// @param copy of the result that can be had, or null
  GatherRowsStage(
      GatherRows operation, Elementwise math, Storage storage, @Nullable PanelCopy copy) {
    this.copy = copy;
    this.operation = operation;
    this.order = storage.ints(operation.order());
    this.state = storage.ints(operation.state());
    this.rows = (int) operation.out().rows();
    this.columns = (int) operation.out().columns();
    this.sourceRows = (int) operation.source().rows();
    this.copier = copier(operation, math, storage);
  }

  private static Copier copier(GatherRows op, Elementwise math, Storage storage) {
    int from0 = storage.start(op.source());
    int to0 = storage.start(op.out());
    if (op.source().type() == DType.I32) {
      int[] source = storage.ints(op.source()).array();
      int[] out = storage.ints(op.out()).array();
      return (from, to, n) -> System.arraycopy(source, from0 + from, out, to0 + to, n);
    }
    float[] out = storage.floats(op.out()).array();
    float scale = op.scale();
    if (op.source().type() == DType.U8) {
      byte[] source = storage.byteArray(op.source());
      return (from, to, n) -> math.scaleBytes(scale, source, from0 + from, out, to0 + to, n);
    }
    float[] source = storage.floats(op.source()).array();
    return scale == 1
        ? (from, to, n) -> System.arraycopy(source, from0 + from, out, to0 + to, n)
        : (from, to, n) -> scale(scale, source, from0 + from, out, to0 + to, n);
  }

  private static void scale(
      float scale, float[] source, int from, float[] out, int to, int columns) {
    for (int j = 0; j < columns; j++) {
      out[to + j] = scale * source[from + j];
    }
  }

  @Override
  public void run(int worker, int workers) {
    int cursor = state.get(StepState.CURSOR);
    if (cursor < 0 || cursor > order.size() - rows) {
      throw new DeviceException(
          String.format(
              Locale.ROOT,
              "GatherRows -> %s: the batch of %d rows at %d leaves the order's %d rows",
              operation.out(),
              rows,
              cursor,
              order.size()));
    }
    if (copy == null || !copy.isInUnits()) {
      int row = Split.start(rows, worker, workers);
      copy(cursor, row, Split.start(rows, worker + 1, workers), 0, columns);
      return;
    }
    int down = Split.units(rows, Forms.UNIT);
    int units = down * Split.units(columns, BLOCK_COLUMNS);
    int end = Split.start(units, worker + 1, workers);
    for (int unit = Split.start(units, worker, workers); unit < end; unit++) {
      int row = unit % down * Forms.UNIT;
      int last = Math.min(rows, row + Forms.UNIT);
      int column = unit / down * BLOCK_COLUMNS;
      int width = Math.min(BLOCK_COLUMNS, columns - column);
      copy(cursor, row, last, column, width);
      copy.update(row, last - row, column, width);
    }
  }

  /// Some columns of rows `first` (inclusive) to `end` (exclusive).
  private void copy(int cursor, int first, int end, int column, int width) {
    for (int row = first; row < end; row++) {
      int source = order.get(cursor + row);
      if (source < 0 || source >= sourceRows) {
        throw new DeviceException(
            String.format(
                Locale.ROOT,
                "GatherRows -> %s: row %d of the order is %d, but %s has %d rows",
                operation.out(),
                cursor + row,
                source,
                operation.source(),
                sourceRows));
      }
      copier.copy(source * columns + column, row * columns + column, width);
    }
  }

  @Override
  public String describe() {
    return "GatherRows %s %s -> %s: by rows"
        .formatted(operation.source().type(), operation.source(), operation.out());
  }
}
