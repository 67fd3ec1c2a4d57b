package dev.descent.contract;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.descent.backend.Backend;
import dev.descent.backend.BackendOptions;
import dev.descent.data.DataSet;
import dev.descent.model.BoundLayer;
import dev.descent.model.Model;
import dev.descent.model.Parameter;
import dev.descent.model.Shape;
import dev.descent.program.Activation;
import dev.descent.program.Padding;
import dev.descent.testing.Inputs;
import dev.descent.train.BatchRecord;
import dev.descent.train.Callback;
import dev.descent.train.Checkpoint;
import dev.descent.train.EpochRecord;
import dev.descent.train.Evaluator;
import dev.descent.train.History;
import dev.descent.train.Trainer;
import dev.descent.train.TrainingRun;
import dev.descent.train.objective.Loss;
import dev.descent.train.objective.Optimizer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/// Whole training runs give the reference's learning curve, and the same bits each time, whatever
/// the number of threads.
public abstract class TrainingContract extends BackendContract {
  /// The same inputs each time. Whole runs are compared within a bound that holds only where no
  /// value lies so near a kink of ReLU that rounding decides its side: one that does makes the
  /// curves part by more than rounding, on any backend. That is rare, and no fault, and must not
  /// come and go.
  protected TrainingContract() {
    super(Inputs.of(1), Opening.ONCE);
  }

  /// How far the loss of a short run may lie from the reference's: rounding grows from step to
  /// step.
  private static final double LOSS_BOUND = 2e-4;

  /// How far a logit may lie from the reference's for the same weights.
  private static final float OUTPUT_BOUND = 2e-5f;

  private static final int FEATURES = 50;
  private static final int CLASSES = 10;
  private static final int ROWS = 150;
  private static final int BATCH = 32;
  private static final int EPOCHS = 4;

  /// Twenty steps, the last of each epoch on a short batch.
  private final DataSet images = images();

  private DataSet images() {
    // Each class has its own picture, under noise: something to learn.
    byte[] pictures = inputs.bytes((long) CLASSES * FEATURES);
    byte[] pixels = inputs.bytes((long) ROWS * FEATURES);
    int[] labels = inputs.indices(ROWS, CLASSES);
    for (int i = 0; i < pixels.length; i++) {
      int picture = pictures[labels[i / FEATURES] * FEATURES + i % FEATURES] & 0xFF;
      pixels[i] = (byte) ((3 * picture + (pixels[i] & 0xFF)) / 4);
    }
    List<String> names = IntStream.range(0, CLASSES).mapToObj(Integer::toString).toList();
    return DataSet.images("images", pixels, 10, 5, labels, names);
  }

  static List<Optimizer> optimizers() {
    return List.of(
        Optimizer.sgd(0.1f),
        Optimizer.momentum(0.05f, 0.9f),
        Optimizer.nesterov(0.05f, 0.9f),
        Optimizer.adagrad(0.01f),
        Optimizer.rmsprop(0.001f),
        Optimizer.adam(0.001f),
        Optimizer.adamw(0.001f, 0.1f));
  }

  @ParameterizedTest
  @MethodSource("optimizers")
  void eachOptimizerFollowsTheReference(Optimizer optimizer) {
    Setup setup = trainer -> trainer.optimizer(optimizer);
    agree(
        run(reference, model(Activation.RELU, 0), setup),
        run(backend, model(Activation.RELU, 0), setup));
  }

  @ParameterizedTest
  @EnumSource(Activation.class)
  void eachActivationFollowsTheReference(Activation activation) {
    Setup setup = trainer -> trainer.optimizer(Optimizer.momentum(0.05f, 0.9f));
    agree(
        run(reference, model(activation, 0.2f), setup),
        run(backend, model(activation, 0.2f), setup));
  }

