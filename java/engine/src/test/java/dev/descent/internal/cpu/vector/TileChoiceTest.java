package dev.descent.internal.cpu.vector;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.descent.testing.Inputs;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// All tiles against sums in the order of k with `Math.fma`, whose bits they must have.
class TileChoiceTest {
  private final Inputs random = Inputs.fresh();

  static List<TileChoice> choices() {
    var choices = new ArrayList<TileChoice>();
    for (int height = 1; height <= 6; height++) {
      choices.add(new TileChoice(TileForm.ROWS, height));
    }
    choices.add(TileChoice.TALL);
    choices.add(TileChoice.ANY);
    return choices;
  }

  @ParameterizedTest
  @MethodSource("choices")
  void everyNumberOfRowsAndVectorsGivesTheBitsOfSumsInOrder(TileChoice choice) {
    for (int vectors : new int[] {4, 2, 1}) {
      for (int rows = 0; rows <= 33; rows++) {
        if (vectors <= 2 || choice.height() <= 6) {
          check(choice, vectors, rows, random.nextInt(40), rows % 2 == 0);
        }
      }
    }
  }

  private void check(TileChoice choice, int vectors, int rows, int count, boolean add) {
    int width = vectors * VectorConstants.LANES;
    boolean any = choice.form() == TileForm.ANY;
    int rowStride = count + 3;
    int kStride = any ? 2 * (count + 3) * rows : 1;
    int ldb = any ? width + 5 : width;
    int ldc = width + 7;
    int a0 = 3;
    int b0 = 1;
    int c0 = 2;
    float[] a = random.gaussians(a0 + rows * rowStride + count * kStride);
    float[] b = random.gaussians(b0 + count * ldb + width);
    float[] c = random.gaussians(c0 + rows * ldc + width);
    float[] expected = c.clone();
    for (int i = 0; i < rows; i++) {
      for (int j = 0; j < width; j++) {
        float sum = add ? c[c0 + i * ldc + j] : 0;
        for (int k = 0; k < count; k++) {
          sum = Math.fma(a[a0 + i * rowStride + k * kStride], b[b0 + k * ldb + j], sum);
        }
        expected[c0 + i * ldc + j] = sum;
      }
    }
    choice.multiply(vectors, rows, count, a, a0, rowStride, kStride, b, b0, ldb, c, c0, ldc, add);
    assertArrayEquals(
        expected,
        c,
        "%s, %d vectors, %d rows, k %d, %s".formatted(choice, vectors, rows, count, random));
  }

  @ParameterizedTest
  @MethodSource("lists")
  void theFastestIsOneOfTheList(List<TileChoice> choices) {
    assertTrue(choices.contains(TileTiming.fastest(choices, VectorMatMul.MAX_VECTORS)));
  }

  static List<List<TileChoice>> lists() {
    return List.of(TileChoice.PACKED, List.of(TileChoice.ANY));
  }
}
