package dev.descent.program;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// A loss: writes the sum over the batch's rows of each row's loss to `losses[state.slot]`, and the
/// derivative of the batch's mean loss by the prediction to gradient.
public sealed interface LossOperation extends Operation {
  /// `B x N`: logits or predictions.
  Tensor prediction();

  /// What the prediction is compared with.
  Tensor targets();

  /// The slot is read.
  Tensor state();

  /// One element a slot.
  Tensor losses();

  /// `B x N`, or null where no derivative is wanted. May be the prediction itself.
  @Nullable Tensor gradient();

  @Override
  default List<Tensor> inputs() {
    return List.of(prediction(), targets(), state());
  }

  @Override
  default List<Tensor> outputs() {
    Tensor gradient = gradient();
    return gradient == null ? List.of(losses()) : List.of(losses(), gradient);
  }

  /// Softmax and categorical cross-entropy in one: the loss of row i is `log sum_j e^z_ij - z_i,label`,
  /// computed with the row's maximum taken out, so that it is finite for any finite logits; the
  /// gradient is `(softmax(z)_ij - [j = label]) / B`. A logit of minus infinity beside finite ones has
  /// probability 0, and a loss of infinity where it is the label's; a row of minus infinity alone, and
  /// one with infinity or NaN, has a loss and a gradient of NaN.
  ///
  /// @param prediction `B x N`, the logits z
  /// @param targets I32, `B x 1`, each in 0 to N - 1
  /// @param gradient may be prediction itself
  record SoftmaxCrossEntropy(
      Tensor prediction, Tensor targets, Tensor state, Tensor losses, @Nullable Tensor gradient)
      implements LossOperation {
    public SoftmaxCrossEntropy {
      Shapes.loss("SoftmaxCrossEntropy", prediction, state, losses, gradient);
      Shapes.type(DType.I32, "SoftmaxCrossEntropy", targets);
      Shapes.require(
          targets.rows() == prediction.rows() && targets.columns() == 1,
          "SoftmaxCrossEntropy",
          prediction,
          targets);
    }
  }

  /// Binary cross-entropy on logits: the loss of row i is the mean over j of `max(z, 0) - z t + log(1
  /// + e^-|z|)`, finite for any finite logits; the gradient is `(sigmoid(z) - t) / (B N)`.
  ///
  /// @param prediction `B x N`, the logits z
  /// @param targets `B x N`, the probabilities t, each in [0, 1]
  /// @param gradient may be prediction itself
  record BinaryCrossEntropy(
      Tensor prediction, Tensor targets, Tensor state, Tensor losses, @Nullable Tensor gradient)
      implements LossOperation {
    public BinaryCrossEntropy {
      Shapes.loss("BinaryCrossEntropy", prediction, state, losses, gradient);
      Shapes.floats("BinaryCrossEntropy", targets);
      Shapes.same("BinaryCrossEntropy", prediction, targets);
    }
  }

  /// Mean squared error: the loss of row i is the mean over j of `(p - t)^2`; the gradient is `2 (p -
  /// t) / (B N)`.
  ///
  /// @param prediction `B x N`
  /// @param targets `B x N`
  /// @param gradient may be prediction itself
  record MeanSquaredError(
      Tensor prediction, Tensor targets, Tensor state, Tensor losses, @Nullable Tensor gradient)
      implements LossOperation {
    public MeanSquaredError {
      Shapes.loss("MeanSquaredError", prediction, state, losses, gradient);
      Shapes.floats("MeanSquaredError", targets);
      Shapes.same("MeanSquaredError", prediction, targets);
    }
  }
}
