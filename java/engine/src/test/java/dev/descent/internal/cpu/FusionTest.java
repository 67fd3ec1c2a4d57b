package dev.descent.internal.cpu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.descent.backend.Backend;
import dev.descent.backend.BackendOptions;
import dev.descent.backend.Executable;
import dev.descent.internal.reference.ReferenceProvider;
import dev.descent.program.Activation;
import dev.descent.program.DataOperation.Advance;
import dev.descent.program.ElementwiseOperation.Activate;
import dev.descent.program.ElementwiseOperation.ActivateBackward;
import dev.descent.program.ElementwiseOperation.AddBias;
import dev.descent.program.LossOperation.SoftmaxCrossEntropy;
import dev.descent.program.NormalisationOperation.Normalise;
import dev.descent.program.NormalisationOperation.NormaliseBackwardWeights;
import dev.descent.program.Padding;
import dev.descent.program.ProductOperation.MatMul;
import dev.descent.program.Program;
import dev.descent.program.ReductionOperation.Accuracy;
import dev.descent.program.ReductionOperation.SumRows;
import dev.descent.program.Tensor;
import dev.descent.program.UpdateOperation.AdamUpdate;
import dev.descent.program.Window;
import dev.descent.program.WindowedOperation.Conv2d;
import dev.descent.testing.Inputs;
import java.util.List;
import org.junit.jupiter.api.Test;

/// What is fused, what must not be, and that it makes no difference.
class FusionTest {
  private static final int M = 37;
  private static final int N = 85;
  private static final int K = 21;

  private final Inputs random = Inputs.fresh();
  private final Steps steps = new Steps();
  private final Tensor a = floats("a", M, K);
  private final Tensor b = floats("b", K, N);
  private final Tensor bias = floats("bias", 1, N);
  private final Tensor h = floats("h", M, N);
  private final Tensor other = floats("other", M, N);
  private final MatMul product = new MatMul(a, false, b, false, h);

  private Tensor floats(String name, int rows, int columns) {
    return steps.floats(name, rows, columns, random.gaussians(rows * columns));
  }

  @Test
  void aLayerIsOneStage() {
    steps.add(product, new AddBias(h, bias, h), new Activate(Activation.RELU, h, h));
    assertStages(List.of("MatMul + AddBias + Activate(RELU)"), h);
  }

  @Test
  void anActivationThatKeepsItsArgumentIsFusedToo() {
    steps.add(product, new AddBias(h, bias, h), new Activate(Activation.GELU, h, other));
    assertStages(List.of("MatMul + AddBias + Activate(GELU)"), h, other);
  }

  @Test
  void anActivationOverAnOperandIsNot() {
    Tensor square = floats("square", N, N);
    Tensor result = floats("result", N, N);
    steps.add(
        new MatMul(square, false, floats("c", N, N), true, result),
        new Activate(Activation.TANH, result, square));
    assertStages(List.of("MatMul", "Activate(TANH)"), result, square);
  }

  @Test
  void aDerivativeIsFusedWhicheverWayTheProductIsComputed() {
    for (int rows : new int[] {3, 200}) {
      var own = new FusionTest();
      Tensor d = own.floats("d", rows, N);
      Tensor w = own.floats("w", K, N);
      Tensor dIn = own.floats("dIn", rows, K);
      Tensor saved = own.floats("saved", rows, K);
      own.steps.add(
          new MatMul(d, false, w, true, dIn),
          new ActivateBackward(Activation.TANH, saved, dIn, dIn));
      String product = "MatMul + ActivateBackward(TANH)";
      // Few rows are transposed, so that the weights are read as they lie.
      own.assertStages(rows == 3 ? List.of("copy of d", product) : List.of(product), dIn);
    }
  }

  @Test
  void aBiasToAnotherPlaceASoftmaxAndASecondBiasAreNot() {
    steps.add(
        product,
        new AddBias(h, bias, h),
        new AddBias(h, bias, h),
        new AddBias(h, bias, other),
        new Activate(Activation.SOFTMAX, other, other));
    assertStages(List.of("MatMul + AddBias", "AddBias", "AddBias", "Activate(SOFTMAX)"), h, other);
  }

