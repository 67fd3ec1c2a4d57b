package dev.descent.train.objective;

import dev.descent.program.Tensor;
import dev.descent.program.UpdateOperation;
import dev.descent.program.UpdateOperation.AdagradUpdate;
import dev.descent.program.UpdateOperation.AdamUpdate;
import dev.descent.program.UpdateOperation.MomentumUpdate;
import dev.descent.program.UpdateOperation.RmsPropUpdate;
import dev.descent.program.UpdateOperation.SgdUpdate;
import java.util.List;

/// How parameters follow their gradients. Formulas: [dev.descent.program.UpdateOperation]'s
/// records.
///
/// Formulas and defaults are PyTorch's. Where Keras' differ:
///
/// | | here, as in PyTorch | Keras |
/// |---|---|---|
/// | Adagrad | `g / (sqrt(a) + epsilon)`, epsilon 1e-10, a starts at 0 | `g / sqrt(a + epsilon)`, 1e-7, a starts at 0.1 |
/// | RMSprop | `g / (sqrt(a) + epsilon)`, epsilon 1e-8, rho 0.99 | `g / sqrt(a + epsilon)`, 1e-7, rho 0.9 |
/// | Adam, AdamW | epsilon 1e-8, added after the bias correction | 1e-7, added before it |
/// | AdamW | weight decay 0.01 | 0.004 |
/// | momentum | the velocity is a sum of gradients, times the learning rate when it is used | the rate is in the velocity: another path where the rate changes |
///
/// The records take other values: `new Optimizer.RmsProp(1e-3f, 0.9f, 1e-7f)`.
public sealed interface Optimizer {
  /// {@return the name as in `--optimizer`}
  String name();

  /// {@return the learning rate that a [Schedule] scales}
  float learningRate();

  /// {@return how many numbers are remembered for each parameter}
  int moments();

  /// {@return the operation that updates parameters by their gradients}
  ///
  /// @param parameters the values to update
  /// @param gradients of the loss by the parameters
  /// @param moments as many as [#moments], each as large as the parameters; zeros at first
  /// @param rates one learning rate a slot
  /// @param state the step and the slot are read
  UpdateOperation update(
      Tensor parameters, Tensor gradients, List<Tensor> moments, Tensor rates, Tensor state);

  /// {@return the name and, but for the learning rate, the numbers: what must be the same to go on
  /// from a checkpoint}
  String describe();

  /// {@return plain stochastic gradient descent}
  ///
  /// @param learningRate above 0; a [Schedule] scales it
  static Optimizer sgd(float learningRate) {
    return new Sgd(learningRate);
  }

  /// {@return gradient descent with momentum}
  ///
  /// @param learningRate above 0; a [Schedule] scales it
  /// @param momentum how much of the velocity is kept each step: 0.9, say
  static Optimizer momentum(float learningRate, float momentum) {
    return new Momentum(learningRate, momentum, false);
  }

  /// {@return gradient descent with Nesterov's momentum}
  ///
  /// @param learningRate above 0; a [Schedule] scales it
  /// @param momentum how much of the velocity is kept each step: 0.9, say
  static Optimizer nesterov(float learningRate, float momentum) {
    return new Momentum(learningRate, momentum, true);
  }

  /// {@return Adagrad}
  ///
  /// @param learningRate above 0; a [Schedule] scales it
  static Optimizer adagrad(float learningRate) {
    return new Adagrad(learningRate, 1e-10f);
  }

  /// {@return RMSprop}
  ///
  /// @param learningRate above 0; a [Schedule] scales it
  static Optimizer rmsprop(float learningRate) {
    return new RmsProp(learningRate, 0.99f, 1e-8f);
  }

  /// {@return Adam}
  ///
  /// @param learningRate above 0; a [Schedule] scales it
  static Optimizer adam(float learningRate) {
    return new Adam(learningRate, 0.9f, 0.999f, 1e-8f, 0);
  }

  /// {@return Adam with decoupled weight decay}
  ///
  /// @param learningRate above 0; a [Schedule] scales it
  /// @param weightDecay the share, times the learning rate, by which parameters shrink each step
  static Optimizer adamw(float learningRate, float weightDecay) {
    return new Adam(learningRate, 0.9f, 0.999f, 1e-8f, weightDecay);
  }

  /// See [#sgd].
  ///
  /// @param learningRate above 0; a [Schedule] scales it
  record Sgd(float learningRate) implements Optimizer {
    /// Checks the numbers.
    ///
    /// @throws IllegalArgumentException naming the number that is out of its range
    public Sgd {
      check(learningRate);
    }

    @Override
    public String name() {
      return "sgd";
    }

    @Override
    public int moments() {
      return 0;
    }

    @Override
    public UpdateOperation update(
        Tensor parameters, Tensor gradients, List<Tensor> moments, Tensor rates, Tensor state) {
      return new SgdUpdate(parameters, gradients, rates, state);
    }

    @Override
    public String describe() {
      return name();
    }
  }

