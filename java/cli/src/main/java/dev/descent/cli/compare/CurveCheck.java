package dev.descent.cli.compare;

import dev.descent.cli.shell.Text;
import dev.descent.train.EpochRecord;
import java.util.List;

/// Whether two backends learn the same: each epoch's training loss and validation accuracy
/// compared.
///
/// Backends add in different orders, so their float32 sums differ in the last places, and training
/// carries that on: the curves agree within a bound, not to the bit.
///
/// @param agrees whether all epochs are within the bounds
/// @param loss the largest relative difference of a training loss; NaN if one is not a number
/// @param accuracy the largest difference of a validation accuracy
public record CurveCheck(boolean agrees, double loss, double accuracy) {
  /// How far a training loss may lie from the other's, as a share of it...
  static final double LOSS_BOUND = 0.05;

  /// ...or as it is, for losses near zero.
  static final double SMALL_LOSS = 0.005;

  /// How far a validation accuracy may lie from the other's.
  static final double ACCURACY_BOUND = 0.02;

  public static CurveCheck of(List<EpochRecord> expected, List<EpochRecord> actual) {
    boolean agrees = true;
    double loss = 0;
    double accuracy = 0;
    for (int i = 0; i < Math.min(expected.size(), actual.size()); i++) {
      EpochRecord want = expected.get(i);
      EpochRecord got = actual.get(i);
      double difference = Math.abs(got.loss() - want.loss());
      double far = Math.abs(got.valAccuracy() - want.valAccuracy());
      agrees &= difference <= Math.max(LOSS_BOUND * Math.abs(want.loss()), SMALL_LOSS);
      agrees &= !(far > ACCURACY_BOUND);
      loss = Math.max(loss, difference == 0 ? 0 : difference / Math.abs(want.loss()));
      accuracy = Math.max(accuracy, Double.isNaN(far) ? 0 : far);
    }
    return new CurveCheck(agrees, loss, accuracy);
  }

  /// `learning curves of cpu and opencl agree; largest differences: training loss 0.17 %, accuracy
  /// 0.12 points`
  String describe(String first, String other) {
    return Text.format(
        "learning curves of %s and %s %s; %s, accuracy %.2f points",
        first,
        other,
        agrees ? "agree" : "do not agree",
        Double.isNaN(loss)
            ? "a training loss is not a number; largest difference"
            : Text.format("largest differences: training loss %.2f %%", 100 * loss),
        100 * accuracy);
  }
}
