package dev.descent.contract;

import dev.descent.internal.Philox;
import dev.descent.model.Activate;
import dev.descent.model.BoundLayer;
import dev.descent.model.Dense;
import dev.descent.model.Dropout;
import dev.descent.model.Flatten;
import dev.descent.model.Model;
import dev.descent.program.Activation;
import dev.descent.train.objective.BinaryCrossEntropy;
import dev.descent.train.objective.Loss;
import dev.descent.train.objective.MeanSquaredError;
import dev.descent.train.objective.SoftmaxCrossEntropy;
import java.util.Arrays;
import java.util.function.DoubleUnaryOperator;
import java.util.stream.IntStream;

/// An independent float64 computation of a model's mean loss in its first training step, for finite
/// differences. Of the engine's code it shares the random numbers of dropout alone.
final class Float64Network {
  private final Model model;
  private final Loss loss;
  private final long seed;

  /// How near an activation's argument came to a kink.
  private double distanceToKink = Double.POSITIVE_INFINITY;

  /// @param seed of dropout
  Float64Network(Model model, Loss loss, long seed) {
    this.model = model;
    this.loss = loss;
    this.seed = seed;
  }

  /// The mean loss over the rows.
  ///
  /// @param weights of each parameter of the model, in order
  /// @param x rows of samples
  /// @param t rows of targets, one-hot
  double loss(double[][] weights, double[][] x, double[][] t) {
    double[][] values = x;
    int parameter = 0;
    for (BoundLayer bound : model.boundLayers()) {
      int next = parameter + bound.parameters().size();
      values = apply(bound, Arrays.copyOfRange(weights, parameter, next), values);
      parameter = next;
    }
    double sum = 0;
    for (int row = 0; row < x.length; row++) {
      sum += rowLoss(values[row], t[row]);
    }
    return sum / x.length;
  }

  /// How near any argument of an activation came to a kink, where there is no derivative to compare
  /// with.
  double distanceToKink() {
    return distanceToKink;
  }

  /// A layer of a type that is not known here makes this fail, and so does not pass untested.
  private double[][] apply(BoundLayer bound, double[][] weights, double[][] in) {
    return switch (bound.layer()) {
      case Dense dense -> rows(in, x -> activate(dense.activation(), dense(x, weights)));
      case Activate activate ->
          rows(
              in,
              x ->
                  byPosition(x, bound.input().channels(), p -> activate(activate.activation(), p)));
      case Dropout dropout -> drop(in, dropout.rate(), bound.index());
      case Flatten _ -> in;
      case GradientContract.Shift _ ->
          rows(
              in,
              x -> byPosition(x, bound.input().channels(), p -> map(p, j -> p[j] + weights[0][j])));
      default ->
          throw new AssertionError(
              "no float64 computation of layer type "
                  + bound.layer().settings().type()
                  + ": it belongs here");
    };
  }

  private interface Row {
    double[] of(double[] x);
  }

  private static double[][] rows(double[][] in, Row function) {
    return Arrays.stream(in).map(function::of).toArray(double[][]::new);
  }

  /// Applies a function to the channels of each position of a sample.
  private static double[] byPosition(double[] x, int channels, Row function) {
    return IntStream.range(0, x.length / channels)
        .mapToObj(p -> function.of(Arrays.copyOfRange(x, p * channels, (p + 1) * channels)))
        .flatMapToDouble(Arrays::stream)
        .toArray();
  }

  private interface Element {
    double of(int index);
  }

  private static double[] map(double[] x, Element element) {
    return IntStream.range(0, x.length).mapToDouble(element::of).toArray();
  }

  private static double[] dense(double[] in, double[][] weights) {
    double[] out = weights[1].clone();
    for (int i = 0; i < in.length; i++) {
      for (int j = 0; j < out.length; j++) {
        out[j] += in[i] * weights[0][i * out.length + j];
      }
    }
    return out;
  }

  /// The first step's mask: see [dev.descent.program.Operation].
  private double[][] drop(double[][] in, float rate, int stream) {
    double[][] out = new double[in.length][];
    int[] words = new int[4];
    long element = 0;
    for (int row = 0; row < in.length; row++) {
      out[row] = new double[in[row].length];
      for (int j = 0; j < in[row].length; j++, element++) {
        long block = element / 4;
        Philox.block((int) block, (int) (block >>> 32), 0, stream, seed, words);
        long bits = Integer.toUnsignedLong(words[(int) (element % 4)]);
        out[row][j] = bits >= Math.round(rate * 0x1p32) ? in[row][j] / (1 - rate) : 0;
      }
    }
    return out;
  }

  private double[] activate(Activation activation, double[] x) {
    if (activation == Activation.RELU || activation == Activation.LEAKY_RELU) {
      double nearest = Arrays.stream(x).map(Math::abs).min().orElseThrow();
      distanceToKink = Math.min(distanceToKink, nearest);
    }
    return switch (activation) {
      case LINEAR -> x;
      case RELU -> each(x, v -> v > 0 ? v : 0);
      case LEAKY_RELU -> each(x, v -> v > 0 ? v : 0.01 * v);
      case SIGMOID -> each(x, v -> 1 / (1 + Math.exp(-v)));
      case TANH -> each(x, Math::tanh);
      case GELU -> each(x, v -> v * phi(v));
      case SOFTMAX -> map(x, j -> softmax(x, j));
    };
  }

  private static double[] each(double[] x, DoubleUnaryOperator function) {
    return Arrays.stream(x).map(function).toArray();
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

  /// A loss that is not known here makes this fail, and so does not pass untested.
  private double rowLoss(double[] z, double[] t) {
    double sum = 0;
    for (int j = 0; j < z.length; j++) {
      sum +=
          switch (loss) {
            case SoftmaxCrossEntropy _ -> -t[j] * Math.log(softmax(z, j));
            case BinaryCrossEntropy _ -> {
              double p = 1 / (1 + Math.exp(-z[j]));
              yield -(t[j] * Math.log(p) + (1 - t[j]) * Math.log(1 - p)) / z.length;
            }
            case MeanSquaredError _ -> (z[j] - t[j]) * (z[j] - t[j]) / z.length;
            default ->
                throw new AssertionError(
                    "no float64 computation of loss " + loss.name() + ": it belongs here");
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
