package dev.descent.program;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// One operation of a step: an immutable record over tensors, whose shapes are checked when it is
/// made. What an operation means is defined by the reference backend.
///
/// Written tensors must not overlap read ones, except where an operation says that it may work in
/// place; in place means exactly the same elements.
///
/// Notation: `B` rows of a batch, `K`, `M`, `N` other sizes. Tensors are F32 unless said otherwise.
/// `state` is an I32 tensor of [StepState#SIZE] elements.
public sealed interface Operation {

  /// The tensors that are read.
  List<Tensor> inputs();

  /// The tensors that are written.
  List<Tensor> outputs();

  /// The operation's name as it stands in messages and explanations.
  default String name() {
    return getClass().getSimpleName();
  }

  /// `out[i, :] = scale * source[order[state.cursor + i], :]` for each of out's rows.
  ///
  /// @param source `R x N`, U8 or F32 with an F32 out; or I32 with an I32 out and a scale of 1
  /// @param order I32, `R x 1`: a permutation of the rows of source
  /// @param state the cursor is read
  /// @param out `B x N`
  /// @param scale multiplies each element
  record GatherRows(Tensor source, Tensor order, Tensor state, Tensor out, float scale)
      implements Operation {
    public GatherRows {
      boolean labels = source.type() == DType.I32;
      Shapes.require(out.type() == (labels ? DType.I32 : DType.F32), "GatherRows", source, out);
      Shapes.require(!labels || scale == 1, "GatherRows of labels has a scale", source, out);
      Shapes.require(source.columns() == out.columns(), "GatherRows", source, out);
      Shapes.require(out.rows() <= source.rows(), "GatherRows", source, out);
      Shapes.type(DType.I32, "GatherRows", order);
      Shapes.require(order.size() == source.rows(), "GatherRows", source, order);
      Shapes.state("GatherRows", state);
    }

    @Override
    public List<Tensor> inputs() {
      return List.of(source, order, state);
    }

    @Override
    public List<Tensor> outputs() {
      return List.of(out);
    }
  }

  /// `out = alpha * op(a) op(b) + beta * out`, op being the transposition where asked for. With beta
  /// 0 the old content of out is not read, be it NaN.
  ///
  /// @param a `M x K`, or `K x M` if transposed
  /// @param b `K x N`, or `N x K` if transposed
  /// @param out `M x N`
  record MatMul(
      Tensor a,
      boolean transposeA,
      Tensor b,
      boolean transposeB,
      Tensor out,
      float alpha,
      float beta)
      implements Operation {
    public MatMul {
      Shapes.floats("MatMul", a, b, out);
      Shapes.require(
          (transposeA ? a.rows() : a.columns()) == (transposeB ? b.columns() : b.rows()),
          "MatMul" + (transposeA ? " (a transposed)" : "") + (transposeB ? " (b transposed)" : ""),
          a,
          b);
      Shapes.require((transposeA ? a.columns() : a.rows()) == out.rows(), "MatMul", a, out);
      Shapes.require((transposeB ? b.rows() : b.columns()) == out.columns(), "MatMul", b, out);
      Shapes.apart("MatMul", a, out);
      Shapes.apart("MatMul", b, out);
    }

    /// The number of rows of out.
    public long m() {
      return out.rows();
    }

    /// The number of columns of out.
    public long n() {
      return out.columns();
    }

    /// The number of products that each element of out sums.
    public long k() {
      return transposeA ? a.rows() : a.columns();
    }

    @Override
    public List<Tensor> inputs() {
      return beta == 0 ? List.of(a, b) : List.of(a, b, out);
    }

    @Override
    public List<Tensor> outputs() {
      return List.of(out);
    }
  }

