package dev.descent.data;

import java.util.Locale;
import java.util.Objects;

/// Data to train on, and data kept apart to validate on.
///
/// @param train what the model learns from
/// @param test what it is judged by
public record TrainTest(DataSet train, DataSet test) {
  /// Checks that both parts are of one kind.
  ///
  /// @throws IllegalArgumentException if the two differ in the number of features or outputs
  public TrainTest {
    Objects.requireNonNull(train, "train");
    Objects.requireNonNull(test, "test");
    if (train.features() != test.features() || train.outputs() != test.outputs()) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "%s has %d features and %d outputs, %s has %d and %d",
              train.name(),
              train.features(),
              train.outputs(),
              test.name(),
              test.features(),
              test.outputs()));
    }
  }
}
