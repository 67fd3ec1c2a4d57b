package dev.descent.cli.bench;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.descent.DescentException;
import java.util.List;
import org.junit.jupiter.api.Test;

/// What tells right products from wrong ones.
final class ProductRunTest {
  @Test
  void multipliesInAllLayouts() {
    float[] expected = {58 / 64f, 64 / 64f, 139 / 64f, 154 / 64f};
    int[] a = {1, 2, 3, 4, 5, 6};
    int[] transposedA = {1, 4, 2, 5, 3, 6};
    int[] b = {7, 8, 9, 10, 11, 12};
    int[] transposedB = {7, 9, 11, 8, 10, 12};
    assertDoesNotThrow(() -> run(2, 3, 2, false, false).requireProduct(a, b, expected));
    assertDoesNotThrow(() -> run(2, 3, 2, true, false).requireProduct(transposedA, b, expected));
    assertDoesNotThrow(() -> run(2, 3, 2, false, true).requireProduct(a, transposedB, expected));
    assertThrows(
        DescentException.class, () -> run(2, 3, 2, false, true).requireProduct(a, b, expected));
  }

  @Test
  void oneWrongElementIsFound() {
    ProductRun run = run(1, 1, 3, false, false);
    int[] a = {8};
    int[] b = {8, -4, 0};
    assertDoesNotThrow(() -> run.requireProduct(a, b, new float[] {1, -0.5f, 0}));
    for (float wrong : new float[] {Math.nextUp(0f), 1, Float.NaN, Float.POSITIVE_INFINITY}) {
      var failure =
          assertThrows(
              DescentException.class,
              () -> run.requireProduct(a, b, new float[] {1, -0.5f, wrong}));
      assertEquals(
          "wrong result, nothing is timed: element (0, 2) of the product 1 x 1 x 3 is "
              + wrong
              + ", not 0.0",
          failure.getMessage());
    }
  }

  /// Errors that cancel in a plain sum of the row.
  @Test
  void errorsThatCancelAreFound() {
    ProductRun run = run(1, 1, 2, false, false);
    assertThrows(
        DescentException.class,
        () -> run.requireProduct(new int[] {8}, new int[] {8, 8}, new float[] {2, 0}));
  }

  @Test
  void theProductsOfAStepAreItsOperations() {
    double products =
        Product.all(List.of(128), List.of(64)).stream()
            .filter(p -> List.of("forward", "dW", "dX").contains(p.role()))
            .mapToDouble(Product::operations)
            .sum();
    double step = 128 * Layer.all().stream().mapToDouble(Layer::operations).sum();
    assertEquals(step, products);
    assertTrue(Math.abs(step / 128 - 3.209e6) < 1e3, () -> step + " operations");
  }

  private static ProductRun run(int m, int k, int n, boolean transposeA, boolean transposeB) {
    return new ProductRun(new Product(m, k, n, transposeA, transposeB, "test"));
  }
}