  /// `out[i, j] = x[i, j] + bias[j]`; may work in place.
  ///
  /// @param x `B x N`
  /// @param bias `1 x N`
  /// @param out `B x N`
  record AddBias(Tensor x, Tensor bias, Tensor out) implements Operation {
    public AddBias {
      Shapes.floats("AddBias", x, bias, out);
      Shapes.require(bias.rows() == 1 && bias.columns() == x.columns(), "AddBias", x, bias);
      Shapes.same("AddBias", x, out);
      Shapes.inPlaceOrApart("AddBias", x, out);
      Shapes.apart("AddBias", bias, out);
    }

    @Override
    public List<Tensor> inputs() {
      return List.of(x, bias);
    }

    @Override
    public List<Tensor> outputs() {
      return List.of(out);
    }
  }

  /// `out = f(x)`; may work in place.
  ///
  /// @param x `B x N`
  /// @param out `B x N`
  record Activate(Activation activation, Tensor x, Tensor out) implements Operation {
    public Activate {
      Shapes.floats("Activate", x, out);
      Shapes.same("Activate", x, out);
      Shapes.inPlaceOrApart("Activate", x, out);
    }

    @Override
    public List<Tensor> inputs() {
      return List.of(x);
    }

    @Override
    public List<Tensor> outputs() {
      return List.of(out);
    }
  }

  /// `dX = f'(x) * dOut`, for softmax `dX[i, j] = y[i, j] (dOut[i, j] - sum_k dOut[i, k] y[i, k])`;
  /// may work in place on dOut. At 0 the derivative of ReLU is 0 and that of leaky ReLU is its leak.
  ///
  /// @param saved `B x N`, the result y of the activation, or its argument x: see
  ///     [Activation#derivativeFromResult]
  /// @param dOut `B x N`, the loss's derivative by the activation's result
  /// @param dX `B x N`, the loss's derivative by the activation's argument
  record ActivateBackward(Activation activation, Tensor saved, Tensor dOut, Tensor dX)
      implements Operation {
    public ActivateBackward {
      Shapes.floats("ActivateBackward", saved, dOut, dX);
      Shapes.same("ActivateBackward", saved, dOut);
      Shapes.same("ActivateBackward", dOut, dX);
      Shapes.inPlaceOrApart("ActivateBackward", dOut, dX);
      Shapes.apart("ActivateBackward", saved, dX);
    }

    @Override
    public List<Tensor> inputs() {
      return List.of(saved, dOut);
    }

    @Override
    public List<Tensor> outputs() {
      return List.of(dX);
    }
  }

  /// `out = x * keep / (1 - rate)`, keep being 1 with probability 1 - rate and else 0; may work in
  /// place. Used backward too: the same step and stream give the same mask, so applying the operation
  /// to the derivative is its own backward pass.
  ///
  /// Element e (row-major, from 0) is kept if its 32 random bits, as an unsigned number, are at least
  /// `round(rate * 2^32)`. The bits are word `e mod 4` of Philox4x32-10 (Salmon et al. 2011) with the
  /// counter `(low word of e / 4, high word of e / 4, state.step, stream)` and the key `(low word of
  /// seed, high word of seed)`.
  ///
  /// @param x `B x N`
  /// @param state the step is read
  /// @param out `B x N`
  /// @param rate in [0, 1)
  /// @param stream tells the dropout layers of one model apart
  record Dropout(Tensor x, Tensor state, Tensor out, float rate, int stream, long seed)
      implements Operation {
    public Dropout {
      Shapes.floats("Dropout", x, out);
      Shapes.same("Dropout", x, out);
      Shapes.inPlaceOrApart("Dropout", x, out);
      Shapes.state("Dropout", state);
      if (!(rate >= 0 && rate < 1)) {
        throw new IllegalArgumentException("dropout rate " + rate + " is not in [0, 1)");
      }
    }

    /// The smallest random number, as an unsigned 32-bit value, that keeps an element.
    public long threshold() {
      return Math.min(Math.round(rate * 0x1p32), 0xFFFF_FFFFL);
    }

    /// What a kept element is multiplied by.
    public float keepScale() {
      return (float) (1 / (1 - (double) rate));
    }

    @Override
    public List<Tensor> inputs() {
      return List.of(x, state);
    }

    @Override
    public List<Tensor> outputs() {
      return List.of(out);
    }
  }

