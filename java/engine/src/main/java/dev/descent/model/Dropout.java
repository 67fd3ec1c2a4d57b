package dev.descent.model;

import dev.descent.program.ElementwiseOperation;
import dev.descent.program.Tensor;

/// Dropout: while training, sets a share of the values to zero and scales up the rest; else does
/// nothing.
///
/// @param rate the share, in [0, 1)
public record Dropout(float rate) implements Layer {
  static final String TYPE = "dropout";

  /// Checks the rate.
  ///
  /// @throws IllegalArgumentException if it is not in [0, 1)
  public Dropout {
    if (!(rate >= 0 && rate < 1)) {
      throw new IllegalArgumentException("dropout rate " + rate + " is not in [0, 1)");
    }
  }

  static Dropout of(Settings settings) {
    return new Dropout(settings.number(TYPE));
  }

  static Dropout of(LayerWords words) {
    return new Dropout(words.number("the share"));
  }

  @Override
  public Settings settings() {
    return Settings.of(TYPE, rate);
  }

  @Override
  public Shape output(Shape input) {
    return input;
  }

  /// The backward pass draws the same numbers again.
  @Override
  public Tensor apply(Tensor x, Tape tape) {
    if (!tape.training()) {
      return x;
    }
    Tensor out = tape.values("out", tape.input());
    drop(x, out, tape);
    tape.backward(d -> {
      drop(d, d, tape);
      return d;
    });
    return out;
  }

  private void drop(Tensor x, Tensor out, Tape tape) {
    tape.add(
        new ElementwiseOperation.Dropout(x, tape.state(), out, rate, tape.stream(), tape.seed()));
  }

  @Override
  public String title() {
    return "Dropout (" + rate + ")";
  }

  @Override
  public String describe() {
    return "dropout " + rate;
  }
}
