package dev.descent.contract;

import dev.descent.internal.Philox;
import dev.descent.model.Activate;
import dev.descent.model.AveragePool2d;
import dev.descent.model.BatchNorm;
import dev.descent.model.BoundLayer;
import dev.descent.model.Conv2d;
import dev.descent.model.Dense;
import dev.descent.model.Dropout;
import dev.descent.model.Flatten;
import dev.descent.model.GlobalAveragePool2d;
import dev.descent.model.MaxPool2d;
import dev.descent.model.Model;
import dev.descent.model.Residual;
import dev.descent.model.Shape;
import dev.descent.program.Activation;
import dev.descent.program.Padding;
import dev.descent.train.objective.BinaryCrossEntropy;
import dev.descent.train.objective.Loss;
import dev.descent.train.objective.MeanSquaredError;
import dev.descent.train.objective.SoftmaxCrossEntropy;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.DoubleUnaryOperator;
import java.util.stream.IntStream;

/// An independent float64 computation of a model's mean loss in its first training step, for finite
/// differences. Of the engine's code it shares the random numbers of dropout alone.
final class Float64Network {
  private final Model model;
  private final Loss loss;
  private final long seed;
  private final float[] rowWeights;

  /// How near an activation's argument came to a kink.
  private double distanceToKink = Double.POSITIVE_INFINITY;

