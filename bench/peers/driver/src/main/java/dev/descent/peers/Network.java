package dev.descent.peers;

import dev.descent.data.DataSet;
import dev.descent.data.known.Asl;
import dev.descent.data.known.Mnist;
import dev.descent.model.BatchNorm;
import dev.descent.model.KnownModel;
import dev.descent.model.Model;
import dev.descent.program.Activation;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;

/// A network that all sides train, with its data.
public enum Network {
  /// 784-512-512-10 with ReLU, on MNIST.
  MLP,

  /// Convolutions of 25, 50 and 75 filters, each with batch normalisation, ReLU and max-pooling, on
  /// the letters of the sign language.
  ASL_CNN,

  /// The older generation: convolutions of 75, 50 and 25 filters, each with ReLU, batch
  /// normalisation and max-pooling that rounds up.
  ASL_CNN_KERAS;

  /// Dropped after the second convolution.
  public static final float DROPOUT = 0.2f;

  /// Dropped after the hidden dense layer.
  public static final float DENSE_DROPOUT = 0.3f;

  /// Reads what [#word] writes.
  static Network of(String word) {
    for (Network network : values()) {
      if (network.word().equals(word)) {
        return network;
      }
    }
    throw new IllegalArgumentException(
        "no network " + word + "; write mlp, asl-cnn or asl-cnn-keras");
  }

  /// Its name on the command line.
  public String word() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /// The filters of each convolution in turn; none in the MLP.
  public List<Integer> filters() {
    return switch (this) {
      case MLP -> List.of();
      case ASL_CNN -> List.of(25, 50, 75);
      case ASL_CNN_KERAS -> List.of(75, 50, 25);
    };
  }

  /// How it normalises behind each convolution.
  public BatchNorm normalisation() {
    return model().layers().stream()
        .filter(BatchNorm.class::isInstance)
        .map(BatchNorm.class::cast)
        .findFirst()
        .orElseThrow();
  }

  /// The model as Descent has it.
  public Model model() {
    return this == MLP
        ? Model.sequential(Task.PIXELS)
            .dense(Task.HIDDEN, Activation.RELU)
            .dense(Task.HIDDEN, Activation.RELU)
            .dense(classes())
            .build(0)
        : KnownModel.valueOf(name()).build(classes(), 0);
  }

  /// Classes of the data.
  public int classes() {
    return this == MLP ? Task.CLASSES : 24;
  }

  /// The images to train on.
  DataSet train(Path data) {
    return this == MLP ? Mnist.train(data) : Asl.train(data);
  }

  /// The images to judge by.
  DataSet test(Path data) {
    return this == MLP ? Mnist.test(data) : Asl.test(data);
  }

  /// Operations of a training step's products for a sample: two products for the first layer, three
  /// for the others, each multiply-add counted as two.
  double operations() {
    return 2.0
        * model().boundLayers().stream()
            .mapToLong(
                layer -> layer.layer().multiplyAdds(layer.input()) * (layer.index() == 0 ? 2 : 3))
            .sum();
  }

  /// In words, for the report.
  String title() {
    return switch (this) {
      case MLP -> "MNIST, 784-512-512-10 with ReLU";
      case ASL_CNN ->
          "ASL, convolutions of 25, 50 and 75 filters, batch normalisation, ReLU, max-pooling, dropout";
      case ASL_CNN_KERAS ->
          "ASL, convolutions of 75, 50 and 25 filters, ReLU, batch normalisation, max-pooling, dropout";
    };
  }
}
