package dev.descent.train;

import java.util.Objects;
import java.util.function.ToDoubleFunction;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// The figure of an epoch that a callback watches. Two are equal if their names are.
public final class Monitor {
  /// The training loss; less is better.
  public static final Monitor LOSS =
      new Monitor("loss", "training loss", false, null, EpochRecord::loss);

  /// The training accuracy; more is better.
  public static final Monitor ACCURACY =
      new Monitor("accuracy", "training accuracy", true, null, EpochRecord::accuracy);

  /// The validation loss; less is better.
  public static final Monitor VAL_LOSS =
      new Monitor("val_loss", "validation loss", false, null, EpochRecord::valLoss);

  /// The validation accuracy; more is better.
  public static final Monitor VAL_ACCURACY =
      new Monitor("val_accuracy", "validation accuracy", true, null, EpochRecord::valAccuracy);

  private static final String VALIDATION = "val_";

  private final String name;
  private final String label;
  private final boolean higherIsBetter;
  private final @Nullable Metric metric;
  private final ToDoubleFunction<EpochRecord> figure;

  private Monitor(
      String name,
      String label,
      boolean higherIsBetter,
      @Nullable Metric metric,
      ToDoubleFunction<EpochRecord> figure) {
    this.name = name;
    this.label = label;
    this.higherIsBetter = higherIsBetter;
    this.metric = metric;
    this.figure = figure;
  }

  /// {@return the metric that is watched; null where it is a loss or an accuracy}
  public @Nullable Metric metric() {
    return metric;
  }

  /// Watches a metric, which [Trainer#metrics] must have measured.
  ///
  /// @param metric of the validation data
  /// @return what watches it
  public static Monitor of(Metric metric) {
    String name = metric.name();
    return new Monitor(
        VALIDATION + name,
        "validation " + name,
        true,
        metric,
        epoch -> Objects.requireNonNull(epoch.metrics().getOrDefault(name, Double.NaN)));
  }

  /// {@return the figure of that name: `val_loss`, or `val_` and a [metric's name][Metric#parse]}
  ///
  /// @param name as in a log: `val_loss`
  /// @throws IllegalArgumentException naming the forms
  public static Monitor named(String name) {
    return Stream.of(LOSS, ACCURACY, VAL_LOSS, VAL_ACCURACY)
        .filter(monitor -> monitor.name.equals(name))
        .findFirst()
        .orElseGet(() -> of(parsed(name)));
  }

  private static Metric parsed(String name) {
    try {
      if (name.startsWith(VALIDATION)) {
        return Metric.parse(name.substring(VALIDATION.length()));
      }
    } catch (IllegalArgumentException _) {
      // Said below.
    }
    throw new IllegalArgumentException(
        "must be loss, accuracy, val_loss, val_accuracy, or val_ with precision, recall, f1 or auc,"
            + " and :CLASS for one class, or top5, say");
  }

  /// {@return the figure's name, as Keras writes it: `val_loss`}
  public String name() {
    return name;
  }

  /// {@return the figure's name in words}
  public String label() {
    return label;
  }

  /// {@return the figure's value; NaN where it was not measured}
  ///
  /// @param epoch what the epoch brought
  public double of(EpochRecord epoch) {
    return figure.applyAsDouble(epoch);
  }

  /// Whether a run has the figure at all. A callback ignores epochs without it, as Keras' do, while
  /// NaN of a figure that there is counts as no better.
  boolean isMeasured(TrainingRun run, EpochRecord epoch) {
    return !Double.isNaN(of(epoch))
        || (metric != null && epoch.metrics().containsKey(metric.name()))
        || this.equals(LOSS)
        || (this.equals(VAL_LOSS) && run.settings().validation() != null);
  }

  /// Tells that a run does not have the figure.
  void warnOfAbsence(TrainingRun run, String callback) {
    run.warn("%s: the run has no %s to watch".formatted(callback, label));
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

  @Override
  public boolean equals(Object other) {
    return other instanceof Monitor monitor && name.equals(monitor.name);
  }

  @Override
  public int hashCode() {
    return name.hashCode();
  }

  @Override
  public String toString() {
    return name;
  }
}
