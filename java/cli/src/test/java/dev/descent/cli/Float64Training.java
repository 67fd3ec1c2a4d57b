package dev.descent.cli;

import dev.descent.data.DataSet;
import dev.descent.internal.RandomStream;
import dev.descent.model.Initializer;
import dev.descent.model.Model;
import dev.descent.program.Activation;
import java.util.Arrays;

/// A program of its own that trains a network of hidden layers with ReLU in float64, with Adam,
/// from the first weights and with the batches that `descent train` takes for a seed: its figures are
/// what those of float32 must come close to.
///
/// Classes are learned with softmax cross-entropy, target values with the mean squared error.
final class Float64Training {
  private static final long SEED = 1;
  private static final int SHUFFLE_STREAM = 0x5EED;
  private static final double BETA1 = 0.9;
  private static final double BETA2 = 0.999;
  private static final double EPSILON = 1e-8;

  private final int[] widths;
  private final double[][] parameters;
  private final double[][] gradients;
  private final double[][] first;
  private final double[][] second;
  private int step;

  /// @param hidden the widths of hidden layers
  Float64Training(DataSet train, int... hidden) {
    int outputs = train.outputs();
    Model.Builder builder = Model.sequential(train.features());
    widths = new int[hidden.length + 2];
    widths[0] = train.features();
    for (int i = 0; i < hidden.length; i++) {
      widths[i + 1] = hidden[i];
      builder.dense(hidden[i], Activation.RELU, Initializer.suits(Activation.RELU));
    }
    widths[hidden.length + 1] = outputs;
    Model start =
        builder.dense(outputs, Activation.LINEAR, Initializer.suits(Activation.LINEAR)).build(SEED);
    int layers = hidden.length + 1;
    parameters = new double[layers][];
    gradients = new double[layers][];
    first = new double[layers][];
    second = new double[layers][];
    for (int layer = 0; layer < layers; layer++) {
      float[] weight = start.get("dense%d.weight".formatted(layer + 1));
      float[] bias = start.get("dense%d.bias".formatted(layer + 1));
      // Behind the weights, inputs x outputs, the biases.
      double[] values = new double[weight.length + bias.length];
      for (int i = 0; i < values.length; i++) {
        values[i] = i < weight.length ? weight[i] : bias[i - weight.length];
      }
      parameters[layer] = values;
      gradients[layer] = new double[values.length];
      first[layer] = new double[values.length];
      second[layer] = new double[values.length];
    }
  }

  Float64Training fit(DataSet train, int epochs, int batch, double rate) {
    int[] order = new int[train.size()];
    for (int epoch = 1; epoch <= epochs; epoch++) {
      new RandomStream(SEED, SHUFFLE_STREAM, epoch).permutation(order);
      for (int from = 0; from < order.length; from += batch) {
        int count = Math.min(batch, order.length - from);
        for (double[] gradient : gradients) {
          Arrays.fill(gradient, 0);
        }
        for (int i = from; i < from + count; i++) {
          backward(train, order[i], count);
        }
        adam(rate);
      }
    }
    return this;
  }

  /// What each layer gives for a row; the row itself comes first.
  private double[][] forward(DataSet data, int row) {
    double[][] values = new double[widths.length][];
    float[] input = data.row(row);
    values[0] = new double[input.length];
    for (int i = 0; i < input.length; i++) {
      values[0][i] = input[i];
    }
    for (int layer = 0; layer < parameters.length; layer++) {
      int outputs = widths[layer + 1];
      double[] p = parameters[layer];
      double[] next = new double[outputs];
      for (int o = 0; o < outputs; o++) {
        double sum = p[widths[layer] * outputs + o];
        for (int i = 0; i < widths[layer]; i++) {
          sum += values[layer][i] * p[i * outputs + o];
        }
        next[o] = layer < parameters.length - 1 ? Math.max(0, sum) : sum;
      }
      values[layer + 1] = next;
    }
    return values;
  }

  private void backward(DataSet data, int row, int count) {
    double[][] values = forward(data, row);
    double[] output = values[values.length - 1];
    double[] delta = new double[output.length];
    if (data.isClassified()) {
      double[] p = softmax(output);
      for (int k = 0; k < delta.length; k++) {
        delta[k] = (p[k] - (data.labels()[row] == k ? 1 : 0)) / count;
      }
    } else {
      for (int k = 0; k < delta.length; k++) {
        delta[k] =
            2 * (output[k] - data.targets()[row * delta.length + k]) / (count * delta.length);
      }
    }
    for (int layer = parameters.length - 1; layer >= 0; layer--) {
      int outputs = widths[layer + 1];
      double[] before = new double[widths[layer]];
      for (int o = 0; o < outputs; o++) {
        gradients[layer][widths[layer] * outputs + o] += delta[o];
        for (int i = 0; i < widths[layer]; i++) {
          gradients[layer][i * outputs + o] += values[layer][i] * delta[o];
          before[i] += values[layer][i] > 0 ? parameters[layer][i * outputs + o] * delta[o] : 0;
        }
      }
      delta = before;
    }
  }

  private void adam(double rate) {
    step++;
    for (int layer = 0; layer < parameters.length; layer++) {
      for (int i = 0; i < parameters[layer].length; i++) {
        double g = gradients[layer][i];
        first[layer][i] = BETA1 * first[layer][i] + (1 - BETA1) * g;
        second[layer][i] = BETA2 * second[layer][i] + (1 - BETA2) * g * g;
        double mean = first[layer][i] / (1 - Math.pow(BETA1, step));
        double square = second[layer][i] / (1 - Math.pow(BETA2, step));
        parameters[layer][i] -= rate * mean / (Math.sqrt(square) + EPSILON);
      }
    }
  }

  private static double[] softmax(double[] scores) {
    double most = Arrays.stream(scores).max().orElseThrow();
    double[] p = Arrays.stream(scores).map(score -> Math.exp(score - most)).toArray();
    double sum = Arrays.stream(p).sum();
    return Arrays.stream(p).map(value -> value / sum).toArray();
  }

  private double[] outputs(DataSet data, int row) {
    double[][] values = forward(data, row);
    return values[values.length - 1];
  }

  /// The mean of the loss.
  double loss(DataSet data) {
    double sum = 0;
    for (int row = 0; row < data.size(); row++) {
      double[] output = outputs(data, row);
      if (data.isClassified()) {
        sum -= Math.log(softmax(output)[data.labels()[row]]);
      } else {
        double error = output[0] - data.targets()[row];
        sum += error * error;
      }
    }
    return sum / data.size();
  }

  double accuracy(DataSet data) {
    int right = 0;
    for (int row = 0; row < data.size(); row++) {
      double[] output = outputs(data, row);
      int best = 0;
      for (int k = 1; k < output.length; k++) {
        best = output[k] > output[best] ? k : best;
      }
      right += best == data.labels()[row] ? 1 : 0;
    }
    return right / (double) data.size();
  }
}