  /// Convolution, batch normalisation and pooling of odd sizes.
  private static Model imageModel() {
    return Model.sequential(new Shape(5, 10, 1))
        .conv2d(7, 3, 1, Padding.SAME, Activation.LINEAR)
        .batchNorm(1e-3f, 0.9f)
        .activation(Activation.RELU)
        .maxPool2d(2, Padding.SAME)
        .conv2d(17, 3, 1, Padding.SAME, Activation.TANH)
        .dropout(0.2f)
        .batchNorm(1e-3f, 0.9f)
        .averagePool2d(2, Padding.VALID)
        .conv2d(5, 1, 1, Padding.VALID, Activation.GELU)
        .flatten()
        .dense(CLASSES)
        .build(5);
  }

  @Test
  void aConvolutionalNetworkFollowsTheReference() {
    Setup setup = trainer -> trainer.optimizer(Optimizer.momentum(0.02f, 0.9f));
    agree(run(reference, imageModel(), setup), run(backend, imageModel(), setup));
  }

  @Test
  void aResumedConvolutionalRunEqualsOneThatWasNotStopped(@TempDir Path folder) {
    Setup setup = trainer -> trainer.optimizer(Optimizer.adam(0.001f)).seed(3);
    Run whole = run(backend, imageModel(), setup);
    Path file = folder.resolve("checkpoint");
    run(backend, imageModel(), t -> setup.of(t).callback(new Stop(2, 2, file)));
    Checkpoint checkpoint = Checkpoint.load(file);
    assertSameBits(whole, run(backend, imageModel(), t -> setup.of(t).resume(checkpoint)));
  }

  @Test
  void meanSquaredErrorFollowsTheReference() {
    Setup setup = trainer -> trainer.loss(Loss.meanSquaredError());
    agree(
        run(reference, model(Activation.TANH, 0), setup),
        run(backend, model(Activation.TANH, 0), setup));
  }

  @Test
  void binaryCrossEntropyFollowsTheReference() {
    Setup setup = trainer -> trainer.loss(Loss.binaryCrossEntropy());
    agree(
        run(reference, model(Activation.GELU, 0), setup),
        run(backend, model(Activation.GELU, 0), setup));
  }

  @Test
  void theSameRunGivesTheSameBits() {
    Setup setup = trainer -> trainer.seed(7);
    Run first = run(backend, model(Activation.RELU, 0.3f), setup);
    Run second = run(backend, model(Activation.RELU, 0.3f), setup);
    assertSameBits(first, second);
  }

  /// Stopped after any step, even the last of an epoch, and taken up again from a file.
  @ParameterizedTest
  @MethodSource("optimizers")
  void aResumedRunEqualsOneThatWasNotStopped(Optimizer optimizer, @TempDir Path folder) {
    Setup setup = trainer -> trainer.optimizer(optimizer).seed(3);
    Run whole = run(backend, model(Activation.RELU, 0.3f), setup);
    int epoch = 1 + inputs.indices(1, EPOCHS)[0];
    int step = 1 + inputs.indices(1, Math.ceilDiv(ROWS, BATCH))[0];
    Path file = folder.resolve("checkpoint");
    Model first = model(Activation.RELU, 0.3f);
    History stopped =
        run(backend, first, t -> setup.of(t).callback(new Stop(epoch, step, file))).history();
    assertEquals(epoch - 1, stopped.epochs().size());

    Checkpoint checkpoint = Checkpoint.load(file);
    assertArrayEquals(bits(first.parameters()), bits(checkpoint.model().parameters()));
    Run resumed = run(backend, model(Activation.RELU, 0.3f), t -> setup.of(t).resume(checkpoint));
    assertSameBits(whole, resumed);
    assertEquals(
        List.of(new History.Stop(epoch - 1, step, Math.ceilDiv(ROWS, BATCH))),
        resumed.history().stops());
  }

