package dev.descent.train;

import dev.descent.program.Activation;
import java.util.List;

/// An independent float64 computation of a network's mean loss, for finite differences. It shares no
/// code with the engine.
///
/// @param widths inputs, hidden units..., outputs
/// @param hidden the activation of all layers but the last
/// @param loss of the last layer's outputs
record Mlp(List<Integer> widths, Activation hidden, Loss loss) {
  /// The mean loss over the rows.
  ///
  /// @param weights for each layer the weight (inputs x units, row-major) and then the bias
  /// @param x rows of inputs
  /// @param t rows of targets: one-hot for cross-entropy
  double loss(double[][] weights, double[][] x, double[][] t) {
    double sum = 0;
    for (int row = 0; row < x.length; row++) {
      double[] values = x[row];
      for (int layer = 0; layer + 1 < widths.size(); layer++) {
        values = dense(values, weights[2 * layer], weights[2 * layer + 1]);
        if (layer + 2 < widths.size()) {
          values = activate(values);
        }
      }
      sum += rowLoss(values, t[row]);
    }
    return sum / x.length;
  }

  /// How near any activation's argument comes to a kink, where there is no derivative to compare with.
  double distanceToKink(double[][] weights, double[][] x) {
    if (hidden != Activation.RELU && hidden != Activation.LEAKY_RELU) {
      return Double.POSITIVE_INFINITY;
    }
    double distance = Double.POSITIVE_INFINITY;
    for (double[] row : x) {
      double[] values = row;
      for (int layer = 0; layer + 2 < widths.size(); layer++) {
        values = dense(values, weights[2 * layer], weights[2 * layer + 1]);
        for (double value : values) {
          distance = Math.min(distance, Math.abs(value));
        }
        values = activate(values);
      }
    }
    return distance;
  }

  private static double[] dense(double[] in, double[] weight, double[] bias) {
    double[] out = bias.clone();
    for (int i = 0; i < in.length; i++) {
      for (int j = 0; j < out.length; j++) {
        out[j] += in[i] * weight[i * out.length + j];
      }
    }
    return out;
  }

  private double[] activate(double[] x) {
    double[] y = new double[x.length];
    double sum = 0;
    for (double v : x) {
      sum += Math.exp(v);
    }
    for (int j = 0; j < x.length; j++) {
      y[j] =
          switch (hidden) {
            case LINEAR -> x[j];
            case RELU -> x[j] > 0 ? x[j] : 0;
            case LEAKY_RELU -> x[j] > 0 ? x[j] : 0.01 * x[j];
            case SIGMOID -> 1 / (1 + Math.exp(-x[j]));
            case TANH -> Math.tanh(x[j]);
            case GELU -> x[j] * phi(x[j]);
            case SOFTMAX -> Math.exp(x[j]) / sum;
          };
    }
    return y;
  }

  /// The normal distribution function by Simpson's rule: slow, and nothing like the engine's.
  private static double phi(double x) {
    int pieces = 400;
    double h = x / pieces;
    double sum = bell(0) + bell(x);
    for (int i = 1; i < pieces; i++) {
      sum += (i % 2 == 0 ? 2 : 4) * bell(i * h);
    }
    return 0.5 + sum * h / 3;
  }

  private static double bell(double x) {
    return Math.exp(-x * x / 2) / Math.sqrt(2 * Math.PI);
  }

  private double rowLoss(double[] z, double[] t) {
    double sum = 0;
    for (int j = 0; j < z.length; j++) {
      sum +=
          switch (loss) {
            case Loss.SoftmaxCrossEntropy _ -> -t[j] * Math.log(softmax(z, j));
            case Loss.BinaryCrossEntropy _ -> {
              double p = 1 / (1 + Math.exp(-z[j]));
              yield -(t[j] * Math.log(p) + (1 - t[j]) * Math.log(1 - p)) / z.length;
            }
            case Loss.MeanSquaredError _ -> (z[j] - t[j]) * (z[j] - t[j]) / z.length;
          };
    }
    return sum;
  }

  private static double softmax(double[] z, int j) {
    double sum = 0;
    for (double v : z) {
      sum += Math.exp(v - z[j]);
    }
    return 1 / sum;
  }
}
