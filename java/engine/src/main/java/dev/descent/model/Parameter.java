package dev.descent.model;

/// One matrix of a [Model] and where it lies in the model's flat array.
///
/// @param name as in a saved file: `dense1.weight`
/// @param weight its dimensions, and whether it is trained
/// @param offset the index of the first element in [Model#parameters]
public record Parameter(String name, Weight weight, long offset) {
  /// {@return the number of rows: for a dense layer's weight its inputs, for a bias 1}
  public int rows() {
    return weight.rows();
  }

  /// {@return the number of columns: for a dense layer its units}
  public int columns() {
    return weight.columns();
  }

  /// {@return the number of elements}
  public long size() {
    return (long) rows() * columns();
  }

  /// {@return whether an optimizer changes it; else the layer keeps it itself}
  public boolean trained() {
    return weight.trained();
  }
}
