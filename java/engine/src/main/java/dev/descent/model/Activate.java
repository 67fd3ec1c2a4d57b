package dev.descent.model;

import dev.descent.program.Activation;
import dev.descent.program.ElementwiseOperation;
import dev.descent.program.ElementwiseOperation.ActivateBackward;
import dev.descent.program.Tensor;
import java.util.Objects;

/// An activation as a layer of its own: `y = f(x)`; softmax over the channels.
///
/// @param activation what is applied to each value
public record Activate(Activation activation) implements Layer {
  static final String TYPE = "activation";

  /// Checks the activation.
  ///
  /// @throws NullPointerException if it is null
  public Activate {
    Objects.requireNonNull(activation, "activation");
  }

  static Activate of(Settings settings) {
    return new Activate(settings.constant(Activation.class, TYPE));
  }

  @Override
  public Settings settings() {
    return Settings.of(TYPE, activation);
  }

  @Override
  public Shape output(Shape input) {
    return input;
  }

  @Override
  public Tensor apply(Tensor x, Tape tape) {
    if (activation == Activation.LINEAR) {
      return x;
    }
    Tensor out = tape.values("out", tape.input());
    tape.add(new ElementwiseOperation.Activate(activation, x, out));
    tape.backward(d -> {
      Tensor saved = activation.derivativeFromResult() ? out : x;
      tape.add(new ActivateBackward(activation, saved, d, d));
      return d;
    });
    return out;
  }

  @Override
  public Layer withoutActivation() {
    return new Activate(Activation.LINEAR);
  }

  @Override
  public String title() {
    return "Activation (" + describe() + ")";
  }

  @Override
  public String describe() {
    return Settings.word(activation);
  }
}
