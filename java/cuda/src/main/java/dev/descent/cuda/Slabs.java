package dev.descent.cuda;

import dev.descent.program.NormalisationOperation.BatchStatistics;
import dev.descent.program.NormalisationOperation.NormaliseBackwardWeights;
import dev.descent.program.Operation;
import dev.descent.program.ReductionOperation.SumRows;
import dev.descent.program.Tensor;
import dev.descent.program.WindowedOperation.MaxPoolBackward;
import java.util.Optional;

/// How sums of columns are shared out, as `slabs.cuh` has it: blocks across take as many columns as
/// a warp has threads, blocks down share the rows.
///
/// @param rows of a block, the last perhaps fewer
record Slabs(long across, long down, long rows) {
  /// What one block reads in the time that it takes several to meet.
  private static final long FEW_ROWS = 1024;

  private static final long LEAST_ROWS = 256;

  /// Of 1,024 threads, the largest, a multiprocessor takes two.
  private static final long RESIDENT = 2;

  /// Sums of each column that blocks leave, at most.
  private static final int VALUES = 2;

  /// The slabs of an operation that sums columns.
  static Optional<Slabs> of(Operation operation, Tuning tuning) {
    return switch (operation) {
      case BatchStatistics op -> Optional.of(of(op.x(), tuning));
      case NormaliseBackwardWeights op -> Optional.of(of(op.x(), tuning));
      case SumRows op -> Optional.of(of(op.x(), tuning));
      // A normalisation's before it, where both are one.
      case MaxPoolBackward op -> Optional.of(of(op.dOut(), tuning));
      default -> Optional.empty();
    };
  }

  static Slabs of(Tensor x, Tuning tuning) {
    long across = Math.ceilDiv(x.columns(), (long) Kernels.WARP);
    if (x.rows() <= FEW_ROWS) {
      return new Slabs(across, 1, x.rows());
    }
    long most = Math.max(1, RESIDENT * tuning.blocks() / across);
    long rows = Math.max(LEAST_ROWS, Math.ceilDiv(x.rows(), most));
    return new Slabs(across, Math.ceilDiv(x.rows(), rows), rows);
  }

  /// Where the sums of blocks meet.
  long workspaceBytes() {
    return down == 1 ? 0 : across * down * VALUES * Kernels.WARP * Float.BYTES;
  }

  long tickets() {
    return down == 1 ? 0 : across;
  }

  /// The members of `Slabs` in `slabs.cuh`.
  ///
  /// @param aside whether the kernel runs on the second stream
  void addTo(CommandBuilder builder, DeviceMemory memory, boolean aside) {
    builder
        .struct()
        .address(memory.workspace(aside))
        .address(memory.tickets(aside))
        .ints(rows)
        .endStruct();
  }

  /// @param threads of a block
  Command.Grid grid(int threads) {
    return new Command.Grid(Math.toIntExact(across), Math.toIntExact(down), 1, threads, 0);
  }
}
