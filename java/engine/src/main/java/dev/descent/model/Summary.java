package dev.descent.model;

import java.util.Locale;

/// A model as a table of text.
final class Summary {
  private static final String ROW = "%-40s %16s %14s%n";

  private Summary() {}

  static String of(Model model) {
    var text = new StringBuilder();
    row(text, "Layer", "Output shape", "Parameters");
    row(text, "-".repeat(40), "-".repeat(16), "-".repeat(14));
    row(text, "Input", "batch x " + model.input(), "0");
    long kept = 0;
    for (BoundLayer layer : model.boundLayers()) {
      long all = layer.parameters().stream().mapToLong(Parameter::size).sum();
      long trained =
          layer.parameters().stream().filter(Parameter::trained).mapToLong(Parameter::size).sum();
      kept += all - trained;
      row(text, layer.layer().title(), "batch x " + layer.output(), "%,d".formatted(all));
    }
    long count = model.parameterCount();
    text.append(
        String.format(
            Locale.ROOT, "%nParameters: %,d (%.2f MB)%n", count, count * Float.BYTES / 1e6));
    if (kept > 0) {
      text.append(String.format(Locale.ROOT, "Kept, not trained: %,d%n", kept));
    }
    model
        .firstNonFinite()
        .ifPresent(number ->
            text.append("Warning: %s: the model's answers are no answers%n".formatted(number)));
    return text.toString();
  }

  private static void row(StringBuilder text, String layer, String shape, String parameters) {
    text.append(String.format(Locale.ROOT, ROW, layer, shape, parameters));
  }
}
