package dev.descent.train.objective;

import dev.descent.program.Activation;
import dev.descent.program.LossOperation;

/// See [Loss#softmaxCrossEntropy].
public record SoftmaxCrossEntropy() implements Loss {
  @Override
  public String name() {
    return "softmax cross-entropy";
  }

  @Override
  public boolean takesClasses() {
    return true;
  }

  @Override
  public Activation contained() {
    return Activation.SOFTMAX;
  }

  /// The softmax of each row.
  @Override
  public void toProbabilities(double[] values, int outputs) {
    for (int from = 0; from < values.length; from += outputs) {
      softmax(values, from, outputs);
    }
  }

  private static void softmax(double[] values, int from, int width) {
    double greatest = Double.NEGATIVE_INFINITY;
    for (int i = from; i < from + width; i++) {
      greatest = Math.max(greatest, values[i]);
    }
    double sum = 0;
    for (int i = from; i < from + width; i++) {
      values[i] = Math.exp(values[i] - greatest);
      sum += values[i];
    }
    for (int i = from; i < from + width; i++) {
      values[i] /= sum;
    }
  }

  @Override
  public boolean takesWeights() {
    return true;
  }

  @Override
  public void apply(LossTape tape) {
    tape.add(
        new LossOperation.SoftmaxCrossEntropy(
            tape.prediction(),
            tape.targets(),
            tape.state(),
            tape.losses(),
            tape.gradient(),
            tape.weights()));
  }
}
