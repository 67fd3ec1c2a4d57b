package dev.descent.train;

/// How a model does on a data set.
///
/// @param samples the number of rows
/// @param loss the mean over all rows
/// @param accuracy the share of correct predictions, or NaN where there is none
/// @param seconds what it took
public record Evaluation(int samples, double loss, double accuracy, double seconds) {
  /// {@return the square root of the loss: the root of the mean squared error where the loss is
  /// that}
  public double rmse() {
    return Math.sqrt(loss);
  }
}
