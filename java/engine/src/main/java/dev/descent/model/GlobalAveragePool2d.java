package dev.descent.model;

import dev.descent.program.Padding;
import dev.descent.program.Tensor;

/// The mean of each channel over all positions of an image: gives a row of values.
public record GlobalAveragePool2d() implements Layer {
  static final String TYPE = "global_average_pool2d";

  @Override
  public Settings settings() {
    return Settings.of(TYPE);
  }

  @Override
  public Shape output(Shape input) {
    return Shape.row(input.channels());
  }

  @Override
  public Tensor apply(Tensor x, Tape tape) {
    Shape input = tape.input();
    return new AveragePool2d(input.height(), input.width(), 1, Padding.VALID).apply(x, tape);
  }

  @Override
  public String title() {
    return "GlobalAveragePool2d";
  }

  @Override
  public String describe() {
    return "global-average-pool";
  }
}
