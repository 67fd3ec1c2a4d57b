package dev.descent.model;

import dev.descent.program.Buffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// Puts layers one behind the other: gives each its name and its input's shape, and their weights
/// their places in a model's flat array.
final class Binding {
  private Binding() {}

  /// @throws IllegalArgumentException if a layer can't take what the one before it gives, with the
  ///     layer's name and both shapes
  /// @throws ArithmeticException if the weights do not fit any memory
  static List<BoundLayer> of(Shape input, List<Layer> layers) {
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
      List<Parameter> parameters =
          weights.stream().map(w -> new Parameter(name + "." + w.name(), w, 0)).toList();
      unplaced.add(new BoundLayer(index, name, layer, shape, output, parameters));
      shape = output;
    }
    return placed(unplaced);
  }

  private static Shape output(Layer layer, Shape input, int index) {
    try {
      return layer.output(input);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(
          "layer %d (%s) gets samples of %s; it %s"
              .formatted(index + 1, layer.describe(), input, e.getMessage()),
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
