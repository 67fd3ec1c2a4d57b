package dev.descent.model;

/// One learned matrix of a [Model] and where it lies in the model's flat array.
///
/// @param name as in a saved file: `dense1.weight`
/// @param rows for a weight the layer's inputs, for a bias 1
/// @param columns the layer's units
/// @param offset the index of the first element in [Model#parameters]
public record Parameter(String name, int rows, int columns, long offset) {
  /// The number of elements.
  public long size() {
    return (long) rows * columns;
  }

  /// Whether this is a bias, one number a unit.
  public boolean isBias() {
    return name.endsWith(".bias");
  }
}
