package dev.descent.train.objective;

import dev.descent.data.DataSet;
import dev.descent.program.Activation;
import dev.descent.program.LossOperation;

/// See [Loss#binaryCrossEntropy].
public record BinaryCrossEntropy() implements Loss {
  @Override
  public String name() {
    return "binary cross-entropy";
  }

  @Override
  public Activation contained() {
    return Activation.SIGMOID;
  }

  @Override
  public boolean predictsEachOutput() {
    return true;
  }

  /// One for two classes: the probability of the second.
  @Override
  public int outputs(DataSet data) {
    return data.outputs() == 2 ? 1 : data.outputs();
  }

  /// The sigmoid of each value.
  @Override
  public void toProbabilities(double[] values, int outputs) {
    for (int i = 0; i < values.length; i++) {
      values[i] = 1 / (1 + Math.exp(-values[i]));
    }
  }

  @Override
  public boolean takesWeights() {
    return true;
  }

  @Override
  public void apply(LossTape tape) {
    tape.add(
        new LossOperation.BinaryCrossEntropy(
            tape.prediction(),
            tape.targets(),
            tape.state(),
            tape.losses(),
            tape.gradient(),
            tape.weights()));
  }
}
