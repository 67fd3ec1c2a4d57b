package dev.descent.program;

import java.util.ArrayList;
import java.util.List;

/// An optimizer's update of `parameters` (p) by `gradients` (g), element by element. `lr` stands
/// for `rates[state.slot]`, and `t` for `state.step + 1`, the number of this update from 1. The
/// formulas and defaults are PyTorch's.
///
/// All tensors of an update but rates and state have the same number of elements.
public sealed interface UpdateOperation extends Operation {
  /// {@return the values that are updated}
  Tensor parameters();

  /// {@return the gradient of the loss by the parameters}
  Tensor gradients();

  /// {@return the optimizer's state: no tensor, one or two, which are read and written}
  List<Tensor> moments();

  /// {@return the learning rates: F32, one a slot}
  Tensor rates();

  /// {@return the state of the step, of which the slot and the step are read}
  Tensor state();

  /// {@return the tensors whose elements belong together: parameters, gradients, then moments}
  default List<Tensor> operands() {
    var operands = new ArrayList<Tensor>(List.of(parameters(), gradients()));
    operands.addAll(moments());
    return operands;
  }

  /// {@return the same update of other elements}
  ///
  /// @param operands in the order of [#operands]
  UpdateOperation withOperands(List<Tensor> operands);

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

  /// `p -= lr g`
  ///
  /// @param parameters the values that are updated
  /// @param gradients of the loss by the parameters
  /// @param rates one learning rate a slot
  /// @param state the slot and the step are read
  record SgdUpdate(Tensor parameters, Tensor gradients, Tensor rates, Tensor state)
      implements UpdateOperation {
    /// Checks types and shapes.
    ///
    /// @throws IllegalArgumentException naming the operation and the shapes if they do not fit each
    ///     other
    public SgdUpdate {
      Shapes.update("SgdUpdate", parameters, gradients, rates, state, List.of());
    }

    @Override
    public List<Tensor> moments() {
      return List.of();
    }

    @Override
    public UpdateOperation withOperands(List<Tensor> operands) {
      return new SgdUpdate(operands.get(0), operands.get(1), rates, state);
    }
  }

  /// `v = momentum v + g`, then `p -= lr v`, or with Nesterov's look-ahead `p -= lr (g + momentum
  /// v)`.
  ///
  /// @param parameters the values that are updated
  /// @param gradients of the loss by the parameters
  /// @param velocity v; read and written
  /// @param rates one learning rate a slot
  /// @param state the slot and the step are read
  /// @param momentum the share of the velocity that is kept
  /// @param nesterov whether to look ahead
  record MomentumUpdate(
      Tensor parameters,
      Tensor gradients,
      Tensor velocity,
      Tensor rates,
      Tensor state,
      float momentum,
      boolean nesterov)
      implements UpdateOperation {
    /// Checks types and shapes.
    ///
    /// @throws IllegalArgumentException naming the operation and the shapes if they do not fit each
    ///     other
    public MomentumUpdate {
      Shapes.update("MomentumUpdate", parameters, gradients, rates, state, List.of(velocity));
    }

    @Override
    public List<Tensor> moments() {
      return List.of(velocity);
    }

    @Override
    public UpdateOperation withOperands(List<Tensor> operands) {
      return new MomentumUpdate(
          operands.get(0), operands.get(1), operands.get(2), rates, state, momentum, nesterov);
    }
  }

  /// `a += g^2`, `p -= lr g / (sqrt(a) + epsilon)` (Duchi et al. 2011).
  ///
  /// @param parameters the values that are updated
  /// @param gradients of the loss by the parameters
  /// @param accumulator a; read and written
  /// @param rates one learning rate a slot
  /// @param state the slot and the step are read
  /// @param epsilon added to the root
  record AdagradUpdate(
      Tensor parameters,
      Tensor gradients,
      Tensor accumulator,
      Tensor rates,
      Tensor state,
      float epsilon)
      implements UpdateOperation {
    /// Checks types and shapes.
    ///
    /// @throws IllegalArgumentException naming the operation and the shapes if they do not fit each
    ///     other
    public AdagradUpdate {
      Shapes.update("AdagradUpdate", parameters, gradients, rates, state, List.of(accumulator));
    }

    @Override
    public List<Tensor> moments() {
      return List.of(accumulator);
    }

    @Override
    public UpdateOperation withOperands(List<Tensor> operands) {
      return new AdagradUpdate(
          operands.get(0), operands.get(1), operands.get(2), rates, state, epsilon);
    }
  }

  /// `a = rho a + (1 - rho) g^2`, `p -= lr g / (sqrt(a) + epsilon)` (Tieleman and Hinton 2012).
  ///
  /// @param parameters the values that are updated
  /// @param gradients of the loss by the parameters
  /// @param accumulator a; read and written
  /// @param rates one learning rate a slot
  /// @param state the slot and the step are read
  /// @param rho the share of the mean that is kept
  /// @param epsilon added to the root
  record RmsPropUpdate(
      Tensor parameters,
      Tensor gradients,
      Tensor accumulator,
      Tensor rates,
      Tensor state,
      float rho,
      float epsilon)
      implements UpdateOperation {
    /// Checks types and shapes.
    ///
    /// @throws IllegalArgumentException naming the operation and the shapes if they do not fit each
    ///     other
    public RmsPropUpdate {
      Shapes.update("RmsPropUpdate", parameters, gradients, rates, state, List.of(accumulator));
    }

    @Override
    public List<Tensor> moments() {
      return List.of(accumulator);
    }

    @Override
    public UpdateOperation withOperands(List<Tensor> operands) {
      return new RmsPropUpdate(
          operands.get(0), operands.get(1), operands.get(2), rates, state, rho, epsilon);
    }
  }

  /// Adam (Kingma and Ba 2015), and AdamW (Loshchilov and Hutter 2019) where weightDecay is not 0:
  /// `p -= lr weightDecay p`, `m = beta1 m + (1 - beta1) g`, `v = beta2 v + (1 - beta2) g^2`, `p -=
  /// lr (m / (1 - beta1^t)) / (sqrt(v / (1 - beta2^t)) + epsilon)`.
  ///
  /// A backend may set elements of m below 2^-126 in magnitude (denormal numbers) to zero.
  ///
  /// @param parameters the values that are updated
  /// @param gradients of the loss by the parameters
  /// @param m the first moment; read and written
  /// @param v the second moment; read and written
  /// @param rates one learning rate a slot
  /// @param state the slot and the step are read
  /// @param beta1 the share of m that is kept
  /// @param beta2 the share of v that is kept
  /// @param epsilon added to the root
  /// @param weightDecay the share, times the learning rate, by which parameters shrink
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
      implements UpdateOperation {
    /// Checks types and shapes.
    ///
    /// @throws IllegalArgumentException naming the operation and the shapes if they do not fit each
    ///     other
    public AdamUpdate {
      Shapes.update("AdamUpdate", parameters, gradients, rates, state, List.of(m, v));
    }

    @Override
    public List<Tensor> moments() {
      return List.of(m, v);
    }

    @Override
    public UpdateOperation withOperands(List<Tensor> operands) {
      return new AdamUpdate(
          operands.get(0),
          operands.get(1),
          operands.get(2),
          operands.get(3),
          rates,
          state,
          beta1,
          beta2,
          epsilon,
          weightDecay);
    }
  }
}
