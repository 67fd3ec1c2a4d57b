package dev.descent.train;

import dev.descent.data.DataSet;
import dev.descent.model.Model;

/// Whether a model, a loss and a data set fit together.
final class Fit {
  private Fit() {}

  /// @throws IllegalArgumentException with both values where something does not fit
  static void check(Model model, Loss loss, DataSet data) {
    checkFeatures(model, data);
    if (loss instanceof Loss.SoftmaxCrossEntropy) {
      require(
          data.isClassified(),
          "%s needs classes; data set %s has target values",
          loss.name(),
          data.name());
      require(
          data.outputs() == model.outputs(),
          "the model has %d outputs; data set %s has %d classes",
          model.outputs(),
          data.name(),
          data.outputs());
      return;
    }
    boolean twoClasses = data.isClassified() && data.outputs() == 2 && model.outputs() == 1;
    require(
        data.outputs() == model.outputs() || twoClasses,
        "the model has %d outputs; data set %s has %d",
        model.outputs(),
        data.name(),
        data.outputs());
  }

  /// @throws IllegalArgumentException if rows of the data do not fit the model's input
  static void checkFeatures(Model model, DataSet data) {
    require(
        data.features() == model.inputs(),
        "the model takes %d inputs; data set %s has %d features",
        model.inputs(),
        data.name(),
        data.features());
  }

  private static void require(boolean fits, String message, Object... values) {
    if (!fits) {
      throw new IllegalArgumentException(message.formatted(values));
    }
  }
}
