package dev.descent.train;

/// How parameters follow their gradients. Formulas: [dev.descent.program.UpdateOperation]'s
/// records; defaults are PyTorch's.
public sealed interface Optimizer {
  /// The name as in `--optimizer`.
  String name();

  /// The learning rate that a [Schedule] scales.
  float learningRate();

  /// How many numbers are remembered for each parameter.
  int moments();

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
