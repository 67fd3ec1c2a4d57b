package dev.descent.model;

import dev.descent.program.Activation;
import java.util.Locale;

/// A model as a table of text.
final class Summary {
  private static final String ROW = "%-40s %16s %14s%n";

  private Summary() {}

  static String of(Model model) {
    var text = new StringBuilder();
    row(text, "Layer", "Output shape", "Parameters");
    row(text, "-".repeat(40), "-".repeat(16), "-".repeat(14));
    row(text, "Input", "batch x " + model.inputs(), "0");
    int width = model.inputs();
    for (Layer layer : model.layers()) {
      long parameters = layer.parameters(width);
      width = layer.outputs(width);
      row(text, describe(layer), "batch x " + width, "%,d".formatted(parameters));
    }
    long count = model.parameterCount();
    text.append(
        String.format(
            Locale.ROOT, "%nParameters: %,d (%.2f MB)%n", count, count * Float.BYTES / 1e6));
    return text.toString();
  }

  private static void row(StringBuilder text, String layer, String shape, String parameters) {
    text.append(String.format(Locale.ROOT, ROW, layer, shape, parameters));
  }

  private static String describe(Layer layer) {
    return switch (layer) {
      case Layer.Dense d when d.activation() == Activation.LINEAR -> "Dense";
      case Layer.Dense d -> "Dense (" + word(d.activation()) + ")";
      case Layer.Activate a -> "Activation (" + word(a.activation()) + ")";
      case Layer.Dropout d -> "Dropout (" + d.rate() + ")";
    };
  }

  /// An activation as users write it: `leaky_relu`.
  private static String word(Activation activation) {
    return activation.name().toLowerCase(Locale.ROOT);
  }
}
