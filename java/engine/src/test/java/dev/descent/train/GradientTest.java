package dev.descent.train;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.descent.backend.BackendOptions;
import dev.descent.backend.BackendProvider;
import dev.descent.data.DataSet;
import dev.descent.model.Model;
import dev.descent.model.Parameter;
import dev.descent.program.Activation;
import dev.descent.program.Role;
import dev.descent.program.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Random;
import java.util.ServiceLoader;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Every gradient, on every backend that is here, against finite differences of an independent float64
/// network.
class GradientTest {
  private static final List<Integer> WIDTHS = List.of(5, 7, 6, 3);
  private static final int ROWS = 9;
  private static final double STEP = 1e-5;

  /// Much more than an argument moves by in a step.
  private static final double FROM_KINKS = 1e-3;

  private static final List<Loss> LOSSES =
      List.of(Loss.softmaxCrossEntropy(), Loss.binaryCrossEntropy(), Loss.meanSquaredError());

  private final long seed = Long.getLong("descent.seed", System.nanoTime());
  private final Random random = new Random(seed);

  @ParameterizedTest
  @EnumSource(Activation.class)
  void gradientsAreFiniteDifferences(Activation activation) {
    for (Loss loss : LOSSES) {
      for (BackendProvider provider : ServiceLoader.load(BackendProvider.class)) {
        while (!check(provider, activation, loss)) {
          // Other numbers, farther from a kink.
        }
      }
    }
  }

  /// Whether the numbers that were drawn could be used.
  private boolean check(BackendProvider provider, Activation activation, Loss loss) {
    float[] x = floats(ROWS * WIDTHS.getFirst());
    int[] labels = random.ints(ROWS, 0, WIDTHS.getLast()).toArray();
    DataSet data = DataSet.classes("random", x, WIDTHS.getFirst(), labels, List.of("a", "b", "c"));
    Model model =
        Model.sequential(WIDTHS.get(0))
            .dense(WIDTHS.get(1), activation)
            .dense(WIDTHS.get(2))
            .activation(activation)
            .dense(WIDTHS.get(3))
            .build(seed);
    for (Parameter parameter : model.parameterList()) {
      model.set(parameter.name(), floats((int) parameter.size()));
    }
    var mlp = new Mlp(WIDTHS, activation, loss);
    double[][] weights = new double[model.parameterList().size()][];
    for (int p = 0; p < weights.length; p++) {
      weights[p] = doubles(model.get(model.parameterList().get(p).name()));
    }
    double[][] rows = new double[ROWS][];
    double[][] targets = new double[ROWS][];
    for (int i = 0; i < ROWS; i++) {
      rows[i] = doubles(data.row(i));
      targets[i] = doubles(data.oneHot(i));
    }
    if (mlp.distanceToKink(weights, rows) < FROM_KINKS) {
      return false;
    }
    float[] gradients = gradients(provider, model, loss, data);
    for (int p = 0; p < weights.length; p++) {
      Parameter parameter = model.parameterList().get(p);
      for (int e = 0; e < weights[p].length; e++) {
        double kept = weights[p][e];
        weights[p][e] = kept + STEP;
        double above = mlp.loss(weights, rows, targets);
        weights[p][e] = kept - STEP;
        double below = mlp.loss(weights, rows, targets);
        weights[p][e] = kept;
        double expected = (above - below) / (2 * STEP);
        assertEquals(
            expected,
            gradients[(int) parameter.offset() + e],
            3e-6 + 3e-5 * Math.abs(expected),
            "%s, %s, %s: gradient %d of %s (-Ddescent.seed=%d)"
                .formatted(provider.name(), activation, loss, e, parameter.name(), seed));
      }
    }
    return true;
  }

  private static float[] gradients(BackendProvider provider, Model model, Loss loss, DataSet data) {
    try (var backend = provider.open(BackendOptions.DEFAULT);
        var program = new TrainingProgram(model, loss, Optimizer.sgd(0.1f), data, null, ROWS, 0)) {
      program.open(backend, model);
      program
          .startTraining(Trainer.identity(ROWS), new float[] {0.1f}, 0, Checkpoint.Tally.NOTHING)
          .advance(1);
      Tensor gradients =
          program.program().buffers().stream()
              .filter(b -> b.role() == Role.GRADIENTS)
              .findFirst()
              .orElseThrow()
              .asRow();
      float[] values = new float[(int) gradients.size()];
      program.executable().read(gradients, MemorySegment.ofArray(values));
      return values;
    }
  }

  private float[] floats(int count) {
    float[] values = new float[count];
    for (int i = 0; i < count; i++) {
      values[i] = (float) (random.nextGaussian() * 0.6);
    }
    return values;
  }

  private static double[] doubles(float[] values) {
    double[] copy = new double[values.length];
    for (int i = 0; i < copy.length; i++) {
      copy[i] = values[i];
    }
    return copy;
  }
}