  /// The last layer, its loss and the gradient by what it takes go row by row, so a worker goes on
  /// with its own rows: the first barrier comes before a sum over all rows.
  @Test
  void theLastLayerGoesRowByRow() {
    int rows = 64;
    var own = new FusionTest();
    Tensor x = own.floats("x", rows, N);
    Tensor w = own.floats("w", N, 10);
    Tensor scores = own.floats("scores", rows, 10);
    Tensor dScores = own.floats("dScores", rows, 10);
    Tensor dx = own.floats("dx", rows, N);
    Tensor dw = own.floats("dw", N, 10);
    Tensor targets = own.steps.ints("labels", own.random.ints(rows, 0, 10).toArray());
    Tensor state = own.steps.state(0, 0, 0);
    Tensor losses = own.steps.floats("losses", 4, 1, new float[4]);
    own.steps.add(
        new MatMul(x, false, w, false, scores),
        new SoftmaxCrossEntropy(scores, targets, state, losses, dScores),
        new MatMul(dScores, false, w, true, dx),
        new MatMul(x, true, dScores, false, dw),
        new Advance(state, rows, true));
    Program program = own.steps.program();
    float[][] expected;
    try (Backend backend = new ReferenceProvider().open(new BackendOptions(0, 1))) {
      expected = Steps.run(own.steps, program, backend, 3, scores, losses, dx, dw);
    }
    for (int threads : new int[] {1, 2, 4, 3}) {
      try (Backend backend = new CpuBackend("cpu", KernelChoice.best(), threads)) {
        try (Executable executable = backend.compile(program)) {
          long barriers =
              executable.explain("step").stream().filter(line -> line.startsWith("| ")).count();
          assertEquals(
              threads == 3 ? 3 : 2, barriers, () -> String.join("\n", executable.explain("step")));
        }
        float[][] actual = Steps.run(own.steps, program, backend, 3, scores, losses, dx, dw);
        for (int i = 0; i < expected.length; i++) {
          assertNear(expected[i], actual[i], 1e-4f, "threads " + threads + ", " + random);
        }
      }
    }
  }

  @Test
  void accuracyAndLossShareAPassThoughTheGradientReplacesTheScores() {
    int[] labels = random.ints(M, 0, N).toArray();
    Tensor targets = steps.ints("labels", labels);
    Tensor state = steps.state(0, 0, 0);
    Tensor losses = steps.floats("losses", 4, 1, new float[4]);
    Tensor correct = steps.ints("correct", new int[4]);
    Tensor sums = floats("sums", 1, N);
    steps.add(
        new Accuracy(h, targets, state, correct),
        new SoftmaxCrossEntropy(h, targets, state, losses, h),
        new SumRows(h, sums),
        new Advance(state, 1, true));
    assertStages(
        List.of("Accuracy + SoftmaxCrossEntropy", "total of the metrics", "SumRows", "Advance"),
        h,
        losses,
        sums);
  }

  /// What is summed up over the repetitions needs the gradient of each.
  @Test
  void aGradientThatIsReadAfterItsUpdateIsStoredInEachRepetition() {
    int columns = KernelChoice.best().matMul().maxWidth();
    Tensor dOut = floats("dOut", M, columns);
    Tensor parameters = floats("parameters", K, columns);
    Tensor gradient = floats("gradient", K, columns);
    Tensor first = steps.floats("first", K, columns, new float[K * columns]);
    Tensor second = steps.floats("second", K, columns, new float[K * columns]);
    Tensor rates = steps.floats("rates", 1, 1, new float[] {0.01f});
    Tensor weights = floats("weights", 1, K);
    Tensor row = floats("row", 1, columns);
    Tensor sum = floats("sum", 1, columns);
    steps.add(
        new MatMul(a, true, dOut, false, gradient),
        new AdamUpdate(
            parameters,
            gradient,
            first,
            second,
            rates,
            steps.state(0, 0, 0),
            0.9f,
            0.999f,
            1e-7f,
            0),
        new MatMul(weights, false, gradient, false, row),
        new AddBias(sum, row, sum));
    assertStages(List.of("MatMul + AdamUpdate", "MatMul", "AddBias"), parameters, gradient, sum);
  }

