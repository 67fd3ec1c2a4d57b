package dev.descent.train;

/// What an epoch brought. Loss and accuracy of the training data are means over the epoch, measured
/// on each batch before its update; those of the validation data are measured after the epoch.
///
/// @param epoch from 1
/// @param loss mean training loss
/// @param accuracy share of correct predictions in training, or NaN where there is none
/// @param valLoss mean validation loss, or NaN without validation data
/// @param valAccuracy share of correct predictions in validation, or NaN
/// @param seconds spent training, without validation
/// @param valSeconds spent validating
/// @param samplesPerSecond training samples a second
/// @param learningRate of the epoch's last step
public record EpochRecord(
    int epoch,
    double loss,
    double accuracy,
    double valLoss,
    double valAccuracy,
    double seconds,
    double valSeconds,
    double samplesPerSecond,
    double learningRate) {

  /// The square root of the loss: the root of the mean squared error where the loss is that.
  public double rmse() {
    return Math.sqrt(loss);
  }

  /// The square root of the validation loss: see [#rmse].
  public double valRmse() {
    return Math.sqrt(valLoss);
  }
}
