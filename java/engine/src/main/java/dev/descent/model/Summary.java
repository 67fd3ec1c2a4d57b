package dev.descent.model;

import java.util.Locale;

/// A model as a table of text.
final class Summary {
  private static final String ROW = "%-40s %20s %14s %14s%n";

  private Summary() {}

  static String of(Model model) {
    var text = new StringBuilder();
    row(text, "Layer", "Output shape", "Parameters", "Multiply-adds");
    row(text, "-".repeat(40), "-".repeat(20), "-".repeat(14), "-".repeat(14));
    row(text, "Input", "batch x " + model.input(), "0", "0");
    long kept = 0;
    long products = 0;
    for (BoundLayer layer : model.boundLayers()) {
      long all = layer.parameters().stream().mapToLong(Parameter::size).sum();
      long trained =
          layer.parameters().stream().filter(Parameter::trained).mapToLong(Parameter::size).sum();
      kept += all - trained;
      long multiplyAdds = layer.layer().multiplyAdds(layer.input());
      products += multiplyAdds;
      row(
          text,
          layer.layer().title() + (layer.isFrozen() ? ", frozen" : ""),
          "batch x " + layer.output(),
          String.format(Locale.ROOT, "%,d", all),
          String.format(Locale.ROOT, "%,d", multiplyAdds));
    }
    long count = model.parameterCount();
    text.append(
        String.format(
            Locale.ROOT, "%nParameters: %,d (%.2f MB)%n", count, count * Float.BYTES / 1e6));
    text.append(String.format(Locale.ROOT, "Multiply-adds of a sample: %,d%n", products));
    if (kept > 0) {
      text.append(String.format(Locale.ROOT, "Kept, not trained: %,d%n", kept));
    }
    model.preparation().ifPresent(preparation -> text.append("%n%s%n".formatted(preparation)));
    model
        .firstNonFinite()
        .ifPresent(number ->
            text.append("Warning: %s: the model's answers are no answers%n".formatted(number)));
    return text.toString();
  }

  private static void row(
      StringBuilder text, String layer, String shape, String parameters, String multiplyAdds) {
    text.append(String.format(Locale.ROOT, ROW, layer, shape, parameters, multiplyAdds));
  }
}
