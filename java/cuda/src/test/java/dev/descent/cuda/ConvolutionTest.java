package dev.descent.cuda;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.descent.backend.Backend;
import dev.descent.backend.BackendOptions;
import dev.descent.backend.Executable;
import dev.descent.backend.Precision;
import dev.descent.program.Activation;
import dev.descent.program.DType;
import dev.descent.program.ElementwiseOperation.Activate;
import dev.descent.program.ElementwiseOperation.AddBias;
import dev.descent.program.Operation;
import dev.descent.program.Padding;
import dev.descent.program.Program;
import dev.descent.program.Role;
import dev.descent.program.Tensor;
import dev.descent.program.Window;
import dev.descent.program.WindowedOperation.Conv2d;
import dev.descent.program.WindowedOperation.Conv2dBackwardInput;
import dev.descent.program.WindowedOperation.Conv2dBackwardWeights;
import dev.descent.testing.Inputs;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Convolutions as products on the tiles of all others; the contract suite has the odd sizes.
class ConvolutionTest {
  private static final Window WINDOW = new Window(5, 4, 3, 3, 1, Padding.SAME);

  private final Inputs random = Inputs.fresh();

  /// A convolution with a bias and ReLU, and its derivatives.
  private static final class Step implements AutoCloseable {
    private final Program.Builder builder = Program.builder();
    private final int batch;
    private final int channels;
    private final int filters;
    private final Window window;
    private final Tensor x;
    private final Tensor w;
    private final Tensor bias;
    private final Tensor dOut;
    private final Tensor out;
    private final Tensor dX;
    private final Tensor dW;
    private final Executable executable;

    Step(Backend backend, int batch, int channels, int filters, Window window) {
      this.batch = batch;
      this.channels = channels;
      this.filters = filters;
      this.window = window;
      x = tensor("x", (long) batch * window.positions(), channels);
      w = tensor("w", (long) window.taps() * channels, filters);
      bias = tensor("bias", 1, filters);
      dOut = tensor("dOut", (long) batch * window.places(), filters);
      out = tensor("out", dOut.rows(), filters);
      dX = tensor("dX", x.rows(), channels);
      dW = tensor("dW", w.rows(), filters);
      List<Operation> operations =
          List.of(
              new Conv2d(x, w, out, window),
              new AddBias(out, bias, out),
              new Activate(Activation.RELU, out, out),
              new Conv2dBackwardInput(dOut, w, dX, window),
              new Conv2dBackwardWeights(x, dOut, dW, window));
      executable = backend.compile(builder.step("step", operations).build());
    }

    private Tensor tensor(String name, long rows, long columns) {
      return builder.buffer(name, Role.DATA, DType.F32, rows * columns).asMatrix(rows, columns);
    }

    /// Writes random numbers.
    private float[] fill(Tensor tensor, Inputs random) {
      float[] numbers = random.floats(tensor.size());
      write(tensor, numbers);
      return numbers;
    }

    private void write(Tensor tensor, float[] numbers) {
      executable.write(tensor, MemorySegment.ofArray(numbers));
    }

    private float[] read(Tensor tensor) {
      float[] numbers = new float[(int) tensor.size()];
      executable.read(tensor, MemorySegment.ofArray(numbers));
      return numbers;
    }

    /// Runs it on random numbers, and holds it against sums in float64.
    private void check(Precision precision, Inputs random) {
      float[] images = fill(x, random);
      float[] weights = fill(w, random);
      float[] shift = fill(bias, random);
      float[] slopes = fill(dOut, random);
      executable.run("step", 1);
      double[][] sums = new double[3][];
      double[][] scales = new double[3][];
      List<Tensor> results = List.of(out, dX, dW);
      for (int r = 0; r < results.size(); r++) {
        sums[r] = new double[(int) results.get(r).size()];
        scales[r] = new double[sums[r].length];
      }
      for (int i = 0; i < sums[0].length; i++) {
        sums[0][i] = shift[i % filters];
        scales[0][i] = Math.abs(sums[0][i]);
      }
      for (int place = 0; place < batch * window.places(); place++) {
        int q = place % window.outWidth();
        int p = place / window.outWidth() % window.outHeight();
        for (int tap = 0; tap < window.taps(); tap++) {
          int line = p * window.stride() + tap / window.kernelWidth() - window.top();
          int column = q * window.stride() + tap % window.kernelWidth() - window.left();
          if (line < 0 || line >= window.height() || column < 0 || column >= window.width()) {
            continue;
          }
          int position = (place / window.places() * window.height() + line) * window.width();
          for (int e = 0; e < channels * filters; e++) {
            int from = (position + column) * channels + e / filters;
            int to = place * filters + e % filters;
            int weight = tap * channels * filters + e;
            add(sums[0], scales[0], to, (double) images[from] * weights[weight]);
            add(sums[1], scales[1], from, (double) slopes[to] * weights[weight]);
            add(sums[2], scales[2], weight, (double) images[from] * slopes[to]);
          }
        }
      }
      long[] terms = {w.rows() + 1, (long) window.taps() * filters, dOut.rows()};
      for (int r = 0; r < results.size(); r++) {
        double unit = (terms[r] + 8) * 0x1p-24 + MatMulTest.rounding(precision);
        float[] actual = read(results.get(r));
        for (int i = 0; i < actual.length; i++) {
          double expected = r == 0 ? Math.max(0, sums[r][i]) : sums[r][i];
          assertEquals(
              expected,
              actual[i],
              unit * scales[r][i],
              "%s[%d] of %s, %s, %s".formatted(results.get(r), i, window, precision, random));
        }
      }
    }

