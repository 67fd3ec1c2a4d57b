package dev.descent.peers;

import dev.descent.data.DataSet;
import dev.descent.data.known.Mnist;
import java.nio.file.Path;
import java.util.List;

/// What a side is to train: a 784-512-512-10 model with ReLU on MNIST, with Adam.
///
/// @param data the data folder
/// @param batch samples of a step, at least 1
/// @param threads to work with, at least 1
/// @param limit the most samples of an epoch, at least 1
/// @param variant which way of using the product; empty where there is one
public record Task(Path data, int batch, int threads, int limit, String variant) {
  /// Pixels of an image.
  public static final int PIXELS = 784;

  /// Units of each of the two hidden layers.
  public static final int HIDDEN = 512;

  /// Digits.
  public static final int CLASSES = 10;

  /// Of Adam; its other settings (0.9, 0.999, 1e-8) are every product's own too.
  public static final float LEARNING_RATE = 0.001f;

  /// Reads what [#arguments] wrote.
  public static Task of(String[] arguments) {
    return new Task(
        Path.of(arguments[0]),
        Integer.parseInt(arguments[1]),
        Integer.parseInt(arguments[2]),
        Integer.parseInt(arguments[3]),
        arguments[4]);
  }

  /// For the command line of the side's JVM.
  public List<String> arguments() {
    return List.of(
        data.toString(),
        Integer.toString(batch),
        Integer.toString(threads),
        Integer.toString(limit),
        variant);
  }

  /// The images to train on.
  public DataSet train() {
    DataSet all = Mnist.train(data);
    return limit < all.size() ? all.slice(0, limit) : all;
  }

  /// The images to judge by, all 10,000.
  public DataSet test() {
    return Mnist.test(data);
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
