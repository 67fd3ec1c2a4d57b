package dev.descent.program;

import java.util.List;

/// Matrix products.
public sealed interface ProductOperation extends Operation {
  /// `out = op(a) op(b)`, op being the transposition of a flagged operand. No term is left out: 0
  /// times NaN and 0 times infinity are NaN in the sum.
  ///
  /// @param a `M x K`, or `K x M` if transposed
  /// @param transposeA whether a is stored transposed
  /// @param b `K x N`, or `N x K` if transposed
  /// @param transposeB whether b is stored transposed
  /// @param out `M x N`
  record MatMul(Tensor a, boolean transposeA, Tensor b, boolean transposeB, Tensor out)
      implements ProductOperation {
    /// Checks types and shapes.
    ///
    /// @throws IllegalArgumentException naming the operation and the shapes if they do not fit each
    ///     other
    public MatMul {
      Shapes.floats("MatMul", a, b, out);
      Shapes.require(
          (transposeA ? a.rows() : a.columns()) == (transposeB ? b.columns() : b.rows()),
          "MatMul" + (transposeA ? " (a transposed)" : "") + (transposeB ? " (b transposed)" : ""),
          a,
          b);
      Shapes.require((transposeA ? a.columns() : a.rows()) == out.rows(), "MatMul", a, out);
      Shapes.require((transposeB ? b.rows() : b.columns()) == out.columns(), "MatMul", b, out);
      Shapes.requireDisjoint("MatMul", a, out);
      Shapes.requireDisjoint("MatMul", b, out);
    }

    /// {@return the number of rows of out}
    public long m() {
      return out.rows();
    }

    /// {@return the number of columns of out}
    public long n() {
      return out.columns();
    }

    /// {@return the number of products that each element of out sums}
    public long k() {
      return transposeA ? a.rows() : a.columns();
    }

    @Override
    public List<Tensor> inputs() {
      return List.of(a, b);
    }

    @Override
    public List<Tensor> outputs() {
      return List.of(out);
    }
  }
}
