package dev.descent.internal.cpu;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.descent.internal.cpu.kernel.Kernels;
import dev.descent.internal.cpu.vector.VectorMatMul;
import dev.descent.program.ProductOperation.MatMul;
import dev.descent.program.Program;
import dev.descent.program.Tensor;
import dev.descent.testing.Inputs;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

/// Products with vectors, in plain loops, and in float64.
class MatMulTest {
  private final Inputs random = Inputs.fresh();

  @Test
  void vectorsAndPlainLoopsGiveTheSameBitsWithAnyNumberOfThreads() {
    for (int i = 0; i < 150; i++) {
      int m = size(70);
      int n = size(300);
      int k = size(90);
      check(m, n, k, random.nextInt(4));
    }
  }

  @Test
  void sumsOfMoreProductsThanABlockHolds() {
    check(5, 64, 2500, 0);
    check(33, 70, 1025, 0);
    check(300, 128, 3000, 1);
    check(20, 130, 2100, 2);
  }

  @Test
  void oneRowOrOneColumn() {
    for (int form = 0; form < 4; form++) {
      check(1, 1, 1, form);
      check(1, 1000, 3, form);
      check(1000, 1, 3, form);
      check(1, 1, 1000, form);
    }
  }

  @Test
  void linesThatCrowdACacheOfIntels() {
    for (int form = 0; form < 4; form++) {
      check(40, 512, 30, form);
      check(256, 300, 40, form);
      check(512, 260, 256, form);
    }
  }

  /// Few columns, so that workers share out the rows.
  @Test
  void blocksOfRows() {
    for (int m : new int[] {16, 17, 48, 64, 130, 200}) {
      check(m, 10, size(90), 0);
    }
  }

  private int size(int bound) {
    return random.nextInt(1, bound);
  }

  private void check(int m, int n, int k, int form) {
    boolean ta = (form & 1) != 0;
    boolean tb = (form & 2) != 0;
    String name = "%d x %d x %d, form %d, %s".formatted(m, k, n, form, random);
    float[] a = random.gaussians(m * k);
    float[] b = random.gaussians(k * n);
    float[] c = new float[m * n];
    Arrays.fill(c, Float.NaN);
    var steps = new Steps();
    Tensor left = steps.floats("a", ta ? k : m, ta ? m : k, a);
    Tensor right = steps.floats("b", tb ? n : k, tb ? k : n, b);
    Tensor out = steps.floats("out", m, n, c);
    Program program = steps.add(new MatMul(left, ta, right, tb, out)).program();
    float[][] results = new float[5][];
    for (int threads = 1; threads <= 3; threads++) {
      try (var backend = new CpuBackend(CpuProvider.NAME, KernelChoice.best(), threads)) {
        results[threads - 1] = Steps.run(steps, program, backend, 1, out)[0];
      }
    }
    try (var backend = CpuBackend.plain(2)) {
      results[3] = Steps.run(steps, program, backend, 1, out)[0];
    }
    Kernels best = KernelChoice.best();
    var intels = new Kernels(new VectorMatMul(null, true), best.math(), "", null);
    try (var backend = new CpuBackend(CpuProvider.NAME, intels, 2)) {
      results[4] = Steps.run(steps, program, backend, 1, out)[0];
    }
    for (int i = 1; i < results.length; i++) {
      assertArrayEquals(results[0], results[i], name);
    }
    for (int i = 0; i < m; i++) {
      for (int j = 0; j < n; j++) {
        double sum = 0;
        double magnitude = 0;
        for (int p = 0; p < k; p++) {
          double term = (double) a[ta ? p * m + i : i * k + p] * b[tb ? j * k + p : p * n + j];
          sum += term;
          magnitude += Math.abs(term);
        }
        double bound = (k + 8) * 0x1p-24 * magnitude;
        double actual = results[0][i * n + j];
        assertTrue(Math.abs(sum - actual) <= bound, name + " " + sum + " " + actual);
      }
    }
  }

  @Test
  void notANumberSpreadsToItsRowAndColumnOnly() {
    int n = 70;
    float[] a = random.gaussians(n * n);
    float[] b = random.gaussians(n * n);
    a[3 * n + 5] = Float.NaN;
    b[7 * n + 69] = Float.POSITIVE_INFINITY;
    for (int form = 0; form < 4; form++) {
      boolean ta = (form & 1) != 0;
      boolean tb = (form & 2) != 0;
      var steps = new Steps();
      Tensor left = steps.floats("a", n, n, a);
      Tensor right = steps.floats("b", n, n, b);
      Tensor out = steps.floats("out", n, n, new float[n * n]);
      Program program = steps.add(new MatMul(left, ta, right, tb, out)).program();
      int row = ta ? 5 : 3;
      int column = tb ? 7 : 69;
      try (var backend = new CpuBackend(CpuProvider.NAME, KernelChoice.best(), 2)) {
        float[] result = Steps.run(steps, program, backend, 1, out)[0];
        for (int e = 0; e < result.length; e++) {
          boolean finite = e / n != row && e % n != column;
          assertEquals(finite, Float.isFinite(result[e]), "form " + form + " element " + e);
        }
      }
    }
  }
}