  /// @param seed of dropout
  /// @param rowWeights what each row's loss is multiplied by
  Float64Network(Model model, Loss loss, long seed, float[] rowWeights) {
    this.model = model;
    this.loss = loss;
    this.seed = seed;
    this.rowWeights = rowWeights;
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
      values = apply(bound, bound.index(), Arrays.copyOfRange(weights, parameter, next), values);
      parameter = next;
    }
    double sum = 0;
    for (int row = 0; row < x.length; row++) {
      sum += rowWeights[row] * rowLoss(values[row], t[row]);
    }
    return sum / x.length;
  }

  /// How near any argument of an activation came to a kink, where there is no derivative to compare
  /// with.
  double distanceToKink() {
    return distanceToKink;
  }

  /// A layer of a type that is not known here makes this fail, and so does not pass untested.
  ///
  /// @param stream of the layer's random numbers
  private double[][] apply(BoundLayer bound, int stream, double[][] weights, double[][] in) {
    return switch (bound.layer()) {
      case Dense dense -> rows(in, x -> activate(dense.activation(), dense(x, weights)));
      case Activate activate ->
          rows(
              in,
              x ->
                  byPosition(x, bound.input().channels(), p -> activate(activate.activation(), p)));
      case Dropout dropout -> drop(in, dropout.rate(), stream);
      case Flatten _ -> in;
      case Conv2d conv -> rows(in, x -> convolve(conv, bound, weights, x));
      case MaxPool2d pool ->
          rows(
              in,
              x ->
                  pool(
                      bound,
                      pool.height(),
                      pool.width(),
                      pool.stride(),
                      pool.padding(),
                      x,
                      this::max));
      case AveragePool2d pool ->
          rows(
              in,
              x ->
                  pool(
                      bound,
                      pool.height(),
                      pool.width(),
                      pool.stride(),
                      pool.padding(),
                      x,
                      v -> Arrays.stream(v).average().orElseThrow()));
      case GlobalAveragePool2d _ ->
          rows(
              in,
              x ->
                  pool(
                      bound,
                      bound.input().height(),
                      bound.input().width(),
                      1,
                      Padding.VALID,
                      x,
                      v -> Arrays.stream(v).average().orElseThrow()));
      case BatchNorm norm -> normalise(norm, bound.input().channels(), weights, in);
      case Residual residual -> residual(residual, bound.input(), stream, weights, in);
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

  /// What goes in, and what its layers make of it.
  private double[][] residual(
      Residual residual, Shape input, int stream, double[][] weights, double[][] in) {
    Model.Builder builder = Model.sequential(input);
    residual.layers().forEach(builder::layer);
    // A model has something to train, which the path may not have.
    builder.layer(new Flatten()).dense(1);
    double[][] values = in;
    int parameter = 0;
    for (BoundLayer inner : builder.build(1).boundLayers().subList(0, residual.layers().size())) {
      int next = parameter + inner.parameters().size();
      int its = 1000 * (stream + 1) + inner.index();
      values = apply(inner, its, Arrays.copyOfRange(weights, parameter, next), values);
      parameter = next;
    }
    double[][] path = values;
    return IntStream.range(0, in.length)
        .mapToObj(row -> map(in[row], e -> in[row][e] + path[row][e]))
        .toArray(double[][]::new);
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

  /// What is done for a tap inside the image.
  private interface Neighbourhood {
    void at(int place, int tap, int position);
  }

  /// Visits the taps inside the image by the definition of padding: as many places as fit, or as
  /// many as cover the image with the padding evenly on both sides.
  private static void visit(
      Shape in,
      Shape out,
      int kernelHeight,
      int kernelWidth,
      int stride,
      Padding padding,
      Neighbourhood visitor) {
    boolean same = padding == Padding.SAME;
    int top = same ? Math.max(0, (out.height() - 1) * stride + kernelHeight - in.height()) / 2 : 0;
    int left = same ? Math.max(0, (out.width() - 1) * stride + kernelWidth - in.width()) / 2 : 0;
    for (int p = 0; p < out.height(); p++) {
      for (int q = 0; q < out.width(); q++) {
        for (int i = 0; i < kernelHeight; i++) {
          for (int j = 0; j < kernelWidth; j++) {
            int y = p * stride + i - top;
            int x = q * stride + j - left;
            if (y >= 0 && x >= 0 && y < in.height() && x < in.width()) {
              visitor.at(p * out.width() + q, i * kernelWidth + j, y * in.width() + x);
            }
          }
        }
      }
    }
  }

  private double[] convolve(Conv2d conv, BoundLayer bound, double[][] weights, double[] x) {
    int channels = bound.input().channels();
    int filters = conv.filters();
    double[] out = new double[bound.output().size()];
    for (int e = 0; e < out.length; e++) {
      out[e] = weights[1][e % filters];
    }
    visit(
        bound.input(),
        bound.output(),
        conv.height(),
        conv.width(),
        conv.stride(),
        conv.padding(),
        (place, tap, position) -> {
          for (int c = 0; c < channels; c++) {
            for (int f = 0; f < filters; f++) {
              out[place * filters + f] +=
                  x[position * channels + c] * weights[0][(tap * channels + c) * filters + f];
            }
          }
        });
    return byPosition(out, filters, p -> activate(conv.activation(), p));
  }

  private interface Pool {
    double of(double[] values);
  }

  private static double[] pool(
      BoundLayer bound, int height, int width, int stride, Padding padding, double[] x, Pool pool) {
    int channels = bound.input().channels();
    List<List<Integer>> positions = new ArrayList<>();
    for (int p = 0; p < bound.output().positions(); p++) {
      positions.add(new ArrayList<>());
    }
    visit(
        bound.input(),
        bound.output(),
        height,
        width,
        stride,
        padding,
        (place, tap, position) -> positions.get(place).add(position));
    return map(
        new double[bound.output().size()],
        e -> {
          List<Integer> under = positions.get(e / channels);
          return pool.of(under.stream().mapToDouble(p -> x[p * channels + e % channels]).toArray());
        });
  }

  /// Where the two largest are as good as equal is a kink.
  private double max(double[] values) {
    double[] sorted = values.clone();
    Arrays.sort(sorted);
    if (sorted.length > 1) {
      double distance = sorted[sorted.length - 1] - sorted[sorted.length - 2];
      distanceToKink = Math.min(distanceToKink, distance);
    }
    return sorted[sorted.length - 1];
  }

  private static double[][] normalise(
      BatchNorm norm, int channels, double[][] weights, double[][] in) {
    double[] mean = new double[channels];
    double[] variance = new double[channels];
    double count = (double) in.length * in[0].length / channels;
    for (double[] x : in) {
      for (int e = 0; e < x.length; e++) {
        mean[e % channels] += x[e] / count;
      }
    }
    for (double[] x : in) {
      for (int e = 0; e < x.length; e++) {
        variance[e % channels] += Math.pow(x[e] - mean[e % channels], 2) / count;
      }
    }
    return rows(
        in,
        x ->
            map(
                x,
                e -> {
                  int c = e % channels;
                  double deviation = Math.sqrt(variance[c] + norm.epsilon());
                  return weights[0][c] * (x[e] - mean[c]) / deviation + weights[1][c];
                }));
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
