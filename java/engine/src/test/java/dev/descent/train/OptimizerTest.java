package dev.descent.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.descent.Engine;
import dev.descent.backend.DeviceReport;
import dev.descent.data.DataSet;
import dev.descent.model.Model;
import dev.descent.testing.Inputs;
import dev.descent.train.objective.Loss;
import dev.descent.train.objective.Optimizer;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Ten steps of each optimizer, on every backend that is here, equal an independent float64
/// computation.
class OptimizerTest {
  private static final int ROWS = 8;
  private static final int INPUTS = 3;
  private static final int OUTPUTS = 2;
  private static final int STEPS = 10;

  private final Inputs random = Inputs.fresh();

  static List<Optimizer> optimizers() {
    return List.of(
        Optimizer.sgd(0.05f),
        Optimizer.momentum(0.05f, 0.9f),
        Optimizer.nesterov(0.05f, 0.9f),
        Optimizer.adagrad(0.05f),
        Optimizer.rmsprop(0.01f),
        Optimizer.adam(0.01f),
        Optimizer.adamw(0.01f, 0.1f));
  }

  @ParameterizedTest
  @MethodSource("optimizers")
  void tenStepsEqualAnIndependentComputation(Optimizer optimizer) {
    float[] x = floats(ROWS * INPUTS);
    float[] t = floats(ROWS * OUTPUTS);
    float[] weight = floats(INPUTS * OUTPUTS);
    float[] bias = floats(OUTPUTS);
    double[] expected = new LinearModel(x, t, weight, bias).train(optimizer);
    for (DeviceReport device : Engine.devices()) {
      if (!device.usable()) {
        continue;
      }
      Model model = Model.sequential(INPUTS).dense(OUTPUTS).build(0);
      model.set("dense1.weight", weight);
      model.set("dense1.bias", bias);
      try (Engine engine = Engine.open(device.id())) {
        engine
            .trainer(model)
            .loss(Loss.meanSquaredError())
            .optimizer(optimizer)
            .batch(ROWS)
            .fit(DataSet.targets("random", x, INPUTS, t, OUTPUTS), STEPS);
      }
      float[] w = model.get("dense1.weight");
      float[] b = model.get("dense1.bias");
      for (int i = 0; i < expected.length; i++) {
        assertEquals(
            expected[i],
            i < w.length ? w[i] : b[i - w.length],
            1e-6 * Math.max(1, Math.abs(expected[i])),
            "%s, %s, parameter %d".formatted(device.id(), optimizer.name(), i));
      }
    }
  }

  @Test
  void settingsOutOfRangeAreRefused() {
    assertThrows(IllegalArgumentException.class, () -> Optimizer.sgd(0));
    assertThrows(IllegalArgumentException.class, () -> Optimizer.sgd(Float.NaN));
    assertThrows(IllegalArgumentException.class, () -> Optimizer.momentum(0.1f, 1));
    assertThrows(IllegalArgumentException.class, () -> Optimizer.adamw(0.1f, -1));
  }

  private float[] floats(int count) {
    float[] values = new float[count];
    for (int i = 0; i < count; i++) {
      values[i] = (float) random.nextGaussian();
    }
    return values;
  }

  /// y = x W + b with the mean squared error, in float64, its gradients written out.
  private static final class LinearModel {
    private final float[] x;
    private final float[] t;
    private final double[] p;

    LinearModel(float[] x, float[] t, float[] weight, float[] bias) {
      this.x = x;
      this.t = t;
      this.p = new double[weight.length + bias.length];
      for (int i = 0; i < p.length; i++) {
        p[i] = i < weight.length ? weight[i] : bias[i - weight.length];
      }
    }

    private double[] gradient() {
      double[] g = new double[p.length];
      for (int r = 0; r < ROWS; r++) {
        for (int o = 0; o < OUTPUTS; o++) {
          double y = p[INPUTS * OUTPUTS + o];
          for (int i = 0; i < INPUTS; i++) {
            y += x[r * INPUTS + i] * p[i * OUTPUTS + o];
          }
          double d = 2 * (y - t[r * OUTPUTS + o]) / (ROWS * OUTPUTS);
          g[INPUTS * OUTPUTS + o] += d;
          for (int i = 0; i < INPUTS; i++) {
            g[i * OUTPUTS + o] += d * x[r * INPUTS + i];
          }
        }
      }
      return g;
    }

    double[] train(Optimizer optimizer) {
      double lr = optimizer.learningRate();
      double[] a = new double[p.length];
      double[] b = new double[p.length];
      for (int step = 1; step <= STEPS; step++) {
        double[] g = gradient();
        for (int i = 0; i < p.length; i++) {
          switch (optimizer.name()) {
            case "sgd" -> p[i] -= lr * g[i];
            case "momentum" -> {
              a[i] = 0.9 * a[i] + g[i];
              p[i] -= lr * a[i];
            }
            case "nesterov" -> {
              a[i] = 0.9 * a[i] + g[i];
              p[i] -= lr * (g[i] + 0.9 * a[i]);
            }
            case "adagrad" -> {
              a[i] += g[i] * g[i];
              p[i] -= lr * g[i] / (Math.sqrt(a[i]) + 1e-10);
            }
            case "rmsprop" -> {
              a[i] = 0.99 * a[i] + 0.01 * g[i] * g[i];
              p[i] -= lr * g[i] / (Math.sqrt(a[i]) + 1e-8);
            }
            default -> {
              if (optimizer.name().equals("adamw")) {
                p[i] -= lr * 0.1 * p[i];
              }
              a[i] = 0.9 * a[i] + 0.1 * g[i];
              b[i] = 0.999 * b[i] + 0.001 * g[i] * g[i];
              double m = a[i] / (1 - Math.pow(0.9, step));
              double v = b[i] / (1 - Math.pow(0.999, step));
              p[i] -= lr * m / (Math.sqrt(v) + 1e-8);
            }
          }
        }
      }
      return p;
    }
  }
}
