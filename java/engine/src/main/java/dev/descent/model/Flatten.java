package dev.descent.model;

import dev.descent.program.Tensor;

/// Makes a row of values of each image, position by position. Only a view: nothing is copied.
public record Flatten() implements Layer {
  static final String TYPE = "flatten";

  @Override
  public Settings settings() {
    return Settings.of(TYPE);
  }

  @Override
  public Shape output(Shape input) {
    return Shape.row(input.size());
  }

  @Override
  public Tensor apply(Tensor x, Tape tape) {
    tape.backward(d -> d.as(x.rows(), x.columns()));
    return x.as(x.rows() / tape.input().positions(), tape.input().size());
  }
}
