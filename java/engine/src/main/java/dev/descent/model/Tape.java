package dev.descent.model;

import dev.descent.program.DType;
import dev.descent.program.Operation;
import dev.descent.program.Tensor;

/// Where a [Layer] adds its operations to a step: it gives the layer its weights and its memory, and
/// keeps what is to be added for the backward pass. A tape is one layer's in one step.
public interface Tape {
  /// Adds an operation to the step.
  void add(Operation operation);

  /// Whether the step trains. If not, statistics stay as they are, [#backward] is not needed, and
  /// [#gradient] not allowed.
  boolean training();

  /// The shape of a sample that the layer takes.
  Shape input();

  /// The values of a weight: `rows x columns`.
  ///
  /// @param name as in [Layer#weights]
  Tensor weight(String name);

  /// Where the backward pass writes the gradient of a trained weight: `rows x columns`.
  ///
  /// @param name as in [Layer#weights]
  Tensor gradient(String name);

  /// Memory for values of each sample of the batch. The same name gives the same memory in each step;
  /// what it holds does not outlast a step.
  ///
  /// @param name unique within the layer
  /// @param shape of a sample's values
  /// @return `rows of the batch x positions` rows, `channels` columns
  default Tensor values(String name, Shape shape) {
    return values(name, DType.F32, shape);
  }

  /// The same for values of another type: positions of maxima, say.
  Tensor values(String name, DType type, Shape shape);

  /// Memory for values of the whole batch: sums of a channel, say.
  ///
  /// @param name unique within the layer
  Tensor shared(String name, int rows, int columns);

  /// Tells the random streams of a model's layers apart.
  int stream();

  /// The seed of random numbers in training.
  long seed();

  /// The state of the step, for operations that draw random numbers.
  Tensor state();

  /// Says what the layer adds to the backward pass. A layer that gives its input back as it is needs
  /// none; every other one calls this once.
  void backward(Backward backward);

  /// Whether anything before this layer is trained. If not, the gradient by the layer's input need not
  /// be computed.
  boolean wantsInputGradient();

  /// What a layer adds to the backward pass.
  @FunctionalInterface
  interface Backward {
    /// Adds the operations that write the gradients of the layer's weights and the gradient by its
    /// input.
    ///
    /// @param dOut the loss's gradient by what the layer gave; may be overwritten
    /// @return the loss's gradient by what the layer took, which may be dOut; anything where
    ///     [Tape#wantsInputGradient] is false
    Tensor apply(Tensor dOut);
  }
}
