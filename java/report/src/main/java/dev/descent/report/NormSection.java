package dev.descent.report;

import dev.descent.internal.page.Html;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToDoubleFunction;

/// How large the weights of each layer and their gradients were in each epoch.
final class NormSection {
  private static final String WEIGHT = ".weight";

  private final Map<String, List<RunRecorder.Norm>> byParameter = new LinkedHashMap<>();
  private final double[] stops;

  /// @param stops where training was stopped, in epochs; not modified
  NormSection(List<RunRecorder.Norm> norms, double... stops) {
    norms.forEach(
        norm -> byParameter.computeIfAbsent(norm.parameter(), _ -> new ArrayList<>()).add(norm));
    this.stops = stops.clone();
  }

  Html html() {
    return Html.row(
        Html.figure(
            curves("Weights", RunRecorder.Norm::weights).fromZero().draw(),
            "The Frobenius norm of each layer's weights. Weights that grow without end point to a"
                + " learning rate that is too high, or to overfitting."),
        Html.figure(
            curves("Gradients", RunRecorder.Norm::gradients).magnitudes().draw(),
            "The norm of each layer's gradient in the last step of the epoch. First layers far"
                + " below the last ones learn hardly anything (vanishing gradients)."));
  }

  private Curves curves(String title, ToDoubleFunction<RunRecorder.Norm> norm) {
    var curves = new Curves(title, "norm").stops(stops);
    byParameter.forEach((parameter, norms) -> {
      if (parameter.endsWith(WEIGHT)) {
        curves.line(
            parameter.substring(0, parameter.length() - WEIGHT.length()),
            norms.stream().mapToDouble(RunRecorder.Norm::epoch).toArray(),
            norms.stream().mapToDouble(norm).toArray());
      }
    });
    return curves;
  }

  /// The last norms of all matrices, biases included.
  Html table() {
    List<List<String>> rows = new ArrayList<>();
    byParameter.forEach((parameter, norms) -> {
      RunRecorder.Norm first = norms.getFirst();
      RunRecorder.Norm last = norms.getLast();
      rows.add(
          List.of(
              parameter,
              Figures.number(first.weights()),
              Figures.number(last.weights()),
              Figures.number(first.gradients()),
              Figures.number(last.gradients())));
    });
    return Report.folded(
        "Norms in the first and the last epoch",
        Html.table(List.of("parameter", "norm, first", "last", "gradient, first", "last"), rows),
        false);
  }
}