  /// See [#momentum] and [#nesterov].
  ///
  /// @param learningRate above 0; a [Schedule] scales it
  /// @param momentum the share of the velocity that is kept each step, in [0, 1)
  /// @param nesterov whether to look ahead
  record Momentum(float learningRate, float momentum, boolean nesterov) implements Optimizer {
    /// Checks the numbers.
    ///
    /// @throws IllegalArgumentException naming the number that is out of its range
    public Momentum {
      check(learningRate);
      checkShare("momentum", momentum);
    }

    @Override
    public String name() {
      return nesterov ? "nesterov" : "momentum";
    }

    @Override
    public int moments() {
      return 1;
    }

    @Override
    public UpdateOperation update(
        Tensor parameters, Tensor gradients, List<Tensor> moments, Tensor rates, Tensor state) {
      return new MomentumUpdate(
          parameters, gradients, moments.get(0), rates, state, momentum, nesterov);
    }

    @Override
    public String describe() {
      return name() + " " + momentum;
    }
  }

  /// See [#adagrad].
  ///
  /// @param learningRate above 0; a [Schedule] scales it
  /// @param epsilon added to the root, at least 0
  record Adagrad(float learningRate, float epsilon) implements Optimizer {
    /// Checks the numbers.
    ///
    /// @throws IllegalArgumentException naming the number that is out of its range
    public Adagrad {
      check(learningRate);
      checkNotNegative("epsilon", epsilon);
    }

    @Override
    public String name() {
      return "adagrad";
    }

    @Override
    public int moments() {
      return 1;
    }

    @Override
    public UpdateOperation update(
        Tensor parameters, Tensor gradients, List<Tensor> moments, Tensor rates, Tensor state) {
      return new AdagradUpdate(parameters, gradients, moments.get(0), rates, state, epsilon);
    }

    @Override
    public String describe() {
      return name() + " " + epsilon;
    }
  }

  /// See [#rmsprop].
  ///
  /// @param learningRate above 0; a [Schedule] scales it
  /// @param rho the share of the mean of squares that is kept each step, in [0, 1)
  /// @param epsilon added to the root, at least 0
  record RmsProp(float learningRate, float rho, float epsilon) implements Optimizer {
    /// Checks the numbers.
    ///
    /// @throws IllegalArgumentException naming the number that is out of its range
    public RmsProp {
      check(learningRate);
      checkShare("rho", rho);
      checkNotNegative("epsilon", epsilon);
    }

    @Override
    public String name() {
      return "rmsprop";
    }

    @Override
    public int moments() {
      return 1;
    }

    @Override
    public UpdateOperation update(
        Tensor parameters, Tensor gradients, List<Tensor> moments, Tensor rates, Tensor state) {
      return new RmsPropUpdate(parameters, gradients, moments.get(0), rates, state, rho, epsilon);
    }

    @Override
    public String describe() {
      return "%s %s %s".formatted(name(), rho, epsilon);
    }
  }

  /// See [#adam] and [#adamw].
  ///
  /// @param learningRate above 0; a [Schedule] scales it
  /// @param beta1 the share of the first moment that is kept each step, in [0, 1)
  /// @param beta2 the share of the second moment that is kept each step, in [0, 1)
  /// @param epsilon added to the root, at least 0
  /// @param weightDecay the share, times the learning rate, by which parameters shrink each step
  record Adam(float learningRate, float beta1, float beta2, float epsilon, float weightDecay)
      implements Optimizer {
    /// Checks the numbers.
    ///
    /// @throws IllegalArgumentException naming the number that is out of its range
    public Adam {
      check(learningRate);
      checkShare("beta1", beta1);
      checkShare("beta2", beta2);
      checkNotNegative("epsilon", epsilon);
      checkNotNegative("weight decay", weightDecay);
    }

    @Override
    public String name() {
      return weightDecay == 0 ? "adam" : "adamw";
    }

    @Override
    public int moments() {
      return 2;
    }

    @Override
    public UpdateOperation update(
        Tensor parameters, Tensor gradients, List<Tensor> moments, Tensor rates, Tensor state) {
      return new AdamUpdate(
          parameters,
          gradients,
          moments.get(0),
          moments.get(1),
          rates,
          state,
          beta1,
          beta2,
          epsilon,
          weightDecay);
    }

    @Override
    public String describe() {
      return "%s %s %s %s %s".formatted(name(), beta1, beta2, epsilon, weightDecay);
    }
  }

  private static void check(float learningRate) {
    if (!(learningRate > 0 && Float.isFinite(learningRate))) {
      throw new IllegalArgumentException("learning rate " + learningRate + " is not above 0");
    }
  }

  private static void checkShare(String what, float value) {
    if (!(value >= 0 && value < 1)) {
      throw new IllegalArgumentException(what + " " + value + " is not in [0, 1)");
    }
  }

  private static void checkNotNegative(String what, float value) {
    if (!(value >= 0 && Float.isFinite(value))) {
      throw new IllegalArgumentException(what + " " + value + " is negative or not finite");
    }
  }
}
