package dev.descent.internal.lowering;

import dev.descent.program.LossOperation;
import dev.descent.program.Operation;
import dev.descent.program.ReductionOperation.Accuracy;
import dev.descent.program.WindowedOperation.MaxPool;

/// Which groups a backend has code for. When operations may be grouped is decided by the rules of
/// [Lowering], the same for all backends.
public interface Fusions {
  /// Whether a matrix product takes a bias, an activation or an activation's derivative along.
  default boolean epilogues() {
    return true;
  }

  /// Whether a loss takes an accuracy along.
  default boolean metrics(Accuracy accuracy, LossOperation loss) {
    return true;
  }

  /// Whether a normalisation takes an activation along, and an activation's derivative the sums of
  /// the normalisation before it.
  default boolean normalisation() {
    return false;
  }

  /// Whether a pooling is done together with the normalisation, ReLU and dropout before it, and its
  /// derivative with theirs.
  default boolean pooling(MaxPool pool) {
    return false;
  }

  /// Whether the producer of a gradient takes the optimizer's update along.
  ///
  /// @param producer any operation
  /// @param singleConsumer whether only its producer and the update access the gradient within the
  ///     step
  default boolean updates(Operation producer, boolean singleConsumer) {
    return false;
  }

  /// Whether an update that is taken along covers the padding behind the gradient too, fewer than
  /// [Buffer#ALIGNMENT] elements. Otherwise they get an update of their own.
  default boolean updatesPadding() {
    return false;
  }
}
