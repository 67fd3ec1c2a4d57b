package dev.descent.train.objective;

import dev.descent.data.DataSet;
import dev.descent.program.Activation;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// A training objective: which targets it compares a model's outputs with, its operations and their
/// gradient, and what the outputs mean. Immutable.
///
/// A loss of one's own implements [#name] and [#apply]; [#register] makes it known to whoever loads
/// a model that was trained with it.
public interface Loss {
  /// {@return the name as in a log and in a model's metadata: `softmax cross-entropy`}
  String name();

  /// {@return whether the targets are classes, each an I32, a row one; else they are F32 values, as
  /// many as a model has outputs, one-hot vectors among them} False unless overridden.
  default boolean takesClasses() {
    return false;
  }

  /// {@return the activation that the loss computes itself: of a model that ends in it, training
  /// and evaluation leave it out} [Activation#LINEAR] unless overridden.
  default Activation contained() {
    return Activation.LINEAR;
  }

  /// {@return whether each output is a prediction of its own, yes where it is above 0: where data
  /// have no class for each row, accuracy counts these} False unless overridden: then there is no
  /// accuracy.
  default boolean predictsEachOutput() {
    return false;
  }

  /// {@return whether the loss multiplies each row's by its weight where [LossTape#weights] gives
  /// weights} False unless overridden: then data with weights are refused.
  default boolean takesWeights() {
    return false;
  }

  /// {@return how many outputs a model of these data has: as many as the data unless overridden}
  ///
  /// @param data with classes or target values
  default int outputs(DataSet data) {
    return data.outputs();
  }

  /// Checks that data have the targets that the loss needs.
  ///
  /// @param outputs the model's
  /// @param data with classes or target values
  /// @throws IllegalArgumentException with both values if they do not fit together
  default void requireFit(int outputs, DataSet data) {
    if (!data.isAnswered()) {
      throw new IllegalArgumentException(
          "data set %s has no classes or target values to compare with".formatted(data.name()));
    }
    if (takesClasses() && !data.isClassified()) {
      throw new IllegalArgumentException(
          "%s needs classes; data set %s has target values".formatted(name(), data.name()));
    }
    if (data.isWeighted() && !takesWeights()) {
      throw new IllegalArgumentException(
          "%s does not take weights; data set %s has them".formatted(name(), data.name()));
    }
    boolean oneForTwo =
        !takesClasses() && data.isClassified() && data.outputs() == 2 && outputs == 1;
    if (data.outputs() != outputs && !oneForTwo) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "the model has %d outputs; data set %s has %d%s",
              outputs,
              data.name(),
              data.outputs(),
              takesClasses() ? " classes" : ""));
    }
  }

  /// Makes probabilities of the outputs of a model that does not end in an activation; leaves them
  /// as they are unless overridden.
  ///
  /// @param values `rows x outputs`, row-major; modified
  /// @param outputs of a row
  default void toProbabilities(double[] values, int outputs) {}

  /// Adds the operations that write the sum of the rows' losses to `losses[state.slot]` and, where
  /// one is wanted, the gradient of their mean by the prediction.
  ///
  /// @param tape takes the operations
  void apply(LossTape tape);

  /// {@return softmax and categorical cross-entropy, for one class of several} The model's last
  /// layer gives logits: it has no activation of its own.
  static Loss softmaxCrossEntropy() {
    return new SoftmaxCrossEntropy();
  }

  /// {@return binary cross-entropy on logits, for independent yes-or-no targets} The model's last
  /// layer has no activation of its own.
  static Loss binaryCrossEntropy() {
    return new BinaryCrossEntropy();
  }

  /// {@return the mean of squared errors, for regression}
  static Loss meanSquaredError() {
    return new MeanSquaredError();
  }

  /// Adds a loss to those that [#named] finds, in place of one of the same name.
  ///
  /// @param loss known by its [#name]
  static void register(Loss loss) {
    Losses.KNOWN.put(loss.name(), loss);
  }

  /// {@return the loss of that name, or null if there is none}
  ///
  /// @param name as [#name] gives it
  static @Nullable Loss named(String name) {
    return Losses.KNOWN.get(name);
  }

  /// {@return the names of all losses that [#named] finds}
  static Set<String> names() {
    return Set.copyOf(Losses.KNOWN.keySet());
  }
}
