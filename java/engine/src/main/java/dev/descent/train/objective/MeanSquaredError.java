package dev.descent.train.objective;

import dev.descent.program.LossOperation;

/// See [Loss#meanSquaredError].
public record MeanSquaredError() implements Loss {
  @Override
  public String name() {
    return "mean squared error";
  }

  @Override
  public boolean takesWeights() {
    return true;
  }

  @Override
  public void apply(LossTape tape) {
    tape.add(
        new LossOperation.MeanSquaredError(
            tape.prediction(),
            tape.targets(),
            tape.state(),
            tape.losses(),
            tape.gradient(),
            tape.weights()));
  }
}
