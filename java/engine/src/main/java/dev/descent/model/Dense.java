package dev.descent.model;

import dev.descent.program.Activation;
import dev.descent.program.ElementwiseOperation;
import dev.descent.program.ElementwiseOperation.ActivateBackward;
import dev.descent.program.ElementwiseOperation.AddBias;
import dev.descent.program.ProductOperation.MatMul;
import dev.descent.program.ReductionOperation.SumRows;
import dev.descent.program.Tensor;
import java.util.List;
import java.util.Objects;

/// A dense layer: `y = f(x W + b)`, W being `inputs x units` and b `1 x units`.
///
/// Bias and activation work in place where the activation allows it.
///
/// @param units the values that it gives for a row, at least 1
/// @param activation what is applied to each sum
/// @param initializer how the weights start
public record Dense(int units, Activation activation, Initializer initializer) implements Layer {
  static final String TYPE = "dense";

  /// Checks the units.
  ///
  /// @throws IllegalArgumentException if they are below 1
  public Dense {
    Objects.requireNonNull(activation, "activation");
    Objects.requireNonNull(initializer, "initializer");
    if (units < 1) {
      throw new IllegalArgumentException("a dense layer of " + units + " units; must be >= 1");
    }
  }

  static Dense of(Settings settings) {
    Activation activation = settings.constant(Activation.class, "activation", Activation.LINEAR);
    return new Dense(
        settings.whole(TYPE),
        activation,
        settings.constant(Initializer.class, "initializer", Initializer.suits(activation)));
  }

  static Dense of(LayerWords words) {
    int units = words.whole("the number of units");
    Activation activation = Kernels.activation(words);
    return new Dense(units, activation, Kernels.initializer(words, activation));
  }

  @Override
  public Settings settings() {
    return Settings.of(TYPE, units).with("activation", activation).with("initializer", initializer);
  }

  @Override
  public Shape output(Shape input) {
    if (!input.isRow()) {
      throw new IllegalArgumentException("it takes rows of values: put a flatten layer before it");
    }
    return Shape.row(units);
  }

  @Override
  public List<Weight> weights(Shape input) {
    Weight weight = Weight.of("weight", initializer, input.size(), units);
    return List.of(weight, weight.bias());
  }

  @Override
  public Tensor apply(Tensor x, Tape tape) {
    boolean inPlace = activation.derivativeFromResult();
    Tensor weight = tape.weight("weight");
    Tensor sum = tape.values("out", Shape.row(units));
    Tensor out = inPlace ? sum : tape.values("activated", Shape.row(units));
    tape.add(new MatMul(x, false, weight, false, sum));
    tape.add(new AddBias(sum, tape.weight("bias"), sum));
    if (activation != Activation.LINEAR) {
      tape.add(new ElementwiseOperation.Activate(activation, sum, out));
    }
    tape.backward(d -> {
      if (activation != Activation.LINEAR) {
        tape.add(new ActivateBackward(activation, inPlace ? out : sum, d, d));
      }
      tape.add(new MatMul(x, true, d, false, tape.gradient("weight")));
      tape.add(new SumRows(d, tape.gradient("bias")));
      if (!tape.wantsInputGradient()) {
        return d;
      }
      Tensor dIn = tape.values("dIn", tape.input());
      tape.add(new MatMul(d, false, weight, true, dIn));
      return dIn;
    });
    return out;
  }

  @Override
  public Layer withoutActivation() {
    return new Dense(units, Activation.LINEAR, initializer);
  }

  @Override
  public long multiplyAdds(Shape input) {
    return (long) input.size() * units;
  }

  @Override
  public String title() {
    return activation == Activation.LINEAR ? "Dense" : "Dense (" + Settings.word(activation) + ")";
  }

  @Override
  public String describe() {
    return "dense " + units + Kernels.text(activation, initializer);
  }
}