  /// Weight decay, momentum and all else of an optimizer leave frozen layers alone, also in a run
  /// that was stopped and taken up again.
  @ParameterizedTest
  @MethodSource("optimizers")
  void frozenLayersKeepTheirBits(Optimizer optimizer, @TempDir Path folder) {
    Setup setup = trainer -> trainer.optimizer(optimizer).seed(3);
    Model begin = model(Activation.RELU, 0.3f);
    Model frozen = begin.freeze("dense1", "dense2");
    Run whole = run(backend, frozen, setup);
    agree(run(reference, begin.freeze("dense1", "dense2"), setup), whole);
    Path file = folder.resolve("checkpoint");
    run(backend, begin.freeze("dense1", "dense2"), t -> setup.of(t).callback(new Stop(2, 2, file)));
    Checkpoint checkpoint = Checkpoint.load(file);
    Model resumed = begin.freeze("dense1", "dense2");
    assertSameBits(whole, run(backend, resumed, t -> setup.of(t).resume(checkpoint)));
    for (Model trained : List.of(frozen, resumed)) {
      assertFrozen(begin, trained);
    }
  }

  @Test
  void frozenConvolutionsKeepTheirBits() {
    Model begin = imageModel();
    Model frozen = begin.freeze("conv2d1", "batch_norm1", "conv2d2");
    Setup setup = trainer -> trainer.optimizer(Optimizer.adamw(0.01f, 0.1f));
    agree(
        run(reference, begin.freeze("conv2d1", "batch_norm1", "conv2d2"), setup),
        run(backend, frozen, setup));
    assertFrozen(begin, frozen);
  }

  /// All parameters of frozen layers have the bits of before, and no others do.
  private static void assertFrozen(Model before, Model after) {
    for (BoundLayer layer : after.boundLayers()) {
      for (Parameter parameter : layer.parameters()) {
        assertEquals(
            after.frozen().contains(layer.name()),
            Arrays.equals(bits(before.get(parameter.name())), bits(after.get(parameter.name()))),
            parameter.name());
      }
    }
  }

  /// Stops a run after a step, and saves how it stands.
  private record Stop(int epoch, int step, Path file) implements Callback {
    @Override
    public int batchInterval() {
      return 1;
    }

    @Override
    public void onBatchEnd(TrainingRun run, BatchRecord batch) {
      if (batch.epoch() == epoch && batch.step() == step) {
        run.stop("enough");
      }
    }

    @Override
    public void onTrainEnd(TrainingRun run, History history) {
      run.checkpoint().save(file);
    }
  }

  /// With plain gradient descent and one step an epoch, the gradient is what the parameters moved
  /// by.
  @Test
  void theLastGradientsCanBeRead() {
    float rate = 0.05f;
    List<float[]> parameters = new ArrayList<>();
    List<float[]> gradients = new ArrayList<>();
    Model model = model(Activation.TANH, 0);
    parameters.add(model.parameters().clone());
    Callback reader =
        new Callback() {
          @Override
          public void onEpochEnd(TrainingRun run, EpochRecord epoch) {
            parameters.add(run.parameters());
            gradients.add(run.gradients());
          }
        };
    run(backend, model, t -> t.batch(ROWS).optimizer(Optimizer.sgd(rate)).callback(reader));
    for (int e = 0; e < EPOCHS; e++) {
      float[] expected = new float[gradients.get(e).length];
      for (int i = 0; i < expected.length; i++) {
        expected[i] = (parameters.get(e)[i] - parameters.get(e + 1)[i]) / rate;
      }
      // The difference of two parameters has lost digits.
      assertArrayEquals(expected, gradients.get(e), 1e-5f);
    }
  }

  /// Steps that run one after the other leave the gradients that steps with a pause in between
  /// leave.
  @ParameterizedTest
  @MethodSource("optimizers")
  void theGradientsOfTheLastOfManyStepsCanBeRead(Optimizer optimizer) {
    assertArrayEquals(bits(lastGradients(optimizer, 1)), bits(lastGradients(optimizer, ROWS)));
  }

