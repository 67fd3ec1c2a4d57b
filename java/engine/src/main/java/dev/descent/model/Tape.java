package dev.descent.model;

import dev.descent.program.DType;
import dev.descent.program.Operation;
import dev.descent.program.Tensor;

/// Where a [Layer] adds its operations to a step: it gives the layer its weights and its memory,
/// and keeps what is to be added for the backward pass. A tape is one layer's in one step.
public interface Tape {
  /// Adds an operation to the step.
  ///
  /// @param operation what comes next in the step
  void add(Operation operation);

  /// {@return whether the step trains} If not, statistics stay as they are, [#backward] is not
  /// needed, and [#gradient] not allowed. False too in a layer that is frozen ([Model#freeze]): a
  /// backward pass that it adds all the same passes the gradient on to the layers before, and what
  /// it writes to [#gradient] is not used.
  boolean training();

  /// {@return the shape of a sample that the layer takes}
  Shape input();

  /// {@return the values of a weight: `rows x columns`}
  ///
  /// @param name as in [Layer#weights]
  Tensor weight(String name);

  /// {@return where the backward pass writes the gradient of a trained weight: `rows x columns`}
  ///
  /// @param name as in [Layer#weights]
  Tensor gradient(String name);

  /// Memory for values of each sample of the batch. The same name gives the same memory in each
  /// step; what it holds does not outlast a step.
  ///
  /// @param name unique within the layer
  /// @param shape of a sample's values
  /// @return `rows of the batch x positions` rows, `channels` columns
  default Tensor values(String name, Shape shape) {
    return values(name, DType.F32, shape);
  }

  /// {@return the same for values of another type: positions of maxima, say}
  ///
  /// @param name unique within the layer
  /// @param type of the values
  /// @param shape of a sample's values
  Tensor values(String name, DType type, Shape shape);

  /// {@return memory for values of the whole batch: sums of a channel, say}
  ///
  /// @param name unique within the layer
  /// @param rows of the memory, whatever the batch is
  /// @param columns of the memory
  Tensor shared(String name, int rows, int columns);

  /// Tells the random streams of a model's layers apart.
  ///
  /// @return a number that differs from layer to layer
  int stream();

  /// {@return the seed of random numbers in training}
  long seed();

  /// {@return the state of the step, for operations that draw random numbers}
  Tensor state();

  /// Says what the layer adds to the backward pass. A layer that gives its input back as it is
  /// needs none; every other one calls this once.
  ///
  /// @param backward is called when the layers behind this one have added theirs
  void backward(Backward backward);

  /// {@return whether anything before this layer is trained} If not, the gradient by the layer's
  /// input need not be computed.
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
