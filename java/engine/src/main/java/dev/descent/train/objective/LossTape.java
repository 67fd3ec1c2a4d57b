package dev.descent.train.objective;

import dev.descent.program.Operation;
import dev.descent.program.Tensor;
import org.jspecify.annotations.Nullable;

/// Where a [Loss] adds its operations to a step, and what they work on. `B` are the rows of the
/// batch, `N` the model's outputs.
public interface LossTape {
  /// Adds an operation to the step.
  ///
  /// @param operation what comes next in the step
  void add(Operation operation);

  /// {@return `B x N`: the model's outputs, without the activation that the loss contains} May be
  /// written.
  Tensor prediction();

  /// I32, `B x 1`, if the loss takes classes; else F32, `B x N`.
  ///
  /// @return the targets: I32, `B x 1`, if the loss takes classes; else F32, `B x N`
  Tensor targets();

  /// {@return the state of the step: losses are written to its slot}
  Tensor state();

  /// F32, one element a slot.
  ///
  /// @return the losses: F32, one element a slot
  Tensor losses();

  /// {@return `B x N`: where the gradient by the prediction is written; null where none is wanted}
  @Nullable Tensor gradient();

  /// F32, `B x 1`: what each row's loss is multiplied by; null where all rows count alike.
  ///
  /// @return what each row's loss is multiplied by: F32, `B x 1`; null where all rows count alike
  @Nullable Tensor weights();

  /// {@return memory for `B x N` values} The same name gives the same memory in each step; what it
  /// holds does not outlast a step.
  ///
  /// @param name unique within the loss
  Tensor values(String name);
}
