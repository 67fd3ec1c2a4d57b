package dev.descent.program;

import java.util.List;

/// Operations whose every result depends on one element, or one row for softmax.
public sealed interface ElementwiseOperation extends Operation {
  /// `out[i, j] = x[i, j] + bias[j]`; may work in place.
  ///
  /// @param x `B x N`
  /// @param bias `1 x N`
  /// @param out `B x N`
  record AddBias(Tensor x, Tensor bias, Tensor out) implements ElementwiseOperation {
    /// Checks types and shapes.
    ///
    /// @throws IllegalArgumentException naming the operation and the shapes if they do not fit each
    ///     other
    public AddBias {
      Shapes.floats("AddBias", x, bias, out);
      Shapes.require(bias.rows() == 1 && bias.columns() == x.columns(), "AddBias", x, bias);
      Shapes.same("AddBias", x, out);
      Shapes.requireInPlaceOrDisjoint("AddBias", x, out);
      Shapes.requireDisjoint("AddBias", bias, out);
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

  /// `out = f(x)`; may work in place. Softmax of a row of minus infinity alone, or with infinity or
  /// NaN among others, is NaN for the whole row; beside finite ones, minus infinity has probability
  /// 0.
  ///
  /// @param activation the function f
  /// @param x `B x N`
  /// @param out `B x N`
  record Activate(Activation activation, Tensor x, Tensor out) implements ElementwiseOperation {
    /// Checks types and shapes.
    ///
    /// @throws IllegalArgumentException naming the operation and the shapes if they do not fit each
    ///     other
    public Activate {
      Shapes.floats("Activate", x, out);
      Shapes.same("Activate", x, out);
      Shapes.requireInPlaceOrDisjoint("Activate", x, out);
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
  /// may work in place on dOut. At 0 the derivative of ReLU is 0 and that of leaky ReLU is its
  /// leak. It is a product: where the derivative is 0, a dOut of NaN or infinity gives NaN.
  ///
  /// @param activation the function f
  /// @param saved `B x N`, the result y of the activation, or its argument x: see
  ///     [Activation#derivativeFromResult]
  /// @param dOut `B x N`, the loss's derivative by the activation's result
  /// @param dX `B x N`, the loss's derivative by the activation's argument
  record ActivateBackward(Activation activation, Tensor saved, Tensor dOut, Tensor dX)
      implements ElementwiseOperation {
    /// Checks types and shapes.
    ///
    /// @throws IllegalArgumentException naming the operation and the shapes if they do not fit each
    ///     other
    public ActivateBackward {
      Shapes.floats("ActivateBackward", saved, dOut, dX);
      Shapes.same("ActivateBackward", saved, dOut);
      Shapes.same("ActivateBackward", dOut, dX);
      Shapes.requireInPlaceOrDisjoint("ActivateBackward", dOut, dX);
      Shapes.requireDisjoint("ActivateBackward", saved, dX);
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
  /// place. Used backward too: the same step and stream give the same mask, so applying the
  /// operation to the derivative is its own backward pass. What is dropped is 0, be x NaN or
  /// infinite.
  ///
  /// Element e (row-major, from 0) is kept if its 32 random bits, as an unsigned number, are at
  /// least `round(rate * 2^32)`. The bits are word `e mod 4` of Philox4x32-10 (Salmon et al. 2011)
  /// with the counter `(low word of e / 4, high word of e / 4, state.step, stream)` and the key
  /// `(low word of seed, high word of seed)`.
  ///
  /// @param x `B x N`
  /// @param state the step is read
  /// @param out `B x N`
  /// @param rate in [0, 1)
  /// @param stream tells the dropout layers of one model apart
  /// @param seed of the random numbers
  record Dropout(Tensor x, Tensor state, Tensor out, float rate, int stream, long seed)
      implements ElementwiseOperation {
    /// Checks types and shapes.
    ///
    /// @throws IllegalArgumentException naming the operation and the shapes if they do not fit each
    ///     other
    public Dropout {
      Shapes.floats("Dropout", x, out);
      Shapes.same("Dropout", x, out);
      Shapes.requireInPlaceOrDisjoint("Dropout", x, out);
      Shapes.state("Dropout", state);
      if (!(rate >= 0 && rate < 1)) {
        throw new IllegalArgumentException("dropout rate " + rate + " is not in [0, 1)");
      }
    }

    /// {@return the smallest random number, as an unsigned 32-bit value, that keeps an element}
    public long threshold() {
      return Math.min(Math.round(rate * 0x1p32), 0xFFFF_FFFFL);
    }

    /// {@return what a kept element is multiplied by}
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
}
