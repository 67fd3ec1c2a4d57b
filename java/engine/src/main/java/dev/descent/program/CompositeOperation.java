package dev.descent.program;

import java.util.List;

/// An operation that is a name for simpler ones and runs on every backend without code of its own:
/// the only kind of operation that can be written outside of this package.
///
/// ```java
/// /// `out = max(0, x w)`
/// record ReluProduct(Tensor x, Tensor w, Tensor out) implements CompositeOperation {
///   public List<Tensor> inputs() {
///     return List.of(x, w);
///   }
///
///   public List<Tensor> outputs() {
///     return List.of(out);
///   }
///
///   public List<Operation> expand(Scratch scratch) {
///     Tensor product = scratch.allocate("product", out.rows(), out.columns());
///     return List.of(
///         new MatMul(x, false, w, false, product),
///         new Activate(Activation.RELU, product, out));
///   }
/// }
/// ```
///
/// Its shapes are checked by its parts when a program with it is compiled.
public non-sealed interface CompositeOperation extends Operation {
  @Override
  List<Operation> expand(Scratch scratch);
}
