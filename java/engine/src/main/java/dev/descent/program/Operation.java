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
    permits CompositeOperation,
        DataOperation,
        ElementwiseOperation,
        LossOperation,
        NormalisationOperation,
        ProductOperation,
        ReductionOperation,
        UpdateOperation,
        WindowedOperation {
  /// {@return the tensors that are read}
  List<Tensor> inputs();

  /// {@return the tensors that are written}
  List<Tensor> outputs();

  /// {@return the same in simpler operations, which a backend runs in order where it has no code
  /// for this one; empty if there are none}
  ///
  /// The parts read only [#inputs] and what an earlier part wrote, and write only [#outputs], but
  /// for scratch memory. They may have expansions themselves. Called when a program is compiled,
  /// more than once, and always with the same result.
  ///
  /// @param scratch gives memory for values between the parts
  default List<Operation> expand(Scratch scratch) {
    return List.of();
  }

  /// {@return the operation's name as it stands in messages and explanations}
  default String name() {
    return getClass().getSimpleName();
  }
}