  @Test
  void aConvolutionTakesBiasAndActivationAlong() {
    assumeTrue(KernelChoice.best().panels() != null, "convolution is unfolded");
    var window = new Window(5, 6, 3, 3, 1, Padding.SAME);
    Tensor x = floats("x", 3 * 30, 4);
    Tensor w = floats("w", 9 * 4, 70);
    Tensor some = floats("some", 1, 70);
    Tensor out = floats("out", 3 * 30, 70);
    Tensor activated = floats("activated", 3 * 30, 70);
    steps.add(
        new Conv2d(x, w, out, window),
        new AddBias(out, some, out),
        new Activate(Activation.GELU, out, activated));
    assertStages(List.of("Conv2d: weights", "Conv2d + epilogue"), out, activated);
  }

  @Test
  void aNormalisationTakesItsActivationAlong() {
    Tensor mean = floats("mean", 1, N);
    Tensor variance = steps.floats("variance", 1, N, random.uniform(N, 0.5f, 2));
    steps.add(
        new Normalise(h, mean, variance, bias, mean, other, 0.1f),
        new Activate(Activation.RELU, other, floats("result", M, N)));
    assertStages(List.of("Normalise + Activate(RELU)"), other);
  }

  @Test
  void theSumsOfANormalisationTakeTheDerivativeAlong() {
    Tensor mean = floats("mean", 1, N);
    Tensor variance = steps.floats("variance", 1, N, random.uniform(N, 0.5f, 2));
    Tensor dScale = floats("dScale", 1, N);
    Tensor dShift = floats("dShift", 1, N);
    Tensor d = floats("d", M, N);
    steps.add(
        new ActivateBackward(Activation.TANH, h, d, d),
        new NormaliseBackwardWeights(other, mean, variance, d, dScale, dShift, 0.1f));
    assertStages(
        List.of(
            "ActivateBackward(TANH) + NormaliseBackwardWeights", dScale + ": total of the groups"),
        d,
        dScale,
        dShift);
  }

  /// Compares the stages' names, and the results with the reference's, for two runs in a row.
  private void assertStages(List<String> names, Tensor... results) {
    Program program = steps.program();
    float[][] expected;
    try (Backend reference = new ReferenceProvider().open(BackendOptions.DEFAULT)) {
      expected = Steps.run(steps, program, reference, 2, results);
    }
    for (int threads = 1; threads <= 4; threads++) {
      try (var backend = new CpuBackend(CpuProvider.NAME, KernelChoice.best(), threads);
          Executable executable = backend.compile(program)) {
        List<String> stages = executable.explain("step");
        assertEquals(names.size(), stages.size(), stages.toString());
        for (int i = 0; i < names.size(); i++) {
          String stage = stages.get(i).substring(2);
          assertEquals(names.get(i), stage.substring(0, names.get(i).length()));
        }
        float[][] actual = Steps.run(steps, program, backend, 2, results);
        for (int i = 0; i < results.length; i++) {
          assertNear(expected[i], actual[i], 2e-4f, results[i] + " " + random);
        }
      }
    }
  }

  /// Within a tolerance, and what rounds a total of up to three repetitions on either side: half an ulp of it each time,
  /// which is more where losses add up to thousands.
  private static void assertNear(
      float[] expected, float[] actual, float tolerance, String message) {
    assertEquals(expected.length, actual.length, message);
    for (int i = 0; i < expected.length; i++) {
      assertEquals(expected[i], actual[i], tolerance + 3 * Math.ulp(expected[i]), message);
    }
  }
}
