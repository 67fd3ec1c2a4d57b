package dev.descent.model;

import dev.descent.internal.format.Visible;
import dev.descent.program.Buffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/// Puts layers one behind the other: gives each its name and its input's shape, and their weights
/// their places in a model's flat array.
final class Binding {
  private Binding() {}

  /// @param frozen the names of layers whose weights are not trained
  /// @throws IllegalArgumentException if a layer can't take what the one before it gives, with the
  ///     layer's name and both shapes, or there is no layer with weights to freeze of such a name
  /// @throws ArithmeticException if the weights do not fit any memory
  static List<BoundLayer> of(Shape input, List<Layer> layers, Set<String> frozen) {
    if (layers.isEmpty()) {
      throw new IllegalArgumentException("a model needs at least one layer");
    }
    List<BoundLayer> unplaced = new ArrayList<>();
    Map<String, Integer> counts = new HashMap<>();
    Shape shape = input;
    for (Layer layer : layers) {
      String type = layer.settings().type();
      int index = unplaced.size();
      Shape output = output(layer, shape, index);
      List<Weight> weights = layer.weights(shape);
      String name =
          weights.isEmpty() ? "layer" + (index + 1) : type + counts.merge(type, 1, Integer::sum);
      boolean keep = frozen.contains(name);
      List<Parameter> parameters =
          weights.stream()
              .map(w -> new Parameter(name + "." + w.name(), keep ? w.kept() : w, 0))
              .toList();
      unplaced.add(new BoundLayer(index, name, layer, shape, output, parameters));
      shape = output;
    }
    requireWeights(frozen, unplaced);
    return placed(unplaced);
  }

  private static void requireWeights(Set<String> frozen, List<BoundLayer> layers) {
    List<String> names =
        layers.stream()
            .filter(layer -> !layer.parameters().isEmpty())
            .map(BoundLayer::name)
            .toList();
    for (String name : frozen) {
      if (!names.contains(name)) {
        throw new IllegalArgumentException(
            "no layer %s to freeze; with weights there are %s"
                .formatted(Visible.value(name), String.join(", ", names)));
      }
    }
  }

  /// What a layer gives for samples of a shape.
  ///
  /// @throws IllegalArgumentException if it can't take them
  static Shape output(Layer layer, Shape input, int index) {
    try {
      return layer.output(input);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "layer %d (%s) gets samples of %s; %s",
              index + 1,
              layer.describe(),
              input,
              e.getMessage()),
          e);
    }
  }

  /// The trained weights in the order of the layers, and then the others.
  private static List<BoundLayer> placed(List<BoundLayer> layers) {
    Map<String, Parameter> placed = new HashMap<>();
    long offset = 0;
    for (boolean trained : new boolean[] {true, false}) {
      for (BoundLayer layer : layers) {
        for (Parameter p : layer.parameters()) {
          if (p.trained() == trained) {
            placed.put(p.name(), new Parameter(p.name(), p.weight(), offset));
            offset = Buffer.align(Math.addExact(offset, p.size()));
          }
        }
      }
    }
    return layers.stream().map(layer -> layer.with(placed)).toList();
  }
}
