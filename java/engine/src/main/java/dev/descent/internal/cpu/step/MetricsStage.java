package dev.descent.internal.cpu.step;

import dev.descent.DeviceException;
import dev.descent.internal.cpu.kernel.Elementwise;
import dev.descent.internal.cpu.kernel.Forms;
import dev.descent.internal.cpu.kernel.Split;
import dev.descent.internal.lowering.Group;
import dev.descent.program.LossOperation;
import dev.descent.program.ReductionOperation.Accuracy;
import dev.descent.program.StepState;
import dev.descent.program.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// A loss, a count of correct predictions, or both in one pass over the rows. Workers share out
/// blocks of rows; [#total] adds up the blocks' sums in their order.
final class MetricsStage implements Stage {
  private final Group.Metrics group;
  private final @Nullable RowLoss loss;
  private final @Nullable RowCount count;
  private final @Nullable PanelCopy copy;
  private final int rows;
  private final double[] lossSums;
  private final int[] counts;

  /// @param copy of the loss's gradient that can be had, or null
  MetricsStage(
      Group.Metrics group,
      Elementwise math,
      Storage storage,
      int workers,
      @Nullable PanelCopy copy) {
    this.copy = copy;
    this.group = group;
    this.loss = group.loss() == null ? null : RowLoss.of(group.loss(), math, storage, workers);
    this.count = group.accuracy() == null ? null : RowCount.of(group.accuracy(), storage);
    this.rows = (int) group.prediction().rows();
    int blocks = RowBlocks.count(rows);
    this.lossSums = new double[blocks];
    this.counts = new int[blocks];
  }

  @Override
  public void run(int worker, int workers) {
    int start = start(worker, workers);
    int end = start(worker + 1, workers);
    for (int from = start; from < end; from += RowBlocks.ROWS) {
      double sum = 0;
      int right = 0;
      int last = Math.min(end, from + RowBlocks.ROWS);
      for (int row = from; row < last; row++) {
        if (count != null) {
          right += count.count(row);
        }
        if (loss != null) {
          sum += loss.compute(worker, row);
        }
      }
      lossSums[from / RowBlocks.ROWS] = sum;
      counts[from / RowBlocks.ROWS] = right;
    }
    if (copy != null && start < end) {
      copy.update(start, end - start);
    }
  }

  /// A worker's first row: of [RowBlocks], or where forms of the gradient are written of their
  /// units.
  private int start(int worker, int workers) {
    return copy != null && copy.isInUnits()
        ? Math.min(rows, Forms.UNIT * Split.start(Split.units(rows, Forms.UNIT), worker, workers))
        : RowBlocks.start(rows, worker, workers);
  }

  @Override
  public String describe() {
    return String.format(
        Locale.ROOT, "%s over %d rows: by blocks of %d rows", group.name(), rows, RowBlocks.ROWS);
  }

  Access access() {
    Access access = Access.of(group.operations());
    return copy == null ? access.byRows(rows, List.of()) : access;
  }

  /// The stage, to run after a barrier, that writes the sums to the operations' slots.
  Stage total(Storage storage) {
    return new Total(this, group.accuracy(), group.loss(), storage);
  }

  /// What [#total] reads and writes.
  Access totalAccess() {
    Accuracy accuracy = group.accuracy();
    LossOperation lossOperation = group.loss();
    List<Tensor> slots = new ArrayList<>();
    if (accuracy != null) {
      slots.add(accuracy.correct());
    }
    if (lossOperation != null) {
      slots.add(lossOperation.losses());
    }
    return new Access(List.of(group.state()), slots);
  }

  /// Adds up the blocks; the first worker's work.
  private static final class Total implements Stage {
    private final MetricsStage parts;
    private final @Nullable FloatSpan losses;
    private final @Nullable IntSpan lossState;
    private final @Nullable IntSpan correct;
    private final @Nullable IntSpan countState;

    Total(
        MetricsStage parts,
        @Nullable Accuracy accuracy,
        @Nullable LossOperation loss,
        Storage storage) {
      this.parts = parts;
      this.losses = loss == null ? null : storage.floats(loss.losses());
      this.lossState = loss == null ? null : storage.ints(loss.state());
      this.correct = accuracy == null ? null : storage.ints(accuracy.correct());
      this.countState = accuracy == null ? null : storage.ints(accuracy.state());
    }

    @Override
    public void run(int worker, int workers) {
      if (worker != 0) {
        return;
      }
      if (losses != null && lossState != null) {
        double sum = 0;
        for (double part : parts.lossSums) {
          sum += part;
        }
        losses.array()[losses.offset() + slot(lossState, losses.size())] = (float) sum;
      }
      if (correct != null && countState != null) {
        int sum = 0;
        for (int part : parts.counts) {
          sum += part;
        }
        correct.array()[correct.offset() + slot(countState, correct.size())] = sum;
      }
    }

    private static int slot(IntSpan state, int slots) {
      int slot = state.get(StepState.SLOT);
      if (slot < 0 || slot >= slots) {
        throw new DeviceException("metrics: slot " + slot + " is outside the " + slots + " slots");
      }
      return slot;
    }

    @Override
    public String describe() {
      return "total of the metrics: first worker";
    }
  }
}
