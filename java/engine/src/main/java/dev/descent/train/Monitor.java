package dev.descent.train;

/// The figure of an epoch that a callback watches.
public enum Monitor {
  LOSS("training loss", false),
  ACCURACY("training accuracy", true),
  VAL_LOSS("validation loss", false),
  VAL_ACCURACY("validation accuracy", true);

  private final String label;
  private final boolean higherIsBetter;

  Monitor(String label, boolean higherIsBetter) {
    this.label = label;
    this.higherIsBetter = higherIsBetter;
  }

  /// The figure's name in words.
  public String label() {
    return label;
  }

  /// The figure's value.
  public double of(EpochRecord epoch) {
    return switch (this) {
      case LOSS -> epoch.loss();
      case ACCURACY -> epoch.accuracy();
      case VAL_LOSS -> epoch.valLoss();
      case VAL_ACCURACY -> epoch.valAccuracy();
    };
  }

  /// Whether more is better, as of an accuracy.
  boolean higherIsBetter() {
    return higherIsBetter;
  }

  /// Whether a value is better than the best so far by more than minDelta. NaN never is.
  boolean improves(double value, double best, double minDelta) {
    return higherIsBetter ? value > best + minDelta : value < best - minDelta;
  }

  /// What any value is better than.
  double worst() {
    return higherIsBetter ? Double.NEGATIVE_INFINITY : Double.POSITIVE_INFINITY;
  }
}
