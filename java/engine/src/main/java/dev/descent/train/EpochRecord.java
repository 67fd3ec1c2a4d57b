package dev.descent.train;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/// What an epoch brought. Loss and accuracy of the training data are means over the epoch, measured
/// on each batch before its update; those of the validation data are measured after the epoch.
///
/// @param epoch from 1
/// @param loss mean training loss
/// @param accuracy share of correct predictions in training, or NaN where there is none
/// @param valLoss mean validation loss, or NaN without validation data
/// @param valAccuracy share of correct predictions in validation, or NaN
/// @param seconds spent in the training steps, without validation
/// @param valSeconds spent validating
/// @param samplesPerSecond training samples a second
/// @param learningRate of the epoch's last step
/// @param wholeSeconds spent training with all that an epoch takes besides its steps: the shuffle,
///     the upload of the order and reading the losses; without validation and callbacks
/// @param metrics of the validation data, by [name][Metric#name], in the order of
///     [Trainer#metrics]; NaN where there is no value
public record EpochRecord(
    int epoch,
    double loss,
    double accuracy,
    double valLoss,
    double valAccuracy,
    double seconds,
    double valSeconds,
    double samplesPerSecond,
    double learningRate,
    double wholeSeconds,
    Map<String, Double> metrics) {
  /// Copies the metrics, in their order.
  public EpochRecord {
    metrics =
        metrics.isEmpty() ? Map.of() : Collections.unmodifiableMap(new LinkedHashMap<>(metrics));
  }

  /// Without metrics, and of which only the time of its steps is known.
  ///
  /// @param epoch from 1
  /// @param loss mean training loss
  /// @param accuracy share of correct predictions in training, or NaN
  /// @param valLoss mean validation loss, or NaN
  /// @param valAccuracy share of correct predictions in validation, or NaN
  /// @param seconds spent in the training steps
  /// @param valSeconds spent validating
  /// @param samplesPerSecond training samples a second
  /// @param learningRate of the epoch's last step
  public EpochRecord(
      int epoch,
      double loss,
      double accuracy,
      double valLoss,
      double valAccuracy,
      double seconds,
      double valSeconds,
      double samplesPerSecond,
      double learningRate) {
    this(
        epoch,
        loss,
        accuracy,
        valLoss,
        valAccuracy,
        seconds,
        valSeconds,
        samplesPerSecond,
        learningRate,
        seconds,
        Map.of());
  }

  /// {@return the square root of the loss: the root of the mean squared error where the loss is
  /// that}
  public double rmse() {
    return Math.sqrt(loss);
  }

  /// {@return the square root of the validation loss: see [#rmse]}
  public double valRmse() {
    return Math.sqrt(valLoss);
  }
}
