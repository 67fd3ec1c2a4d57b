package dev.descent.cli.bench;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
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
    int[] expected = {58, 64, 139, 154};
    int[] a = {1, 2, 3, 4, 5, 6};
    int[] transposedA = {1, 4, 2, 5, 3, 6};
    int[] b = {7, 8, 9, 10, 11, 12};
    int[] transposedB = {7, 9, 11, 8, 10, 12};
    assertArrayEquals(expected, run(2, 3, 2, false, false).multiply(a, b));
    assertArrayEquals(expected, run(2, 3, 2, true, false).multiply(transposedA, b));
    assertArrayEquals(expected, run(2, 3, 2, false, true).multiply(a, transposedB));
  }

  @Test
  void oneWrongElementIsFound() {
    ProductRun run = run(1, 1, 3, false, false);
    int[] expected = {64, -32, 0};
    assertDoesNotThrow(() -> run.requireEqual(expected, new float[] {1, -0.5f, 0}));
    for (float wrong : new float[] {Math.nextUp(0f), 1, Float.NaN}) {
      var failure =
          assertThrows(
              DescentException.class,
              () -> run.requireEqual(expected, new float[] {1, -0.5f, wrong}));
      assertEquals(
          "wrong result, nothing is timed: element (0, 2) of the product 1 x 1 x 3 is "
              + wrong
              + ", not 0.0",
          failure.getMessage());
    }
  }

  @Test
  void theProductsOfAStepAreItsOperations() {
    double products =
        Product.all(List.of(128)).stream()
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
