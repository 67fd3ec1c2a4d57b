package dev.descent.internal.cpu.step;

import dev.descent.program.Operation;
import dev.descent.program.Tensor;
import java.util.List;

/// What a stage reads and writes.
record Access(List<Tensor> reads, List<Tensor> writes) {
  static Access of(List<Operation> operations) {
    return new Access(
        operations.stream().flatMap(op -> op.inputs().stream()).toList(),
        operations.stream().flatMap(op -> op.outputs().stream()).toList());
  }

  /// Whether the two may not run at the same time, in different workers.
  boolean conflicts(Access other) {
    return overlap(reads, other.writes)
        || overlap(writes, other.reads)
        || overlap(writes, other.writes);
  }

  private static boolean overlap(List<Tensor> some, List<Tensor> others) {
    return some.stream().anyMatch(t -> others.stream().anyMatch(t::overlaps));
  }
}
