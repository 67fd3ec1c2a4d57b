package dev.descent.cuda;

import dev.descent.program.ProductOperation.MatMul;

/// The shape of a product of m x k and k x n, and which of the two lie transposed.
record ProductShape(long m, long n, long k, boolean transposeA, boolean transposeB) {
  static ProductShape of(MatMul op) {
    return new ProductShape(op.m(), op.n(), op.k(), op.transposeA(), op.transposeB());
  }
}
