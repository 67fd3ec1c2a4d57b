package dev.descent.train;

import dev.descent.data.DataSet;
import dev.descent.data.Preparation;
import dev.descent.data.Preparation.Target;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/// How far a model's outputs are from a target value, in that target's own unit.
///
/// @param target its name
/// @param mse the mean of squared errors
/// @param mae the mean of absolute errors
/// @param r2 the coefficient of determination: 1 less the squared errors by those of the mean of
///     the values; NaN where all values are the same
public record RegressionMetrics(String target, double mse, double mae, double r2) {
  /// {@return the root of the mean of squared errors}
  public double rmse() {
    return Math.sqrt(mse);
  }

  /// Compares outputs with the target values of a data set.
  ///
  /// @param data its rows have target values; where it has no preparation, their unit is their own
  /// @param outputs `size x outputs`, row-major
  /// @return one for each target value of a row
  /// @throws IllegalArgumentException if there are not as many outputs as target values
  public static List<RegressionMetrics> of(DataSet data, float[] outputs) {
    float[] values = data.targets();
    if (values.length != outputs.length) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "%d outputs for %d target values of data set %s",
              outputs.length,
              values.length,
              data.name()));
    }
    List<Target> targets = targets(data);
    List<RegressionMetrics> all = new ArrayList<>();
    for (int i = 0; i < targets.size(); i++) {
      all.add(of(targets.get(i), i, targets.size(), values, outputs));
    }
    return all;
  }

  /// What the target values of a data set are called, and their units.
  ///
  /// @param data its rows have target values
  /// @return one for each target value of a row; `target 1`... where the data have no preparation
  public static List<Target> targets(DataSet data) {
    if (data.preparation().isPresent()
        && data.preparation().get().answers() instanceof Preparation.Targets known) {
      return known.columns();
    }
    List<Target> plain = new ArrayList<>();
    for (int i = 1; i <= data.outputs(); i++) {
      plain.add(new Target("target " + i, 0, 1));
    }
    return plain;
  }

  private static RegressionMetrics of(
      Target target, int column, int width, float[] values, float[] outputs) {
    int rows = values.length / width;
    double mean = 0;
    for (int i = column; i < values.length; i += width) {
      mean += target.value(values[i]) / rows;
    }
    double squares = 0;
    double absolute = 0;
    double spread = 0;
    for (int i = column; i < values.length; i += width) {
      double value = target.value(values[i]);
      double error = target.value(outputs[i]) - value;
      squares += error * error;
      absolute += Math.abs(error);
      spread += (value - mean) * (value - mean);
    }
    return new RegressionMetrics(
        target.name(),
        squares / rows,
        absolute / rows,
        spread > 0 ? 1 - squares / spread : Double.NaN);
  }
}
