package dev.descent.cli.bench;

import java.util.List;

/// A dense layer of the model that benchmarks train: 784-512-512-10.
///
/// @param first whether its inputs are the samples, which need no gradient
record Layer(int inputs, int outputs, boolean first) {
  static final int PIXELS = 784;
  static final int HIDDEN = 512;
  static final int CLASSES = 10;

  static List<Layer> all() {
    return List.of(
        new Layer(PIXELS, HIDDEN, true),
        new Layer(HIDDEN, HIDDEN, false),
        new Layer(HIDDEN, CLASSES, false));
  }

  /// Multiplications and additions of one sample in a training step's products.
  double operations() {
    return 2.0 * inputs * outputs * (first ? 2 : 3);
  }
}
