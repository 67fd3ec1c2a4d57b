package dev.descent.internal.cpu;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.descent.backend.Backend;
import dev.descent.backend.BackendOptions;
import dev.descent.backend.Executable;
import dev.descent.internal.cpu.kernel.Kernels;
import dev.descent.internal.reference.ReferenceProvider;
import dev.descent.program.Activation;
import dev.descent.program.ElementwiseOperation.Activate;
import dev.descent.program.ElementwiseOperation.ActivateBackward;
import dev.descent.program.ElementwiseOperation.Dropout;
import dev.descent.program.NormalisationOperation.BatchStatistics;
import dev.descent.program.NormalisationOperation.Normalise;
import dev.descent.program.NormalisationOperation.NormaliseBackward;
import dev.descent.program.NormalisationOperation.NormaliseBackwardWeights;
import dev.descent.program.Padding;
import dev.descent.program.Program;
import dev.descent.program.Tensor;
import dev.descent.program.UpdateOperation.SgdUpdate;
import dev.descent.program.Window;
import dev.descent.program.WindowedOperation.MaxPool;
import dev.descent.program.WindowedOperation.MaxPoolBackward;
import dev.descent.testing.Inputs;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/// A normalisation, ReLU, dropout and pooling in one go, and their derivative, against the
/// reference's operation by operation: over several repetitions, of which all but the last store
/// less. What a repetition computes is added up, so that none can be wrong unseen.
class PooledNormalisationTest {
  private static final int RUNS = 40;
  private static final float EPSILON = 1e-3f;
  private static final float RATE = 0.1f;

  private final Inputs random = Inputs.fresh();

  private enum Chain {
    PLAIN,
    RELU,
    RELU_AND_DROPOUT
  }

  @Test
  void isWhatItsOperationsAre() {
    for (int run = 0; run < RUNS; run++) {
      int stride = random.nextInt(1, 4);
      var window =
          new Window(
              random.nextInt(3, 9),
              random.nextInt(3, 9),
              random.nextInt(1, stride + 1),
              random.nextInt(1, stride + 1),
              stride,
              random.nextBoolean() ? Padding.SAME : Padding.VALID);
      var chain = Chain.values()[random.nextInt(Chain.values().length)];
      check(new Network(random.nextInt(1, 9), random.nextInt(16, 60), window, chain));
    }
  }

  private void check(Network network) {
    String message = network + " " + random;
    float[][] expected;
    try (Backend reference = new ReferenceProvider().open(BackendOptions.DEFAULT)) {
      expected = network.run(reference);
    }
    float[][] bits = null;
    for (Kernels kernels : List.of(KernelChoice.best(), KernelChoice.plain(null))) {
      for (int threads : new int[] {1, 3}) {
        try (var backend = new CpuBackend(CpuProvider.NAME, kernels, threads);
            Executable executable = backend.compile(network.program)) {
          assertTrue(
              executable.explain("step").stream().anyMatch(s -> s.contains(" + MaxPool")),
              () -> message + executable.explain("step"));
          float[][] actual = network.run(backend);
          for (int i = 0; i < actual.length; i++) {
            String result = network.results[i] + " " + message;
            assertArrayEquals(expected[i], actual[i], 1e-3f, result);
            if (bits != null) {
              assertArrayEquals(bits[i], actual[i], "the same bits, " + result);
            }
          }
          bits = actual;
        }
      }
    }
  }

  @Test
  void whatIsReadBetweenIsStored() {
    var window = new Window(4, 5, 2, 2, 2, Padding.SAME);
    for (boolean more : new boolean[] {false, true}) {
      var network = new Network(3, 20, window, Chain.RELU, more);
      try (var backend = new CpuBackend(CpuProvider.NAME, KernelChoice.best(), 2);
          Executable executable = backend.compile(network.program)) {
        List<String> stages = executable.explain("step");
        assertEquals(
            !more, stages.stream().anyMatch(s -> s.contains(" + MaxPool")), stages.toString());
      }
      float[][] expected;
      try (Backend reference = new ReferenceProvider().open(BackendOptions.DEFAULT)) {
        expected = network.run(reference);
      }
      try (var backend = new CpuBackend(CpuProvider.NAME, KernelChoice.best(), 2)) {
        float[][] actual = network.run(backend);
        for (int i = 0; i < actual.length; i++) {
          assertArrayEquals(expected[i], actual[i], 1e-3f, network.results[i] + " " + random);
        }
      }
    }
  }

