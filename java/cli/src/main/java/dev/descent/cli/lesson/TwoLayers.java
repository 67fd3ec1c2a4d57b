package dev.descent.cli.lesson;

/// Two layers of linear neurons, one input, two hidden neurons, one output, and the single neuron
/// that does the same: `W2 (W1 x + b1) + b2 = (W2 W1) x + (W2 b1 + b2)`.
final class TwoLayers {
  static final double[] W1 = {3, -1};
  static final double[] B1 = {1, 2};
  static final double[] W2 = {1, 1};
  static final double B2 = -2;

  private TwoLayers() {}

  /// The output for x, neuron by neuron.
  ///
  /// @param relu whether the hidden neurons give max(0, z) and not z itself
  static double predict(double x, boolean relu) {
    double out = B2;
    for (int i = 0; i < W1.length; i++) {
      double z = W1[i] * x + B1[i];
      out += W2[i] * (relu ? Math.max(0, z) : z);
    }
    return out;
  }

  /// The one linear neuron that equals both layers.
  static Line collapsed() {
    double m = 0;
    double b = B2;
    for (int i = 0; i < W1.length; i++) {
      m += W2[i] * W1[i];
      b += W2[i] * B1[i];
    }
    return new Line(m, b);
  }
}
