package dev.descent.cli.option;

import dev.descent.train.objective.Optimizer;

/// The optimizers as the command line names them, each with a learning rate that suits it.
public enum OptimizerName {
  SGD(0.01f),
  MOMENTUM(0.01f),
  NESTEROV(0.01f),
  ADAGRAD(0.01f),
  RMSPROP(0.001f),
  ADAM(0.001f),
  ADAMW(0.001f);

  static final float MOMENTUM_KEPT = 0.9f;
  static final float WEIGHT_DECAY = 0.01f;

  private final float learningRate;

  OptimizerName(float learningRate) {
    this.learningRate = learningRate;
  }

  /// The learning rate unless another is asked for.
  float learningRate() {
    return learningRate;
  }

  boolean hasMomentum() {
    return this == MOMENTUM || this == NESTEROV;
  }

  boolean hasWeightDecay() {
    return this == ADAMW;
  }

  Optimizer create(float rate, float momentum, float weightDecay) {
    return switch (this) {
      case SGD -> Optimizer.sgd(rate);
      case MOMENTUM -> Optimizer.momentum(rate, momentum);
      case NESTEROV -> Optimizer.nesterov(rate, momentum);
      case ADAGRAD -> Optimizer.adagrad(rate);
      case RMSPROP -> Optimizer.rmsprop(rate);
      case ADAM -> Optimizer.adam(rate);
      case ADAMW -> Optimizer.adamw(rate, weightDecay);
    };
  }
}