    private static void add(double[] sums, double[] scales, int at, double term) {
      sums[at] += term;
      scales[at] += Math.abs(term);
    }

    @Override
    public void close() {
      executable.close();
    }
  }

  /// Convolves odd images, once with whole vectors of channels and filters.
  static void check(Backend backend, Precision precision, Inputs random) {
    int[][] sizes = {{2, 3, 5}, {3, 4, 8}};
    for (int[] size : sizes) {
      for (Padding padding : Padding.values()) {
        var window = new Window(7, 5, 3, 2, 1 + size[0] % 2, padding);
        try (Step step = new Step(backend, size[0], size[1], size[2], window)) {
          step.check(precision, random);
        }
      }
    }
  }

  @ParameterizedTest
  @MethodSource("dev.descent.cuda.MatMulTest#tunings")
  void everyTileConvolves(Tuning tuning) {
    TestDevice.requirePrecision(tuning.precision());
    try (Backend backend = TestDevice.open(tuning)) {
      check(backend, tuning.precision(), random);
    }
  }

  @Test
  void nothingIsUnfoldedInMemory() {
    try (Backend backend = TestDevice.open(BackendOptions.DEFAULT);
        Step step = new Step(backend, 2, 3, 5, WINDOW)) {
      List<String> said = step.executable.explain("step");
      assertEquals(3, said.size(), said.toString());
      assertTrue(
          said.getFirst()
              .startsWith(
                  "Conv2d (5 x 4, kernel 3 x 3, stride 1, same) + AddBias + Activate(RELU)"),
          said.getFirst());
      assertTrue(said.stream().allMatch(line -> line.contains("_convolve,")), said.toString());
    }
  }

  /// How k is split does not depend on the batch, on a device with many multiprocessors either.
  @Test
  void anImageHasTheSameBitsInAnyBatch() {
    var tuning =
        new Tuning(132, Precision.FP32, List.of(MatMulTile.MEDIUM, MatMulTile.SMALL), 16, 16);
    try (Backend backend = TestDevice.open(tuning);
        Step many = new Step(backend, 40, 24, 10, WINDOW);
        Step one = new Step(backend, 1, 24, 10, WINDOW)) {
      one.write(one.x, Arrays.copyOf(many.fill(many.x, random), (int) one.x.size()));
      one.write(one.w, many.fill(many.w, random));
      one.write(one.bias, many.fill(many.bias, random));
      one.write(one.dOut, Arrays.copyOf(many.fill(many.dOut, random), (int) one.dOut.size()));
      many.executable.run("step", 1);
      one.executable.run("step", 1);
      float[] out = one.read(one.out);
      float[] dX = one.read(one.dX);
      assertArrayEquals(out, Arrays.copyOf(many.read(many.out), out.length), random.toString());
      assertArrayEquals(dX, Arrays.copyOf(many.read(many.dX), dX.length), random.toString());
      float[] dW = many.read(many.dW);
      many.executable.run("step", 2);
      assertArrayEquals(dW, many.read(many.dW), random.toString());
    }
  }

  /// What cuBLAS computes are products.
  @Test
  void aLibraryForProductsGetsThoseOfConvolutionsToo() {
    try (Backend backend = CublasWay.FOREIGN.open(BackendOptions.DEFAULT);
        Step step = new Step(backend, 2, 3, 5, WINDOW)) {
      List<String> said = step.executable.explain("step");
      assertEquals(
          3, said.stream().filter(line -> line.startsWith("MatMul")).count(), said.toString());
      step.check(Precision.FP32, random);
    }
  }
}
