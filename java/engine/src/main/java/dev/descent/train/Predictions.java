package dev.descent.train;

import dev.descent.model.Model;
import dev.descent.program.Activation;
import dev.descent.train.objective.Loss;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/// A model's outputs as probabilities of classes.
///
/// @param classes how many classes
/// @param probabilities `rows x classes`, row-major
public record Predictions(int classes, double[] probabilities) {

  /// Makes probabilities of outputs as the loss says ([Loss#toProbabilities]); those of a model
  /// that ends in an activation of its own stay as they are.
  ///
  /// @param model that gave the outputs
  /// @param loss that the model was trained with
  /// @param outputs `rows x model.outputs()`
  /// @return the predictions
  public static Predictions of(Model model, Loss loss, float[] outputs) {
    int width = model.outputs();
    double[] values = IntStream.range(0, outputs.length).mapToDouble(i -> outputs[i]).toArray();
    if (model.layers().getLast().activation() == Activation.LINEAR) {
      loss.toProbabilities(values, width);
    }
    return width == 1 ? twoClasses(values) : new Predictions(width, values);
  }

  /// One output is the probability of the second of two classes.
  private static Predictions twoClasses(double[] values) {
    double[] both = new double[2 * values.length];
    for (int i = 0; i < values.length; i++) {
      both[2 * i] = 1 - values[i];
      both[2 * i + 1] = values[i];
    }
    return new Predictions(2, both);
  }

  /// {@return the number of rows}
  public int size() {
    return probabilities.length / classes;
  }

  /// {@return how probable a class is for a row}
  ///
  /// @param row from 0
  /// @param index of the class or output
  public double probability(int row, int index) {
    return probabilities[row * classes + index];
  }

  /// {@return the classes of a row, the most probable first; the lower one first among equals}
  ///
  /// @param row from 0
  public List<Integer> ranking(int row) {
    return IntStream.range(0, classes)
        .boxed()
        .sorted(Comparator.comparingDouble((Integer c) -> -probability(row, c)))
        .toList();
  }

  /// {@return the most probable class of a row}
  ///
  /// @param row from 0
  public int best(int row) {
    int best = 0;
    for (int index = 1; index < classes; index++) {
      if (probability(row, index) > probability(row, best)) {
        best = index;
      }
    }
    return best;
  }
}
