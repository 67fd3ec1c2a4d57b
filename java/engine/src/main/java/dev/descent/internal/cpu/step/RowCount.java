package dev.descent.internal.cpu.step;

import dev.descent.internal.cpu.kernel.Rows;
import dev.descent.program.DType;
import dev.descent.program.ReductionOperation.Accuracy;

/// How many answers of one row are right.
interface RowCount {
  int count(int row);

  static RowCount of(Accuracy op, Storage storage) {
    FloatSpan scores = storage.floats(op.scores());
    int columns = (int) op.scores().columns();
    if (op.targets().type() == DType.I32) {
      IntSpan labels = storage.ints(op.targets());
      return row -> {
        int best = Rows.argMax(scores.array(), scores.offset() + row * columns, columns);
        return best == labels.get(row) ? 1 : 0;
      };
    }
    FloatSpan targets = storage.floats(op.targets());
    return row -> {
      int right = 0;
      for (int e = row * columns; e < (row + 1) * columns; e++) {
        boolean yes = scores.array()[scores.offset() + e] > 0;
        boolean expected = targets.array()[targets.offset() + e] > 0.5f;
        right += yes == expected ? 1 : 0;
      }
      return right;
    };
  }
}
