package dev.descent.program;

import java.util.List;

/// `out = x + y`, element by element; may work in place on x. It is an [ElementwiseOperation.AddBias] of one row.
///
/// @param x `B x N`
/// @param y `B x N`
/// @param out `B x N`
public record Add(Tensor x, Tensor y, Tensor out) implements CompositeOperation {
  /// Checks the shapes.
  ///
  /// @throws IllegalArgumentException if the tensors do not fit together
  public Add {
    Shapes.floats("Add", x, y, out);
    Shapes.same("Add", x, y);
    Shapes.same("Add", x, out);
    Shapes.requireInPlaceOrDisjoint("Add", x, out);
    Shapes.requireDisjoint("Add", y, out);
  }

  @Override
  public List<Tensor> inputs() {
    return List.of(x, y);
  }

  @Override
  public List<Tensor> outputs() {
    return List.of(out);
  }

  @Override
  public List<Operation> expand(Scratch scratch) {
    return List.of(new ElementwiseOperation.AddBias(row(x), row(y), row(out)));
  }

  private static Tensor row(Tensor tensor) {
    return tensor.as(1, tensor.size());
  }
}
