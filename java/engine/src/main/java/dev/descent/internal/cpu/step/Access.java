package dev.descent.internal.cpu.step;

import dev.descent.program.Operation;
import dev.descent.program.Tensor;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// What a stage reads and writes.
///
/// @param byRows those of which each worker touches the rows of its [RowBlocks] alone
/// @param bySamples those of which a [SampleStage] touches the samples that it is at alone
record Access(List<Tensor> reads, List<Tensor> writes, Set<Tensor> byRows, List<Tensor> bySamples) {
  Access(List<Tensor> reads, List<Tensor> writes) {
    this(reads, writes, Set.of(), List.of());
  }

  static Access of(List<Operation> operations) {
    return new Access(
        operations.stream().flatMap(op -> op.inputs().stream()).toList(),
        operations.stream().flatMap(op -> op.outputs().stream()).toList());
  }

  /// The same by a stage that touches tensors of so many rows by [RowBlocks].
  ///
  /// @param whole those that each worker reads all of
  Access byRows(int rows, List<Tensor> whole) {
    Set<Tensor> own =
        Stream.concat(reads.stream(), writes.stream())
            .filter(t -> t.rows() == rows && whole.stream().noneMatch(t::overlaps))
            .collect(Collectors.toSet());
    return new Access(reads, writes, own, bySamples);
  }

  /// The same by work on samples.
  ///
  /// @param tensors that it touches sample by sample
  Access bySamples(Tensor... tensors) {
    return new Access(reads, writes, byRows, List.of(tensors));
  }

  /// The same but for some tensors.
  Access without(List<Tensor> tensors) {
    return new Access(
        reads.stream().filter(t -> !tensors.contains(t)).toList(),
        writes.stream().filter(t -> !tensors.contains(t)).toList());
  }

  /// Whether the two may not run at the same time, in different workers.
  boolean conflicts(Access other) {
    return overlap(reads, other.writes, other)
        || overlap(writes, other.reads, other)
        || overlap(writes, other.writes, other);
  }

  private boolean overlap(List<Tensor> some, List<Tensor> others, Access other) {
    return some.stream()
        .anyMatch(t -> others.stream().anyMatch(u -> t.overlaps(u) && !isOwn(t, u, other)));
  }

  /// Whether what one does to a tensor no other worker does to the other at the same time.
  private boolean isOwn(Tensor tensor, Tensor others, Access other) {
    return (tensor.equals(others) && byRows.contains(tensor) && other.byRows.contains(tensor))
        || (tensor.sameElements(others)
            && bySamples.contains(tensor)
            && other.bySamples.contains(others));
  }
}
