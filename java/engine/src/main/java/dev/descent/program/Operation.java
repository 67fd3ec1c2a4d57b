package dev.descent.program;

import java.util.List;

/// One operation of a step: an immutable record over tensors, whose shapes are checked when it is
/// made. What an operation means is defined by the reference backend.
///
/// Written tensors must not overlap read ones, except where an operation says that it may work in
/// place; in place means exactly the same elements.
///
/// Notation: `B` rows of a batch, `K`, `M`, `N` other sizes. Tensors are F32 unless said otherwise.
/// `state` is an I32 tensor of [StepState#SIZE] elements.
public sealed interface Operation
    permits DataOperation,
        ElementwiseOperation,
        LossOperation,
        ProductOperation,
        ReductionOperation,
        UpdateOperation {
  /// The tensors that are read.
  List<Tensor> inputs();

  /// The tensors that are written.
  List<Tensor> outputs();

  /// The operation's name as it stands in messages and explanations.
  default String name() {
    return getClass().getSimpleName();
  }
}
