package dev.descent.contract;

import dev.descent.program.ProductOperation.MatMul;
import dev.descent.program.Tensor;
import java.util.Locale;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Matrix products.
interface ProductContract extends OperationTests {
  /// Products of odd sizes, in all transpositions.
  ///
  /// @param m the rows of the result
  @ParameterizedTest
  @ValueSource(ints = {1, 7, 17, 33, 65, 129})
  default void matMulOfOddSizes(int m) {
    for (int n : ODD_SIZES) {
      for (int k : ODD_SIZES) {
        matMulInAllTranspositions(m, n, k);
      }
    }
  }

  /// Products of the sizes that training has.
  @Test
  default void matMulOfTheSizesOfTraining() {
    matMulInAllTranspositions(128, 512, 784);
    matMulInAllTranspositions(32, 10, 512);
    matMulInAllTranspositions(784, 512, 96);
  }

  /// Products of random sizes, in all transpositions.
  @Test
  default void matMulOfRandomSizes() {
    for (int i = 0; i < 60; i++) {
      matMulInAllTranspositions(
          inputs().nextInt(1, 100), inputs().nextInt(1, 150), inputs().nextInt(1, 300));
    }
  }

  /// Products with a side beyond what a grid or a 16-bit number holds.
  @Test
  default void matMulWithOneLongSide() {
    longMatMul(2049, 3, 5);
    longMatMul(5, 2049, 3);
    longMatMul(3, 5, 2049);
    longMatMul(70_001, 2, 1);
    longMatMul(1, 70_001, 2);
    longMatMul(2, 1, 70_001);
  }

  /// Where nothing cancels, what is left out of a long sum is more than its rounding.
  private void longMatMul(int m, int n, int k) {
    for (int t = 0; t < 4; t++) {
      float[] a = inputs().uniform((long) m * k, 0.25f, 1);
      float[] b = inputs().uniform((long) k * n, 0.25f, 1);
      matMul(m, n, k, a, (t & 1) != 0, b, (t & 2) != 0);
    }
  }

  private void matMulInAllTranspositions(int m, int n, int k) {
    for (int t = 0; t < 4; t++) {
      float[] a = inputs().floats((long) m * k);
      float[] b = inputs().floats((long) k * n);
      matMul(m, n, k, a, (t & 1) != 0, b, (t & 2) != 0);
    }
  }

  /// A product adds up 0 times NaN and 0 times infinity, which are NaN, and no element of the
  /// result takes them from the wrong row or column.
  ///
  /// @param n the columns of the result
  @ParameterizedTest
  @ValueSource(ints = {1, 17, 65})
  default void zeroTimesWhatIsNotFiniteIsNotANumber(int n) {
    for (int m : new int[] {1, 33, 129}) {
      for (int k : new int[] {7, 65}) {
        for (int t = 0; t < 4; t++) {
          boolean transposeA = (t & 1) != 0;
          boolean transposeB = (t & 2) != 0;
          float[] a = inputs().floats((long) m * k);
          float[] b = inputs().floats((long) k * n);
          // The last of each side, where tiles are padded, and one in the middle.
          int middle = inputs().nextInt(k);
          for (int i = 0; i < m; i += 2) {
            a[at(i, middle, m, k, transposeA)] = 0;
            a[at(i, k - 1, m, k, transposeA)] = 0;
          }
          b[at(middle, n - 1, k, n, transposeB)] = Float.NaN;
          b[at(k - 1, n / 2, k, n, transposeB)] = Float.POSITIVE_INFINITY;
          a[at(m - 1, 0, m, k, transposeA)] = Float.NEGATIVE_INFINITY;
          b[at(0, 0, k, n, transposeB)] = 0;
          matMul(m, n, k, a, transposeA, b, transposeB);
        }
      }
    }
  }

  private static int at(int row, int column, int rows, int columns, boolean transposed) {
    return transposed ? column * rows + row : row * columns + column;
  }

  private void matMul(
      int m, int n, int k, float[] a, boolean transposeA, float[] b, boolean transposeB) {
    var c =
        new OperationCase(
            String.format(
                Locale.ROOT,
                "MatMul %d x %d x %d, transposed %s %s",
                m,
                n,
                k,
                transposeA,
                transposeB));
    Tensor left = transposeA ? c.input("a", k, m, a) : c.input("a", m, k, a);
    Tensor right = transposeB ? c.input("b", n, k, b) : c.input("b", k, n, b);
    Bound bound = Bound.sum(k, operandRoundoff());
    Tensor out = c.output("out", m, n, bound);
    c.scale(out, magnitudes(a, b, m, n, k, transposeA, transposeB));
    check(c.add(new MatMul(left, transposeA, right, transposeB, out)));
  }

  /// What the product would be if no terms cancelled.
  private static double[] magnitudes(
      float[] a, float[] b, int m, int n, int k, boolean transposeA, boolean transposeB) {
    double[] magnitudes = new double[m * n];
    for (int i = 0; i < m; i++) {
      for (int p = 0; p < k; p++) {
        double left = Math.abs(a[at(i, p, m, k, transposeA)]);
        int right = at(p, 0, k, n, transposeB);
        int step = at(0, 1, k, n, transposeB);
        int row = i * n;
        for (int j = 0; j < n; j++, right += step) {
          magnitudes[row + j] += left * Math.abs(b[right]);
        }
      }
    }
    return magnitudes;
  }
}