  /// A step that changes what it is fed by its derivatives.
  private final class Network {
    private final Steps steps = new Steps();
    private final int images;
    private final int channels;
    private final Window window;
    private final Chain chain;
    private final Program program;
    private final Tensor[] results;

    Network(int images, int channels, Window window, Chain chain) {
      this(images, channels, window, chain, false);
    }

    /// @param more whether something else reads what lies between normalisation and pooling
    Network(int images, int channels, Window window, Chain chain, boolean more) {
      this.images = images;
      this.channels = channels;
      this.window = window;
      this.chain = chain;
      int rows = images * window.positions();
      int places = images * window.places();
      Tensor state = steps.state(0, 0, random.nextInt(100));
      Tensor rates = steps.floats("rates", 1, 1, new float[] {RATE});
      Tensor x = floats("x", rows);
      Tensor mean = floats("mean", 1);
      Tensor variance = floats("variance", 1);
      Tensor scale = floats("scale", 1);
      Tensor shift = floats("shift", 1);
      Tensor n = floats("n", rows);
      Tensor kept = chain == Chain.RELU_AND_DROPOUT ? floats("kept", rows) : n;
      Tensor p = floats("p", places);
      Tensor column = steps.ints("taps", new int[places * channels]);
      Tensor taps = new Tensor("taps", column.buffer(), 0, places, channels);
      Tensor dP = floats("dP", places);
      Tensor d = floats("d", rows);
      Tensor dScale = floats("dScale", 1);
      Tensor dShift = floats("dShift", 1);
      Tensor sum = floats("sum", places);
      Tensor whole = floats("whole", rows);
      steps.add(
          new BatchStatistics(
              x, mean, variance, floats("runningMean", 1), floats("runningVariance", 1), 0.9f),
          new Normalise(x, mean, variance, scale, shift, n, EPSILON));
      if (chain != Chain.PLAIN) {
        steps.add(new Activate(Activation.RELU, n, n));
      }
      if (chain == Chain.RELU_AND_DROPOUT) {
        steps.add(new Dropout(n, state, kept, 0.3f, 1, 5));
      }
      steps.add(new MaxPool(kept, p, taps, window), new MaxPoolBackward(dP, taps, d, window));
      if (chain == Chain.RELU_AND_DROPOUT) {
        steps.add(new Dropout(d, state, d, 0.3f, 1, 5));
      }
      if (chain != Chain.PLAIN) {
        steps.add(new ActivateBackward(Activation.RELU, n, d, d));
      }
      steps.add(
          new NormaliseBackwardWeights(x, mean, variance, d, dScale, dShift, EPSILON),
          new NormaliseBackward(x, mean, variance, scale, dScale, dShift, d, d, EPSILON),
          new SgdUpdate(sum, p, rates, state),
          new SgdUpdate(scale, dScale, rates, state),
          new SgdUpdate(shift, dShift, rates, state),
          new SgdUpdate(x, d, rates, state));
      if (more) {
        steps.add(new SgdUpdate(whole, n, rates, state));
      }
      this.program = steps.program();
      this.results = new Tensor[] {n, kept, p, d, dScale, dShift, sum, scale, shift, x, whole};
    }

    /// Numbers that differ, so that rounding doesn't decide what is the largest.
    private Tensor floats(String name, int rows) {
      int count = rows * channels;
      int[] order = random.permutation(count);
      float[] values = new float[count];
      IntStream.range(0, count).forEach(i -> values[i] = 4f * order[i] / count - 1.5f);
      return steps.floats(name, rows, channels, values);
    }

    float[][] run(Backend backend) {
      return Steps.run(steps, program, backend, 3, results);
    }

    @Override
    public String toString() {
      return images + " images of " + channels + " channels, " + window + ", " + chain;
    }
  }
}
