package dev.descent.opencl;

import dev.descent.program.ProductOperation.MatMul;
import java.util.Locale;

/// The sizes of a matrix product and how its factors lie.
///
/// @param m rows of the result
/// @param n columns of the result
/// @param k the products that each element sums
/// @param transposeA whether a lies as `k x m`
/// @param transposeB whether b lies as `n x k`
record ProductShape(long m, long n, long k, boolean transposeA, boolean transposeB) {
  static ProductShape of(MatMul op) {
    return new ProductShape(op.m(), op.n(), op.k(), op.transposeA(), op.transposeB());
  }

  /// Whether one kernel does for both.
  boolean sameLayout(ProductShape other) {
    return transposeA == other.transposeA && transposeB == other.transposeB;
  }

  /// The product with b as it is when it does not lie transposed.
  ProductShape withoutTransposeB() {
    return new ProductShape(m, n, k, transposeA, false);
  }

  /// How far apart two products are in their sizes: the sum of what these differ by in powers of
  /// two.
  double distance(ProductShape other) {
    return Math.abs(log2((double) m / other.m))
        + Math.abs(log2((double) n / other.n))
        + Math.abs(log2((double) k / other.k));
  }

  private static double log2(double ratio) {
    return Math.log(ratio) / Math.log(2);
  }

  double flops() {
    return 2.0 * m * n * k;
  }

  /// `nn`, `tn`, `nt` or `tt`: t for a factor that lies transposed.
  String layout() {
    return (transposeA ? "t" : "n") + (transposeB ? "t" : "n");
  }

  /// `128 x 784 x 512 nn`: m, k, n.
  @Override
  public String toString() {
    return String.format(Locale.ROOT, "%d x %d x %d %s", m, k, n, layout());
  }
}
