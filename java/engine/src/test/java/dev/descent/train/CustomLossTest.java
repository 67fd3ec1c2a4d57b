package dev.descent.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.descent.Engine;
import dev.descent.data.DataSet;
import dev.descent.model.Model;
import dev.descent.program.Activation;
import dev.descent.program.ElementwiseOperation.Activate;
import dev.descent.program.ElementwiseOperation.ActivateBackward;
import dev.descent.program.LossOperation.MeanSquaredError;
import dev.descent.program.Tensor;
import dev.descent.train.objective.Loss;
import dev.descent.train.objective.LossTape;
import dev.descent.train.objective.Optimizer;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// A loss that is composed outside the engine's own package of operations that there are.
class CustomLossTest {
  private static final int ROWS = 17;
  private static final int INPUTS = 3;
  private static final int OUTPUTS = 2;
  private static final float RATE = 0.5f;

  private final long seed = Long.getLong("descent.seed", System.nanoTime());
  private final Random random = new Random(seed);

  /// Brier's score: the squared error of the logits' sigmoid.
  private record Brier() implements Loss {
    @Override
    public String name() {
      return "brier";
    }

    @Override
    public Activation contained() {
      return Activation.SIGMOID;
    }

    @Override
    public void toProbabilities(double[] values, int outputs) {
      for (int i = 0; i < values.length; i++) {
        values[i] = sigmoid(values[i]);
      }
    }

    @Override
    public void apply(LossTape tape) {
      Tensor p = tape.values("p");
      Tensor gradient = tape.gradient();
      tape.add(new Activate(Activation.SIGMOID, tape.prediction(), p));
      tape.add(new MeanSquaredError(p, tape.targets(), tape.state(), tape.losses(), gradient));
      if (gradient != null) {
        tape.add(new ActivateBackward(Activation.SIGMOID, p, gradient, gradient));
      }
    }
  }

  private static double sigmoid(double z) {
    return 1 / (1 + Math.exp(-z));
  }

  @ParameterizedTest
  @ValueSource(strings = {"reference", "cpu"})
  void aStepEqualsAnIndependentComputation(String backend) {
    float[] x = floats(ROWS * INPUTS);
    float[] t = floats(ROWS * OUTPUTS);
    DataSet data = DataSet.targets("random", x, INPUTS, t, OUTPUTS);
    Loss.register(new Brier());
    Model model = Model.sequential(INPUTS).dense(OUTPUTS, Activation.SIGMOID).build(1);
    float[] w = model.get("dense1.weight");
    double[] expected = new double[w.length];
    double loss = 0;
    for (int i = 0; i < w.length; i++) {
      expected[i] = w[i];
    }
    for (int row = 0; row < ROWS; row++) {
      for (int j = 0; j < OUTPUTS; j++) {
        double z = 0;
        for (int i = 0; i < INPUTS; i++) {
          z += (double) x[row * INPUTS + i] * w[i * OUTPUTS + j];
        }
        double p = sigmoid(z);
        double error = p - t[row * OUTPUTS + j];
        loss += error * error / OUTPUTS / ROWS;
        double d = 2 * error * p * (1 - p) / OUTPUTS / ROWS;
        for (int i = 0; i < INPUTS; i++) {
          expected[i * OUTPUTS + j] -= RATE * d * x[row * INPUTS + i];
        }
      }
    }
    try (Engine engine = Engine.open(backend)) {
      History history =
          engine
              .trainer(model)
              .loss(new Brier())
              .optimizer(Optimizer.sgd(RATE))
              .batch(ROWS)
              .fit(data, 1);
      assertEquals(loss, history.last().loss(), 1e-5, "seed " + seed);
      float[] trained = model.get("dense1.weight");
      for (int i = 0; i < w.length; i++) {
        assertEquals(expected[i], trained[i], 1e-6, "seed " + seed);
      }
      Loss named = Loss.named(model.metadata().get("loss"));
      assertEquals(new Brier(), named);
      Model logits = Model.sequential(INPUTS).dense(OUTPUTS).build(1).with(model.parameters());
      assertArrayEquals(
          Predictions.of(model, named, engine.predict(model, data)).probabilities(),
          Predictions.of(logits, named, engine.predict(logits, data)).probabilities(),
          1e-6,
          "seed " + seed);
    }
  }

  private float[] floats(int count) {
    float[] values = new float[count];
    for (int i = 0; i < count; i++) {
      values[i] = random.nextFloat(-1, 1);
    }
    return values;
  }
}
