package dev.descent.train;

import dev.descent.model.Layer;
import dev.descent.model.Model;
import dev.descent.program.Activation;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/// A model's outputs as probabilities of classes.
///
/// @param classes how many classes
/// @param probabilities `rows x classes`, row-major
public record Answers(int classes, double[] probabilities) {

  /// Makes probabilities of outputs: softmax of logits, or the sigmoid of each; outputs of a model
  /// that ends in an activation of its own, or that was trained on squared errors, stay as they are.
  ///
  /// @param outputs `rows x model.outputs()`
  public static Answers of(Model model, Loss loss, float[] outputs) {
    int width = model.outputs();
    boolean logits = lastActivation(model) == Activation.LINEAR;
    double[] values = IntStream.range(0, outputs.length).mapToDouble(i -> outputs[i]).toArray();
    if (logits && loss instanceof Loss.SoftmaxCrossEntropy) {
      for (int row = 0; row < values.length; row += width) {
        softmax(values, row, width);
      }
    } else if (logits && loss instanceof Loss.BinaryCrossEntropy) {
      for (int i = 0; i < values.length; i++) {
        values[i] = 1 / (1 + Math.exp(-values[i]));
      }
    }
    return width == 1 ? twoClasses(values) : new Answers(width, values);
  }

  private static Activation lastActivation(Model model) {
    return switch (model.layers().getLast()) {
      case Layer.Dense dense -> dense.activation();
      case Layer.Activate activate -> activate.activation();
      case Layer.Dropout _ -> Activation.LINEAR;
    };
  }

  private static void softmax(double[] values, int from, int width) {
    double greatest = Double.NEGATIVE_INFINITY;
    for (int i = from; i < from + width; i++) {
      greatest = Math.max(greatest, values[i]);
    }
    double sum = 0;
    for (int i = from; i < from + width; i++) {
      values[i] = Math.exp(values[i] - greatest);
      sum += values[i];
    }
    for (int i = from; i < from + width; i++) {
      values[i] /= sum;
    }
  }

  /// One output is the probability of the second of two classes.
  private static Answers twoClasses(double[] values) {
    double[] both = new double[2 * values.length];
    for (int i = 0; i < values.length; i++) {
      both[2 * i] = 1 - values[i];
      both[2 * i + 1] = values[i];
    }
    return new Answers(2, both);
  }

  /// The number of rows.
  public int size() {
    return probabilities.length / classes;
  }

  /// How probable a class is for a row.
  public double probability(int row, int index) {
    return probabilities[row * classes + index];
  }

  /// The classes of a row, the most probable first; the lower one first among equals.
  public List<Integer> ranking(int row) {
    return IntStream.range(0, classes)
        .boxed()
        .sorted(Comparator.comparingDouble((Integer c) -> -probability(row, c)))
        .toList();
  }

  /// The most probable class of a row.
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
