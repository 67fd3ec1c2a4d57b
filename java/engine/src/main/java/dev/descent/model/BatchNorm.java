package dev.descent.model;

import dev.descent.program.NormalisationOperation.BatchStatistics;
import dev.descent.program.NormalisationOperation.Normalise;
import dev.descent.program.NormalisationOperation.NormaliseBackward;
import dev.descent.program.NormalisationOperation.NormaliseBackwardWeights;
import dev.descent.program.Tensor;
import java.util.List;

/// Batch normalisation (Ioffe and Szegedy 2015) of each channel: `y = scale (x - mean) /
/// sqrt(variance + epsilon) + shift`. Training takes mean and variance of the batch, and keeps
/// running ones, which evaluation and prediction take.
///
/// @param epsilon added to the variance, above 0
/// @param momentum the share that a running value keeps in a step, in [0, 1). PyTorch's momentum is
///     1 minus this
public record BatchNorm(float epsilon, float momentum) implements Layer {
  static final String TYPE = "batch_norm";

  /// Keras' default.
  public static final float EPSILON = 1e-3f;

  /// Keras' default.
  public static final float MOMENTUM = 0.99f;

  /// Checks the numbers.
  ///
  /// @throws IllegalArgumentException if one is out of its range
  public BatchNorm {
    if (!(epsilon > 0 && Float.isFinite(epsilon))) {
      throw new IllegalArgumentException(
          "batch normalisation's epsilon is " + epsilon + "; must be > 0");
    }
    if (!(momentum >= 0 && momentum < 1)) {
      throw new IllegalArgumentException(
          "batch normalisation's momentum " + momentum + " is not in [0, 1)");
    }
  }

  static BatchNorm of(Settings settings) {
    return new BatchNorm(
        settings.number("epsilon", EPSILON), settings.number("momentum", MOMENTUM));
  }

  static BatchNorm of(LayerWords words) {
    return new BatchNorm(words.number("epsilon", EPSILON), words.number("momentum", MOMENTUM));
  }

  @Override
  public Settings settings() {
    return Settings.of(TYPE).with("epsilon", epsilon).with("momentum", momentum);
  }

  @Override
  public Shape output(Shape input) {
    return input;
  }

  @Override
  public List<Weight> weights(Shape input) {
    int channels = input.channels();
    return List.of(
        Weight.of("scale", Initializer.ONES, channels),
        Weight.of("shift", Initializer.ZEROS, channels),
        Weight.of("mean", Initializer.ZEROS, channels).kept(),
        Weight.of("variance", Initializer.ONES, channels).kept());
  }

  @Override
  public Tensor apply(Tensor x, Tape tape) {
    int channels = tape.input().channels();
    Tensor scale = tape.weight("scale");
    Tensor shift = tape.weight("shift");
    Tensor runningMean = tape.weight("mean");
    Tensor runningVariance = tape.weight("variance");
    Tensor out = tape.values("out", tape.input());
    if (!tape.training()) {
      tape.add(new Normalise(x, runningMean, runningVariance, scale, shift, out, epsilon));
      return out;
    }
    Tensor mean = tape.shared("mean", 1, channels);
    Tensor variance = tape.shared("variance", 1, channels);
    tape.add(new BatchStatistics(x, mean, variance, runningMean, runningVariance, momentum));
    tape.add(new Normalise(x, mean, variance, scale, shift, out, epsilon));
    tape.backward(d -> {
      Tensor dScale = tape.gradient("scale");
      Tensor dShift = tape.gradient("shift");
      tape.add(new NormaliseBackwardWeights(x, mean, variance, d, dScale, dShift, epsilon));
      if (tape.wantsInputGradient()) {
        tape.add(new NormaliseBackward(x, mean, variance, scale, dScale, dShift, d, d, epsilon));
      }
      return d;
    });
    return out;
  }

  @Override
  public String title() {
    return "BatchNorm";
  }

  @Override
  public String describe() {
    return "batchnorm"
        + (epsilon == EPSILON ? "" : " epsilon " + epsilon)
        + (momentum == MOMENTUM ? "" : " momentum " + momentum);
  }
}