  /// A loss: writes the sum over the batch's rows of each row's loss to `losses[state.slot]`, and the
  /// derivative of the batch's mean loss by the prediction to gradient.
  sealed interface LossOperation extends Operation {
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
  }

  /// Softmax and categorical cross-entropy in one: the loss of row i is `log sum_j e^z_ij - z_i,label`,
  /// computed with the row's maximum taken out, so that it is finite for any finite logits; the
  /// gradient is `(softmax(z)_ij - [j = label]) / B`.
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

  /// Writes how many answers of the batch are right to `correct[state.slot]`. Must come before an
  /// operation that overwrites the scores.
  ///
  /// With I32 targets, `B x 1`: the number of rows whose largest score (the first of equal ones; a NaN
  /// counts as smaller than any number) stands at the target. With F32 targets, `B x N`: the number of
  /// elements for which `score > 0` equals `target > 0.5`.
  ///
  /// @param scores `B x N`
  /// @param state the slot is read
  /// @param correct I32, one element a slot
  record Accuracy(Tensor scores, Tensor targets, Tensor state, Tensor correct)
      implements Operation {
    public Accuracy {
      Shapes.floats("Accuracy", scores);
      Shapes.type(DType.I32, "Accuracy", correct);
      Shapes.state("Accuracy", state);
      Shapes.require(
          targets.rows() == scores.rows()
              && targets.columns() == (targets.type() == DType.I32 ? 1 : scores.columns())
              && targets.type() != DType.U8,
          "Accuracy",
          scores,
          targets);
    }

    @Override
    public List<Tensor> inputs() {
      return List.of(scores, targets, state);
    }

    @Override
    public List<Tensor> outputs() {
      return List.of(correct);
    }
  }

  /// `out[j] = sum_i x[i, j]`: the rows are added up.
  ///
  /// @param x `B x N`
  /// @param out `1 x N`
  record SumRows(Tensor x, Tensor out) implements Operation {
    public SumRows {
      Shapes.floats("SumRows", x, out);
      Shapes.require(out.rows() == 1 && out.columns() == x.columns(), "SumRows", x, out);
      Shapes.apart("SumRows", x, out);
    }

    @Override
    public List<Tensor> inputs() {
      return List.of(x);
    }

    @Override
    public List<Tensor> outputs() {
      return List.of(out);
    }
  }

  /// `out[i] = sum_j x[i, j]`: the columns are added up.
  ///
  /// @param x `B x N`
  /// @param out `B x 1`
  record SumColumns(Tensor x, Tensor out) implements Operation {
    public SumColumns {
      Shapes.floats("SumColumns", x, out);
      Shapes.require(out.columns() == 1 && out.rows() == x.rows(), "SumColumns", x, out);
      Shapes.apart("SumColumns", x, out);
    }

    @Override
    public List<Tensor> inputs() {
      return List.of(x);
    }

    @Override
    public List<Tensor> outputs() {
      return List.of(out);
    }
  }

  /// An optimizer's update of `parameters` (p) by `gradients` (g), element by element. `lr` stands for
  /// `rates[state.slot]`, and `t` for `state.step + 1`, the number of this update from 1. The formulas
  /// and defaults are PyTorch's.
  ///
  /// All tensors of an update but rates and state have the same number of elements.
  sealed interface Update extends Operation {
    Tensor parameters();

    Tensor gradients();

    /// What the optimizer remembers; read and written. None, one or two tensors.
    List<Tensor> moments();

    /// F32, one learning rate a slot.
    Tensor rates();

    /// The slot and the step are read.
    Tensor state();

