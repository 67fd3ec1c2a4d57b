package dev.descent.model;

import java.util.List;
import java.util.Map;

/// A layer at its place in a [Model].
///
/// @param index from 0
/// @param name `dense1` for the first of the dense layers; `layer2` for the second layer of all, if
///     it has no weights
/// @param layer what it computes
/// @param input the shape of a sample that it takes
/// @param output the shape of what it gives
/// @param parameters its weights, in their order
public record BoundLayer(
    int index, String name, Layer layer, Shape input, Shape output, List<Parameter> parameters) {
  /// Copies the list of parameters.
  public BoundLayer {
    parameters = List.copyOf(parameters);
  }

  /// The same with the parameters of these names.
  BoundLayer with(Map<String, Parameter> placed) {
    List<Parameter> mine = parameters.stream().map(p -> placed.getOrDefault(p.name(), p)).toList();
    return new BoundLayer(index, name, layer, input, output, mine);
  }

  /// {@return whether the layer was frozen: it has weights to train, and none of them is trained}
  public boolean isFrozen() {
    return !isTrained() && layer.weights(input).stream().anyMatch(Weight::trained);
  }

  /// {@return whether an optimizer has something to train here}
  public boolean isTrained() {
    return parameters.stream().anyMatch(Parameter::trained);
  }
}
