package dev.descent.internal.cpu.step;

import dev.descent.internal.cpu.kernel.Split;
import dev.descent.program.ReductionOperation.SumRows;
import dev.descent.program.Tensor;
import java.util.function.IntConsumer;

/// Sums of each column over the rows of all samples, group by group; what becomes of them when all
/// groups are there is a stage of its own.
///
/// @param sums the groups
/// @param elements of a sample
/// @param begin called with the number of a group before it is summed
/// @param total called with each column's number when all are summed
/// @param name of the operation
/// @param out what the total writes
record SampleSums(
    SampleGroups sums,
    int columns,
    int elements,
    ColumnSums columnSums,
    IntConsumer begin,
    IntConsumer total,
    String name,
    Tensor out)
    implements SampleWork {
  /// Columns whose totals cost less than a barrier.
  private static final int FEW = 128;

  /// The sums of a matrix' columns.
  static SampleSums of(SumRows op, SampleGroups groups, Storage storage) {
    FloatSpan x = storage.floats(op.x());
    FloatSpan out = storage.floats(op.out());
    int columns = (int) op.x().columns();
    var sums =
        new ColumnSums(
            groups.count(),
            columns,
            (group, from, count, first, second) -> add(first, x.array(), x.offset() + from, count));
    return new SampleSums(
        groups,
        columns,
        groups.elements(op.x()),
        sums,
        group -> {},
        j -> out.array()[out.offset() + j] = (float) sums.first(j),
        op.name(),
        op.out());
  }

  /// A method of its own, with arrays of two types, which can't overlap: so the compiler vectorises
  /// it.
  private static void add(double[] sums, float[] x, int from, int count) {
    for (int j = 0; j < count; j++) {
      sums[j] += x[from + j];
    }
  }

  @Override
  public void run(int worker, int from, int to) {
    for (int at = from; at < to; ) {
      int group = sums.groupOf(at);
      int end = sums.start(group + 1);
      if (at == sums.start(group)) {
        begin.accept(group);
        columnSums.clear(group);
      }
      int next = Math.min(end, to);
      columnSums.add(group, at * elements, next * elements);
      if (next == end) {
        columnSums.end(group);
      }
      at = next;
    }
  }

  @Override
  public String describe() {
    return name + " -> " + out + ": in " + sums.count() + " groups";
  }

  /// The stage after all groups.
  Stage totals() {
    return new Stage() {
      @Override
      public void run(int worker, int workers) {
        int shares = isBrief() ? 1 : workers;
        if (worker >= shares) {
          return;
        }
        int from = Split.start(columns, worker, shares);
        int end = Split.start(columns, worker + 1, shares);
        for (int j = from; j < end; j++) {
          total.accept(j);
        }
      }

      @Override
      public boolean isBrief() {
        return columns <= FEW;
      }

      @Override
      public String describe() {
        return out + ": total of the groups, by columns";
      }
    };
  }
}