    @Override
    default List<Tensor> inputs() {
      var inputs = new ArrayList<Tensor>(List.of(parameters(), gradients(), rates(), state()));
      inputs.addAll(moments());
      return inputs;
    }

    @Override
    default List<Tensor> outputs() {
      var outputs = new ArrayList<Tensor>(List.of(parameters()));
      outputs.addAll(moments());
      return outputs;
    }
  }

  /// `p -= lr g`
  record SgdUpdate(Tensor parameters, Tensor gradients, Tensor rates, Tensor state)
      implements Update {
    public SgdUpdate {
      Shapes.update("SgdUpdate", parameters, gradients, rates, state, List.of());
    }

    @Override
    public List<Tensor> moments() {
      return List.of();
    }
  }

  /// `v = momentum v + g`, then `p -= lr v`, or with Nesterov's look-ahead `p -= lr (g + momentum v)`.
  record MomentumUpdate(
      Tensor parameters,
      Tensor gradients,
      Tensor velocity,
      Tensor rates,
      Tensor state,
      float momentum,
      boolean nesterov)
      implements Update {
    public MomentumUpdate {
      Shapes.update("MomentumUpdate", parameters, gradients, rates, state, List.of(velocity));
    }

    @Override
    public List<Tensor> moments() {
      return List.of(velocity);
    }
  }

  /// `a += g^2`, `p -= lr g / (sqrt(a) + epsilon)` (Duchi et al. 2011).
  record AdagradUpdate(
      Tensor parameters,
      Tensor gradients,
      Tensor accumulator,
      Tensor rates,
      Tensor state,
      float epsilon)
      implements Update {
    public AdagradUpdate {
      Shapes.update("AdagradUpdate", parameters, gradients, rates, state, List.of(accumulator));
    }

    @Override
    public List<Tensor> moments() {
      return List.of(accumulator);
    }
  }

  /// `a = rho a + (1 - rho) g^2`, `p -= lr g / (sqrt(a) + epsilon)` (Tieleman and Hinton 2012).
  record RmsPropUpdate(
      Tensor parameters,
      Tensor gradients,
      Tensor accumulator,
      Tensor rates,
      Tensor state,
      float rho,
      float epsilon)
      implements Update {
    public RmsPropUpdate {
      Shapes.update("RmsPropUpdate", parameters, gradients, rates, state, List.of(accumulator));
    }

    @Override
    public List<Tensor> moments() {
      return List.of(accumulator);
    }
  }

  /// Adam (Kingma and Ba 2015), and AdamW (Loshchilov and Hutter 2019) where weightDecay is not 0:
  /// `p -= lr weightDecay p`, `m = beta1 m + (1 - beta1) g`, `v = beta2 v + (1 - beta2) g^2`, `p -= lr
  /// (m / (1 - beta1^t)) / (sqrt(v / (1 - beta2^t)) + epsilon)`.
  ///
  /// A backend may set elements of m below 2^-126 in magnitude (denormal numbers) to zero.
  record AdamUpdate(
      Tensor parameters,
      Tensor gradients,
      Tensor m,
      Tensor v,
      Tensor rates,
      Tensor state,
      float beta1,
      float beta2,
      float epsilon,
      float weightDecay)
      implements Update {
    public AdamUpdate {
      Shapes.update("AdamUpdate", parameters, gradients, rates, state, List.of(m, v));
    }

    @Override
    public List<Tensor> moments() {
      return List.of(m, v);
    }
  }

  /// The end of a step: `state.cursor += rows`, `state.slot += 1`, `state.step += 1` if training.
  ///
  /// @param rows the number of rows in the batch
  /// @param training whether the step updated the parameters
  record Advance(Tensor state, long rows, boolean training) implements Operation {
    public Advance {
      Shapes.state("Advance", state);
    }

    @Override
    public List<Tensor> inputs() {
      return List.of(state);
    }

    @Override
    public List<Tensor> outputs() {
      return List.of(state);
    }
  }
}