  /// @param interval the most steps without a pause
  private float[] lastGradients(Optimizer optimizer, int interval) {
    List<float[]> gradients = new ArrayList<>();
    Callback reader =
        new Callback() {
          @Override
          public int batchInterval() {
            return interval;
          }

          @Override
          public void onEpochEnd(TrainingRun run, EpochRecord epoch) {
            gradients.add(run.gradients());
          }
        };
    // Wide enough for weights to lie in panels, and no short batch.
    Model model = Model.sequential(FEATURES).dense(130, Activation.RELU).dense(CLASSES).build(5);
    run(backend, model, t -> t.batch(ROWS / 5).optimizer(optimizer).callback(reader));
    return gradients.getLast();
  }

  @Test
  void anyNumberOfThreadsGivesTheSameBits() {
    Run[] runs = new Run[3];
    for (int threads = 1; threads <= 3; threads++) {
      try (Backend own = open(new BackendOptions(0, threads))) {
        runs[threads - 1] = run(own, model(Activation.GELU, 0.3f), trainer -> trainer);
      }
    }
    assertSameBits(runs[0], runs[1]);
    assertSameBits(runs[0], runs[2]);
  }

  @Test
  void anyNumberOfThreadsGivesAConvolutionalNetworkTheSameBits() {
    Run[] runs = new Run[3];
    for (int threads = 1; threads <= 3; threads++) {
      try (Backend own = open(new BackendOptions(0, threads))) {
        runs[threads - 1] = run(own, imageModel(), trainer -> trainer);
      }
    }
    assertSameBits(runs[0], runs[1]);
    assertSameBits(runs[0], runs[2]);
  }

  @Test
  void aBatchOfOneAndABatchOfAllFollowTheReference() {
    for (int batch : new int[] {1, ROWS, 10 * ROWS}) {
      Setup setup = trainer -> trainer.batch(batch).optimizer(Optimizer.sgd(0.01f));
      agree(
          run(reference, model(Activation.RELU, 0), setup),
          run(backend, model(Activation.RELU, 0), setup));
    }
  }

  @Test
  void predictionsAndEvaluationAgree() {
    Model model = model(Activation.RELU, 0.5f);
    float[] expected = new Evaluator(reference, model).predict(images);
    float[] actual = new Evaluator(backend, model).predict(images);
    assertArrayEquals(expected, actual, OUTPUT_BOUND);
    assertEquals(
        new Evaluator(reference, model).evaluate(Loss.softmaxCrossEntropy(), images).loss(),
        new Evaluator(backend, model).evaluate(Loss.softmaxCrossEntropy(), images).loss(),
        1e-5);
  }

  private static Model model(Activation hidden, float dropout) {
    return Model.sequential(FEATURES)
        .dense(65, hidden)
        .dropout(dropout)
        .dense(33)
        .activation(hidden)
        .dense(CLASSES)
        .build(11);
  }

  private Run run(Backend on, Model model, Setup setup) {
    var trainer = new Trainer(on, model).batch(BATCH).validation(images);
    History history = setup.of(trainer).fit(images, EPOCHS);
    return new Run(history, model.parameters());
  }

  private void agree(Run expected, Run actual) {
    for (int e = 0; e < EPOCHS; e++) {
      EpochRecord want = expected.history().epochs().get(e);
      EpochRecord got = actual.history().epochs().get(e);
      String where = "epoch " + (e + 1);
      assertEquals(want.loss(), got.loss(), LOSS_BOUND * (1 + want.loss()), where);
      assertEquals(want.valLoss(), got.valLoss(), LOSS_BOUND * (1 + want.valLoss()), where);
      assertEquals(want.accuracy(), got.accuracy(), 2.01 / ROWS, where);
    }
  }

  private void assertSameBits(Run first, Run second) {
    assertArrayEquals(bits(first.parameters()), bits(second.parameters()));
    for (int e = 0; e < EPOCHS; e++) {
      assertEquals(first.history().epochs().get(e).loss(), second.history().epochs().get(e).loss());
    }
  }

  private static int[] bits(float[] values) {
    return IntStream.range(0, values.length).map(i -> Float.floatToRawIntBits(values[i])).toArray();
  }

  private record Run(History history, float[] parameters) {}

  private interface Setup {
    Trainer of(Trainer trainer);
  }
}
