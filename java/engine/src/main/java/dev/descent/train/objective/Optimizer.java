package dev.descent.train.objective;

import dev.descent.program.Tensor;
import dev.descent.program.UpdateOperation;
import dev.descent.program.UpdateOperation.AdagradUpdate;
import dev.descent.program.UpdateOperation.AdamUpdate;
import dev.descent.program.UpdateOperation.MomentumUpdate;
import dev.descent.program.UpdateOperation.RmsPropUpdate;
import dev.descent.program.UpdateOperation.SgdUpdate;
import java.util.List;

/// How parameters follow their gradients. Formulas: [dev.descent.program.UpdateOperation]'s records.
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
  /// The name as in `--optimizer`.
  String name();

  /// The learning rate that a [Schedule] scales.
  float learningRate();

  /// How many numbers are remembered for each parameter.
  int moments();

  /// The operation that updates parameters by their gradients.
  ///
  /// @param moments as many as [#moments], each as large as the parameters; zeros at first
  /// @param rates one learning rate a slot
  UpdateOperation update(
      Tensor parameters, Tensor gradients, List<Tensor> moments, Tensor rates, Tensor state);

  /// The name and, but for the learning rate, the numbers: what must be the same to go on from a
  /// checkpoint.
  String describe();

  /// Plain stochastic gradient descent.
  static Optimizer sgd(float learningRate) {
    return new Sgd(learningRate);
  }

  /// Gradient descent with momentum.
  ///
  /// @param momentum how much of the velocity is kept each step: 0.9, say
  static Optimizer momentum(float learningRate, float momentum) {
    return new Momentum(learningRate, momentum, false);
  }

  /// Gradient descent with Nesterov's momentum.
  ///
  /// @param momentum how much of the velocity is kept each step: 0.9, say
  static Optimizer nesterov(float learningRate, float momentum) {
    return new Momentum(learningRate, momentum, true);
  }

  /// Adagrad.
  static Optimizer adagrad(float learningRate) {
    return new Adagrad(learningRate, 1e-10f);
  }

  /// RMSprop.
  static Optimizer rmsprop(float learningRate) {
    return new RmsProp(learningRate, 0.99f, 1e-8f);
  }

  /// Adam.
  static Optimizer adam(float learningRate) {
    return new Adam(learningRate, 0.9f, 0.999f, 1e-8f, 0);
  }

  /// Adam with decoupled weight decay.
  ///
  /// @param weightDecay the share, times the learning rate, by which parameters shrink each step
  static Optimizer adamw(float learningRate, float weightDecay) {
    return new Adam(learningRate, 0.9f, 0.999f, 1e-8f, weightDecay);
  }

  /// See [#sgd].
  record Sgd(float learningRate) implements Optimizer {
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
  record Momentum(float learningRate, float momentum, boolean nesterov) implements Optimizer {
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
  record Adagrad(float learningRate, float epsilon) implements Optimizer {
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
  record RmsProp(float learningRate, float rho, float epsilon) implements Optimizer {
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
  record Adam(float learningRate, float beta1, float beta2, float epsilon, float weightDecay)
      implements Optimizer {
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
