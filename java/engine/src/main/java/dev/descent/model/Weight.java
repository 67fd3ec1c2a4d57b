package dev.descent.model;

import java.util.Arrays;
import java.util.List;

/// A matrix that belongs to a layer: how large it is, how it starts, and whether it is trained.
///
/// @param name within its layer: `weight`, `bias`
/// @param dimensions as in a file, one or more; the last one is the number of columns, the product
///     of the others the number of rows
/// @param initializer how it starts
/// @param fanIn the inputs that a unit sums, for the initializer
/// @param fanOut the units that an input goes to, for the initializer
/// @param trained whether it follows a gradient; if not, the layer's operations keep it up to date
///     in training, and no optimizer touches it
public record Weight(
    String name,
    List<Integer> dimensions,
    Initializer initializer,
    double fanIn,
    double fanOut,
    boolean trained) {
  /// Copies the dimensions.
  ///
  /// @throws IllegalArgumentException if there is none or one is below 1
  public Weight {
    dimensions = List.copyOf(dimensions);
    if (dimensions.isEmpty() || dimensions.stream().anyMatch(d -> d < 1)) {
      throw new IllegalArgumentException(
          "weight " + name + " has dimensions " + dimensions + "; all must be >= 1");
    }
  }

  /// {@return a trained weight whose fan-in is its number of rows, and its fan-out that of its
  /// columns}
  ///
  /// @param name within its layer
  /// @param initializer how it starts
  /// @param dimensions as in a file
  public static Weight of(String name, Initializer initializer, int... dimensions) {
    double columns = dimensions[dimensions.length - 1];
    double size = Arrays.stream(dimensions).asDoubleStream().reduce(1, (a, b) -> a * b);
    List<Integer> list = Arrays.stream(dimensions).boxed().toList();
    return new Weight(name, list, initializer, size / columns, columns, true);
  }

  /// {@return the same with other fans}
  ///
  /// @param in the inputs that a unit sums
  /// @param out the units that an input goes to
  public Weight fans(double in, double out) {
    return new Weight(name, dimensions, initializer, in, out, trained);
  }

  /// The bias of the units whose weights these are: zeros, or drawn alike where the initializer is
  /// for both.
  Weight bias() {
    Initializer start = initializer == Initializer.FAN_IN_UNIFORM ? initializer : Initializer.ZEROS;
    return of("bias", start, columns()).fans(fanIn, fanOut);
  }

  /// The same under another name.
  Weight named(String other) {
    return new Weight(other, dimensions, initializer, fanIn, fanOut, trained);
  }

  /// {@return the same, not trained but kept by the layer: a statistic of the data, say}
  public Weight kept() {
    return new Weight(name, dimensions, initializer, fanIn, fanOut, false);
  }

  /// {@return the number of rows}
  ///
  /// @throws ArithmeticException if it does not fit an int
  public int rows() {
    int rows = 1;
    for (int dimension : dimensions.subList(0, dimensions.size() - 1)) {
      rows = Math.multiplyExact(rows, dimension);
    }
    return rows;
  }

  /// {@return the number of columns}
  public int columns() {
    return dimensions.getLast();
  }
}
