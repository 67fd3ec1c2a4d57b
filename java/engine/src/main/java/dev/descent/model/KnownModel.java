package dev.descent.model;

import dev.descent.program.Activation;
import dev.descent.program.Padding;
import java.util.Locale;

/// Networks by name. Each takes images of 28 x 28 with one channel.
public enum KnownModel {
  /// The letters of the sign language, as NVIDIA's course has them in PyTorch: convolutions of 25,
  /// 50 and 75 filters. 404,099 parameters for 24 classes.
  ASL_CNN {
    @Override
    void add(Model.Builder builder, int outputs) {
      for (int filters : new int[] {25, 50, 75}) {
        builder
            .layer(new Conv2d(filters, 3, 3, 1, Padding.SAME, Activation.LINEAR, PYTORCH))
            .batchNorm(1e-5f, 0.9f)
            .activation(Activation.RELU);
        if (filters == 50) {
          builder.dropout(0.2f);
        }
        builder.maxPool2d(2, Padding.VALID);
      }
      builder
          .flatten()
          .dense(512, Activation.LINEAR, PYTORCH)
          .dropout(0.3f)
          .activation(Activation.RELU)
          .dense(outputs, Activation.LINEAR, PYTORCH);
    }
  },

  /// The same as the course has it in Keras: convolutions of 75, 50 and 25 filters. 264,049
  /// parameters for 24 classes, of which 300 are kept statistics.
  ASL_CNN_KERAS {
    @Override
    void add(Model.Builder builder, int outputs) {
      for (int filters : new int[] {75, 50, 25}) {
        Initializer initializer = Initializer.GLOROT_UNIFORM;
        builder.layer(new Conv2d(filters, 3, 3, 1, Padding.SAME, Activation.RELU, initializer));
        if (filters == 50) {
          builder.dropout(0.2f);
        }
        builder.batchNorm().maxPool2d(2, Padding.SAME);
      }
      builder
          .flatten()
          .dense(512, Activation.RELU, Initializer.GLOROT_UNIFORM)
          .dropout(0.3f)
          .dense(outputs);
    }
  },

  /// Digits, small and fast: convolutions of 24 and 32 filters. Each maximum is taken before the
  /// ReLU, which gives the same and computes a quarter.
  MNIST_CNN {
    @Override
    void add(Model.Builder builder, int outputs) {
      builder
          .layer(new Conv2d(24, 5, 5, 1, Padding.VALID, Activation.LINEAR, PYTORCH))
          .maxPool2d(2, Padding.VALID)
          .activation(Activation.RELU)
          .layer(new Conv2d(32, 3, 3, 1, Padding.VALID, Activation.LINEAR, PYTORCH))
          .maxPool2d(2, Padding.VALID)
          .activation(Activation.RELU)
          .flatten()
          .dense(256, Activation.RELU, PYTORCH)
          .dense(outputs, Activation.LINEAR, PYTORCH);
    }
  };

  private static final Initializer PYTORCH = Initializer.FAN_IN_UNIFORM;

  private static final Shape INPUT = new Shape(28, 28, 1);

  abstract void add(Model.Builder builder, int outputs);

  /// {@return the name as users write it: `asl-cnn`}
  public String word() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /// {@return the shape of a sample}
  public Shape input() {
    return INPUT;
  }

  /// Makes the model and draws its weights.
  ///
  /// @param outputs the values that it gives for a sample, at least 1
  /// @param seed the same seed gives the same weights on every machine
  /// @return a new model
  public Model build(int outputs, long seed) {
    Model.Builder builder = Model.sequential(INPUT);
    add(builder, outputs);
    return builder.build(seed);
  }
}
