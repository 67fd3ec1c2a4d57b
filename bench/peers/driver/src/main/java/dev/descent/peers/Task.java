package dev.descent.peers;

import dev.descent.data.DataSet;
import java.nio.file.Path;
import java.util.List;

/// What a side is to train, with Adam.
///
/// @param network the model and its data
/// @param data the data folder
/// @param batch samples of a step, at least 1
/// @param threads to work with, at least 1
/// @param limit the most samples of an epoch, at least 1
/// @param variant which way of using the product; empty where there is one
public record Task(Network network, Path data, int batch, int threads, int limit, String variant) {
  /// Pixels of an image.
  public static final int PIXELS = 784;

  /// Lines and columns of an image.
  public static final int SIDE = 28;

  /// Units of each hidden dense layer.
  public static final int HIDDEN = 512;

  /// Digits of MNIST.
  public static final int CLASSES = 10;

  /// Of Adam; its other settings (0.9, 0.999, 1e-8) are every product's own too.
  public static final float LEARNING_RATE = 0.001f;

  /// Reads what [#arguments] wrote.
  public static Task of(String[] arguments) {
    return new Task(
        Network.of(arguments[0]),
        Path.of(arguments[1]),
        Integer.parseInt(arguments[2]),
        Integer.parseInt(arguments[3]),
        Integer.parseInt(arguments[4]),
        arguments[5]);
  }

  /// For the command line of the side's JVM.
  public List<String> arguments() {
    return List.of(
        network.word(),
        data.toString(),
        Integer.toString(batch),
        Integer.toString(threads),
        Integer.toString(limit),
        variant);
  }

  /// The images to train on.
  public DataSet train() {
    DataSet all = network.train(data);
    return limit < all.size() ? all.slice(0, limit) : all;
  }

  /// The images to judge by, all of them.
  public DataSet test() {
    return network.test(data);
  }

  /// For a side that trains the MLP alone.
  ///
  /// @throws IllegalArgumentException if another network is wanted
  public void requireMlp() {
    if (network != Network.MLP) {
      throw new IllegalArgumentException("this side trains mlp alone, not " + network.word());
    }
  }

  /// Pixels as products take them that know no bytes: from 0 to 1.
  ///
  /// @return `size x 784`, row-major; a new array
  public static float[] scaled(DataSet images) {
    byte[] bytes = images.bytes();
    float[] scaled = new float[bytes.length];
    for (int i = 0; i < bytes.length; i++) {
      scaled[i] = (bytes[i] & 0xFF) * DataSet.BYTE_SCALE;
    }
    return scaled;
  }
}
