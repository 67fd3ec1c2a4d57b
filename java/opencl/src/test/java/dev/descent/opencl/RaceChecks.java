package dev.descent.opencl;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.descent.backend.Backend;
import dev.descent.data.DataSet;
import dev.descent.model.Model;
import dev.descent.model.Shape;
import dev.descent.program.Activation;
import dev.descent.program.Augmentation;
import dev.descent.train.History;
import dev.descent.train.Trainer;
import dev.descent.train.objective.Loss;
import dev.descent.train.objective.Optimizer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/// Whole training steps of tiny models under Oclgrind, which simulates each work-item and notes
/// every race and every access outside a buffer. `ci/opencl-races` runs this; its name keeps it
/// from running with the other tests.
class RaceChecks {
  /// Work-groups that share local memory.
  private static final Tuning GROUPS =
      new Tuning(2, 4, false, List.of(MatMulTile.tiled(2, 2, 2, 2, 2, 3), MatMulTile.single(1, 4)));

  /// Runs of elements, and vectors along k.
  private static final Tuning RUNS = new Tuning(4, 1, true, List.of(MatMulTile.direct(4, 2, 2, 1)));

  @Test
  void trainingStepsHaveNoRaces() throws IOException {
    Path log = Path.of(System.getenv("OCLGRIND_LOG"));
    assertEquals("Oclgrind", TestDevice.get().platformName());
    for (Tuning tuning : List.of(GROUPS, RUNS)) {
      try (Backend backend = TestDevice.open(tuning)) {
        fit(backend, images(), Optimizer.adam(0.01f), Loss.softmaxCrossEntropy());
        fit(backend, Activation.RELU, Optimizer.adam(0.01f), Loss.softmaxCrossEntropy());
        fit(backend, Activation.GELU, Optimizer.nesterov(0.01f, 0.9f), Loss.binaryCrossEntropy());
        fit(backend, Activation.SOFTMAX, Optimizer.rmsprop(0.01f), Loss.meanSquaredError());
        fit(backend, Activation.TANH, Optimizer.adagrad(0.01f), Loss.softmaxCrossEntropy());
        fit(backend, Activation.SIGMOID, Optimizer.sgd(0.01f), Loss.softmaxCrossEntropy());
      }
      // Each context begins the log anew.
      assertEquals("", Files.readString(log), "what Oclgrind found");
    }
  }

  /// Layers for images, the first with all that goes together with a pooling.
  private static Model images() {
    return Model.sequential(new Shape(3, 7, 1))
        .layers(
            "conv 5 3x3 same, batchnorm, relu, dropout 0.3, pool 2 same, conv 3 2x2, batchnorm, relu,"
                + " average-pool 2x2 same, flatten, dense 17")
        .build(5);
  }

  private static void fit(Backend backend, Activation activation, Optimizer optimizer, Loss loss) {
    Model model = Model.sequential(21).dense(19, activation).dropout(0.3f).dense(17).build(5);
    fit(backend, model, optimizer, loss);
  }

  /// Two epochs, each of a full batch and a short one.
  private static void fit(Backend backend, Model model, Optimizer optimizer, Loss loss) {
    byte[] pixels = new byte[7 * 21];
    for (int i = 0; i < pixels.length; i++) {
      pixels[i] = (byte) (i * 31);
    }
    DataSet data =
        DataSet.images(
            "tiny",
            pixels,
            3,
            7,
            new int[] {0, 1, 2, 0, 16, 2, 1},
            IntStream.range(0, 17).mapToObj(Integer::toString).toList());
    History history =
        new Trainer(backend, model)
            .loss(loss)
            .optimizer(optimizer)
            .batch(5)
            .augment(Augmentation.named("course"))
            .validation(data)
            .fit(data, 1);
    assertFalse(history.epochs().isEmpty());
    assertTrue(Double.isFinite(history.epochs().getFirst().loss()));
  }
}
