package dev.descent.program;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// A loss: writes the sum over the batch's rows of each row's loss to `losses[state.slot]`, and the
/// derivative of the batch's mean loss by the prediction to gradient. Where rows have weights, a
/// row's loss and its derivatives are multiplied by its own; the mean is still over the number of
/// rows.
public sealed interface LossOperation extends Operation {
  /// {@return `B x N`: logits or predictions}
  Tensor prediction();

  /// {@return what the prediction is compared with}
  Tensor targets();

  /// {@return the state of the step, of which the slot is read}
  Tensor state();

  /// {@return the sums of losses, one element a slot}
  Tensor losses();

  /// {@return `B x N`, or null where no derivative is wanted} May be the prediction itself.
  @Nullable Tensor gradient();

  /// {@return `B x 1`: what each row's loss is multiplied by; null where all rows count alike}
  @Nullable Tensor weights();

  @Override
  default List<Tensor> inputs() {
    Tensor weights = weights();
    return weights == null
        ? List.of(prediction(), targets(), state())
        : List.of(prediction(), targets(), state(), weights);
  }

  @Override
  default List<Tensor> outputs() {
    Tensor gradient = gradient();
    return gradient == null ? List.of(losses()) : List.of(losses(), gradient);
  }

  /// Softmax and categorical cross-entropy in one: the loss of row i is `log sum_j e^z_ij -
  /// z_i,label`, computed with the row's maximum taken out, so that it is finite for any finite
  /// logits; the gradient is `(softmax(z)_ij - [j = label]) / B`. A logit of minus infinity beside
  /// finite ones has probability 0, and a loss of infinity where it is the label's; a row of minus
  /// infinity alone, and one with infinity or NaN, has a loss and a gradient of NaN.
  ///
  /// @param prediction `B x N`, the logits z
  /// @param targets I32, `B x 1`, each in 0 to N - 1
  /// @param state the slot is read
  /// @param losses one element a slot; that of the slot is written
  /// @param gradient may be prediction itself
  /// @param weights `B x 1`, or null where all rows count alike
  record SoftmaxCrossEntropy(
      Tensor prediction,
      Tensor targets,
      Tensor state,
      Tensor losses,
      @Nullable Tensor gradient,
      @Nullable Tensor weights)
      implements LossOperation {
    /// Checks types and shapes.
    ///
    /// @throws IllegalArgumentException naming the operation and the shapes if they do not fit each
    ///     other
    public SoftmaxCrossEntropy {
      Shapes.loss("SoftmaxCrossEntropy", prediction, state, losses, gradient, weights);
      Shapes.type(DType.I32, "SoftmaxCrossEntropy", targets);
      Shapes.require(
          targets.rows() == prediction.rows() && targets.columns() == 1,
          "SoftmaxCrossEntropy",
          prediction,
          targets);
    }

    /// Of rows that count alike.
    ///
    /// @param prediction `B x N`
    /// @param targets as the loss takes them
    /// @param state the slot is read
    /// @param losses one element a slot; that of the slot is written
    /// @param gradient `B x N`, or null where no derivative is wanted; may be prediction itself
    public SoftmaxCrossEntropy(
        Tensor prediction, Tensor targets, Tensor state, Tensor losses, @Nullable Tensor gradient) {
      this(prediction, targets, state, losses, gradient, null);
    }
  }

  /// Binary cross-entropy on logits: the loss of row i is the mean over j of `max(z, 0) - z t +
  /// log(1 + e^-|z|)`, finite for any finite logits; the gradient is `(sigmoid(z) - t) / (B N)`.
  ///
  /// @param prediction `B x N`, the logits z
  /// @param targets `B x N`, the probabilities t, each in [0, 1]
  /// @param state the slot is read
  /// @param losses one element a slot; that of the slot is written
  /// @param gradient may be prediction itself
  /// @param weights `B x 1`, or null where all rows count alike
  record BinaryCrossEntropy(
      Tensor prediction,
      Tensor targets,
      Tensor state,
      Tensor losses,
      @Nullable Tensor gradient,
      @Nullable Tensor weights)
      implements LossOperation {
    /// Checks types and shapes.
    ///
    /// @throws IllegalArgumentException naming the operation and the shapes if they do not fit each
    ///     other
    public BinaryCrossEntropy {
      Shapes.loss("BinaryCrossEntropy", prediction, state, losses, gradient, weights);
      Shapes.floats("BinaryCrossEntropy", targets);
      Shapes.same("BinaryCrossEntropy", prediction, targets);
    }

    /// Of rows that count alike.
    ///
    /// @param prediction `B x N`
    /// @param targets as the loss takes them
    /// @param state the slot is read
    /// @param losses one element a slot; that of the slot is written
    /// @param gradient `B x N`, or null where no derivative is wanted; may be prediction itself
    public BinaryCrossEntropy(
        Tensor prediction, Tensor targets, Tensor state, Tensor losses, @Nullable Tensor gradient) {
      this(prediction, targets, state, losses, gradient, null);
    }
  }

  /// Mean squared error: the loss of row i is the mean over j of `(p - t)^2`; the gradient is `2 (p
  /// - t) / (B N)`.
  ///
  /// @param prediction `B x N`
  /// @param targets `B x N`
  /// @param state the slot is read
  /// @param losses one element a slot; that of the slot is written
  /// @param gradient may be prediction itself
  /// @param weights `B x 1`, or null where all rows count alike
  record MeanSquaredError(
      Tensor prediction,
      Tensor targets,
      Tensor state,
      Tensor losses,
      @Nullable Tensor gradient,
      @Nullable Tensor weights)
      implements LossOperation {
    /// Checks types and shapes.
    ///
    /// @throws IllegalArgumentException naming the operation and the shapes if they do not fit each
    ///     other
    public MeanSquaredError {
      Shapes.loss("MeanSquaredError", prediction, state, losses, gradient, weights);
      Shapes.floats("MeanSquaredError", targets);
      Shapes.same("MeanSquaredError", prediction, targets);
    }

    /// Of rows that count alike.
    ///
    /// @param prediction `B x N`
    /// @param targets as the loss takes them
    /// @param state the slot is read
    /// @param losses one element a slot; that of the slot is written
    /// @param gradient `B x N`, or null where no derivative is wanted; may be prediction itself
    public MeanSquaredError(
        Tensor prediction, Tensor targets, Tensor state, Tensor losses, @Nullable Tensor gradient) {
      this(prediction, targets, state, losses, gradient, null);
    }
  }
}
