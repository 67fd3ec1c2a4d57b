package dev.descent.cli.bench;

import java.util.ArrayList;
import java.util.List;

/// A matrix product `c = op(a) op(b)` to be timed.
///
/// @param m rows of c
/// @param k the products that each element sums
/// @param n columns of c
/// @param transposeA whether a is given as `k x m`
/// @param transposeB whether b is given as `n x k`
/// @param role what it is for
public record Product(int m, int k, int n, boolean transposeA, boolean transposeB, String role) {
  /// What training of the 784-512-512-10 model multiplies at each batch size: layer by layer
  /// forward, the gradients of the weights and those of the activations; then squares in each of
  /// these layouts, and a product whose sizes are multiples of nothing.
  public static List<Product> all(List<Integer> batches, List<Integer> squares) {
    List<Product> products = new ArrayList<>();
    for (int batch : batches) {
      for (Layer layer : Layer.all()) {
        int in = layer.inputs();
        int out = layer.outputs();
        products.add(new Product(batch, in, out, false, false, "forward"));
        products.add(new Product(in, batch, out, true, false, "dW"));
        if (!layer.first()) {
          products.add(new Product(batch, out, in, false, true, "dX"));
        }
      }
    }
    for (int n : squares) {
      products.add(new Product(n, n, n, false, false, "square"));
      products.add(new Product(n, n, n, true, false, "square dW"));
      products.add(new Product(n, n, n, false, true, "square dX"));
    }
    products.add(new Product(129, 131, 127, false, false, "odd sizes"));
    return products;
  }

  /// Multiplications and additions.
  public double operations() {
    return 2.0 * m * k * n;
  }

  /// `128 x 784 x 512`, with the transposed operands named.
  @Override
  public String toString() {
    String transposed = transposeA ? " (a transposed)" : transposeB ? " (b transposed)" : "";
    return m + " x " + k + " x " + n + transposed;
  }
}
