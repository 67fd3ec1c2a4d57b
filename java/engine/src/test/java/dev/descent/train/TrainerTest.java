package dev.descent.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.descent.Engine;
import dev.descent.data.DataSet;
import dev.descent.model.Model;
import dev.descent.program.Activation;
import dev.descent.train.objective.Loss;
import dev.descent.train.objective.Optimizer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class TrainerTest {
  private final Engine engine = Engine.open("reference");

  @AfterEach
  void close() {
    engine.close();
  }

  /// Rows whose class is their largest value.
  private static DataSet largest(int rows, int seed) {
    var random = new java.util.Random(seed);
    float[] x = new float[rows * 4];
    int[] labels = new int[rows];
    for (int i = 0; i < x.length; i++) {
      x[i] = random.nextFloat();
      if (x[i] > x[i / 4 * 4 + labels[i / 4]]) {
        labels[i / 4] = i % 4;
      }
    }
    return DataSet.classes("largest", x, 4, labels, List.of("a", "b", "c", "d"));
  }

  private static Model model() {
    return Model.sequential(4).dense(16, Activation.TANH).dense(4).build(1);
  }

  @Test
  void itLearns() {
    History history =
        engine
            .trainer(model())
            .optimizer(Optimizer.adam(0.02f))
            .batch(16)
            .validation(largest(100, 2))
            .fit(largest(400, 1), 12);
    assertEquals(12, history.epochs().size());
    assertTrue(history.last().valAccuracy() > 0.9, history.toString());
    assertTrue(history.last().loss() < history.epochs().getFirst().loss(), history.toString());
    assertNull(history.stopReason());
  }

  @Test
  void theLastShortBatchCounts() {
    List<BatchRecord> batches = new ArrayList<>();
    engine.trainer(model()).batch(30).callback(collector(batches, 1)).fit(largest(100, 1), 2);
    assertEquals(8, batches.size());
    assertEquals(List.of(30L, 60L, 90L, 100L), samples(batches.subList(0, 4)));
    assertEquals(4, batches.getFirst().steps());
    assertEquals(2, batches.getLast().epoch());
  }

  @Test
  void aBatchLargerThanTheDataIsTheWholeData() {
    List<BatchRecord> batches = new ArrayList<>();
    engine.trainer(model()).batch(1000).callback(collector(batches, 1)).fit(largest(10, 1), 1);
    assertEquals(List.of(10L), samples(batches));
  }

  @Test
  void aSingleRowIsEnough() {
    History history = engine.trainer(model()).fit(largest(1, 1), 1);
    assertTrue(Double.isFinite(history.last().loss()));
  }

  /// The mean loss does not depend on how the epoch is cut into runs of steps.
  @Test
  void beingWatchedChangesNothing() {
    Model watched = model();
    Model alone = model();
    engine
        .trainer(watched)
        .batch(7)
        .callback(collector(new ArrayList<>(), 1))
        .fit(largest(100, 1), 3);
    engine.trainer(alone).batch(7).fit(largest(100, 1), 3);
    assertArrayEquals(alone.parameters(), watched.parameters());
  }

  @Test
  void theSeedDecidesTheOrder() {
    Model one = model();
    Model same = model();
    Model other = model();
    Model unshuffled = model();
    engine.trainer(one).seed(1).batch(7).fit(largest(100, 1), 2);
    engine.trainer(same).seed(1).batch(7).fit(largest(100, 1), 2);
    engine.trainer(other).seed(2).batch(7).fit(largest(100, 1), 2);
    engine.trainer(unshuffled).shuffle(false).batch(7).fit(largest(100, 1), 2);
    assertArrayEquals(one.parameters(), same.parameters());
    assertFalse(Arrays.equals(one.parameters(), other.parameters()));
    assertFalse(Arrays.equals(one.parameters(), unshuffled.parameters()));
  }

  @Test
  void stoppingEndsAfterTheCurrentStepAndKeepsWhatWasLearned() {
    Model model = model();
    float[] before = model.parameters().clone();
    List<BatchRecord> batches = new ArrayList<>();
    History history =
        engine
            .trainer(model)
            .batch(10)
            .callback(collector(batches, 1))
            .callback(
                new Callback() {
                  @Override
                  public void onBatchEnd(TrainingRun run, BatchRecord batch) {
                    if (batch.epoch() == 2 && batch.step() == 3) {
                      run.stop("enough");
                      run.stop("too late");
                    }
                  }
                })
            .fit(largest(100, 1), 5);
    assertEquals("enough", history.stopReason());
    assertEquals(1, history.epochs().size());
    assertEquals(13, batches.size());
    assertFalse(Arrays.equals(before, model.parameters()));
  }

  @Test
  void aCallbackThatThrowsLeavesTheModelAsItWas() {
    Model model = model();
    float[] before = model.parameters().clone();
    Callback broken =
        new Callback() {
          @Override
          public void onEpochEnd(TrainingRun run, EpochRecord epoch) {
            throw new IllegalStateException("broken");
          }
        };
    Trainer trainer = engine.trainer(model).callback(broken);
    DataSet data = largest(10, 1);
    assertThrows(IllegalStateException.class, () -> trainer.fit(data, 1));
    assertArrayEquals(before, model.parameters());
  }

  @Test
  void whatDoesNotFitIsRefusedWithBothValues() {
    Trainer trainer = engine.trainer(Model.sequential(5).dense(4).build(0));
    DataSet data = largest(10, 1);
    var e = assertThrows(IllegalArgumentException.class, () -> trainer.fit(data, 1));
    assertTrue(e.getMessage().contains("5") && e.getMessage().contains("4"), e.getMessage());
    Trainer tooFew = engine.trainer(Model.sequential(4).dense(3).build(0));
    e = assertThrows(IllegalArgumentException.class, () -> tooFew.fit(data, 1));
    assertTrue(e.getMessage().contains("3") && e.getMessage().contains("4"), e.getMessage());
    DataSet numbers = DataSet.targets("numbers", new float[4], 4, new float[4], 4);
    Trainer noClasses = engine.trainer(model());
    assertThrows(IllegalArgumentException.class, () -> noClasses.fit(numbers, 1));
    assertThrows(IllegalArgumentException.class, () -> noClasses.fit(data, 0));
    assertThrows(IllegalArgumentException.class, () -> noClasses.batch(0));
  }

  @Test
  void earlyStoppingRestoresTheBest() {
    Model model = model();
    float[][] best = new float[1][];
    double[] lowest = {Double.POSITIVE_INFINITY};
    Callback remember =
        new Callback() {
          @Override
          public void onEpochEnd(TrainingRun run, EpochRecord epoch) {
            if (epoch.valLoss() < lowest[0]) {
              lowest[0] = epoch.valLoss();
              best[0] = run.parameters();
            }
          }
        };
    // A learning rate that is far too high: it soon gets worse.
    History history =
        engine
            .trainer(model)
            .optimizer(Optimizer.sgd(30))
            .validation(largest(50, 3))
            .batch(5)
            .callback(remember)
            .callback(new EarlyStopping(Monitor.VAL_LOSS, 2, 0, true))
            .fit(largest(60, 1), 50);
    assertNotNull(history.stopReason());
    assertTrue(history.stopReason().startsWith("early stopping"), history.stopReason());
    assertArrayEquals(best[0], model.parameters());
  }

  @Test
  void theLearningRateFallsOnAPlateau() {
    History history =
        engine
            .trainer(model())
            .optimizer(Optimizer.sgd(1e-6f))
            .callback(new ReduceLearningRateOnPlateau(Monitor.LOSS, 0.5, 2, 0.01, 0, 2e-7))
            .fit(largest(20, 1), 9);
    double[] rates = history.epochs().stream().mapToDouble(EpochRecord::learningRate).toArray();
    assertArrayEquals(
        new double[] {1e-6, 1e-6, 1e-6, 5e-7, 5e-7, 2.5e-7, 2.5e-7, 2e-7, 2e-7}, rates, 1e-12);
  }

  @Test
  void aLossThatIsNoNumberEndsTraining() {
    History history =
        engine
            .trainer(Model.sequential(4).dense(4).build(1))
            .loss(Loss.meanSquaredError())
            .optimizer(Optimizer.sgd(1e20f))
            .batch(10)
            .fit(largest(200, 1), 5);
    assertNotNull(history.stopReason());
    assertTrue(history.stopReason().contains("lower learning rate"), history.stopReason());
    assertTrue(history.epochs().size() <= 1, history.toString());
    History all =
        engine
            .trainer(Model.sequential(4).dense(4).build(1))
            .loss(Loss.meanSquaredError())
            .optimizer(Optimizer.sgd(1e20f))
            .batch(10)
            .terminateOnNaN(false)
            .fit(largest(200, 1), 5);
    assertNull(all.stopReason());
    assertTrue(Double.isNaN(all.last().loss()), all.toString());
  }

  @Test
  void overfittingIsToldOnce() {
    var watch = new OverfittingWatch();
    double[][] losses = {{.9, .8}, {.5, .6}, {.4, .605}, {.3, .7}, {.2, .8}, {.1, .9}};
    List<Integer> warned = new ArrayList<>();
    for (int e = 0; e < losses.length; e++) {
      double[] l = losses[e];
      String warning = watch.next(new EpochRecord(e + 1, l[0], 1, l[1], 1, 1, 1, 1, 1));
      if (warning != null) {
        warned.add(e + 1);
        assertTrue(warning.contains("0.6000 (epoch 2) to 0.8000 (epoch 5)"), warning);
      }
    }
    assertEquals(List.of(5), warned);
  }

  @Test
  void withoutValidationThereIsNoWarning() {
    var watch = new OverfittingWatch();
    for (int e = 1; e < 9; e++) {
      double nan = Double.NaN;
      assertNull(watch.next(new EpochRecord(e, 1.0 / e, 1, nan, nan, 1, 1, 1, 1)));
    }
  }

  /// Two linear layers are one: the product of the weights equals the collapsed layer.
  @Test
  void aChainOfLinearNeuronsIsLinear() {
    Model chain = Model.sequential(4).dense(5).dense(3).build(6);
    Model single = Model.sequential(4).dense(3).build(0);
    float[] w1 = chain.get("dense1.weight");
    float[] w2 = chain.get("dense2.weight");
    float[] product = new float[12];
    for (int i = 0; i < 4; i++) {
      for (int k = 0; k < 5; k++) {
        for (int j = 0; j < 3; j++) {
          product[i * 3 + j] += w1[i * 5 + k] * w2[k * 3 + j];
        }
      }
    }
    single.set("dense1.weight", product);
    DataSet data = largest(20, 4);
    assertArrayEquals(engine.predict(chain, data), engine.predict(single, data), 1e-6f);
  }

  /// A model that ends in softmax learns the same as one that ends in logits: the loss contains it.
  @Test
  void softmaxAtTheEndIsPartOfTheLoss() {
    Model logits = Model.sequential(4).dense(4).build(1);
    Model softmax = Model.sequential(4).dense(4, Activation.SOFTMAX).build(1);
    Model separate = Model.sequential(4).dense(4).activation(Activation.SOFTMAX).build(1);
    for (Model model : List.of(logits, softmax, separate)) {
      engine.trainer(model).fit(largest(50, 1), 2);
    }
    assertArrayEquals(logits.parameters(), softmax.parameters());
    assertArrayEquals(logits.parameters(), separate.parameters());
    float[] probabilities = engine.predict(softmax, largest(5, 1));
    for (int row = 0; row < 5; row++) {
      double sum = 0;
      for (int j = 0; j < 4; j++) {
        sum += probabilities[row * 4 + j];
      }
      assertEquals(1, sum, 1e-6);
    }
  }

  @Test
  void evaluationEqualsTheLastValidation() {
    Model model = model();
    DataSet test = largest(77, 5);
    History history = engine.trainer(model).validation(test).batch(9).fit(largest(50, 1), 2);
    Evaluation evaluation = engine.evaluate(model, Loss.softmaxCrossEntropy(), test);
    assertEquals(history.last().valLoss(), evaluation.loss(), 1e-6);
    assertEquals(history.last().valAccuracy(), evaluation.accuracy());
    assertEquals(77, evaluation.samples());
  }

  /// Predicting in the middle of an epoch, on the validation data or on the training data
  /// themselves, changes nothing, and gives what the engine gives for those parameters.
  @Test
  void aRunPredictsWithItsOwnProgram() {
    for (DataSet validation : new DataSet[] {null, largest(77, 5)}) {
      DataSet train = largest(50, 1);
      DataSet predicted = validation == null ? train : validation;
      Model alone = model();
      Model watched = model();
      List<float[]> outputs = new ArrayList<>();
      Callback predicting =
          new Callback() {
            @Override
            public boolean predicts() {
              return true;
            }

            @Override
            public int batchInterval() {
              return 1;
            }

            @Override
            public void onBatchEnd(TrainingRun run, BatchRecord batch) {
              assertArrayEquals(
                  engine.predict(watched.with(run.parameters()), predicted), run.predict());
            }

            @Override
            public void onTrainEnd(TrainingRun run, History history) {
              outputs.add(run.predict());
            }
          };
      engine.trainer(alone).validation(validation).batch(9).fit(train, 2);
      engine.trainer(watched).validation(validation).batch(9).callback(predicting).fit(train, 2);
      assertArrayEquals(alone.parameters(), watched.parameters());
      assertArrayEquals(engine.predict(watched, predicted), outputs.getFirst());
    }
  }

  @Test
  void aRunWithoutACallbackThatPredictsHasNoStepsForIt() {
    Trainer trainer = engine.trainer(model()).validation(largest(77, 5));
    assertFalse(trainer.program(largest(50, 1)).hasStep("predict"));
    Callback predicting =
        new Callback() {
          @Override
          public void onTrainBegin(TrainingRun run) {
            run.predict();
          }
        };
    trainer.callback(predicting);
    DataSet train = largest(50, 1);
    assertThrows(IllegalStateException.class, () -> trainer.fit(train, 1));
  }

  private static List<Long> samples(List<BatchRecord> batches) {
    return batches.stream().map(BatchRecord::samples).toList();
  }

  private static Callback collector(List<BatchRecord> batches, int interval) {
    return new Callback() {
      @Override
      public int batchInterval() {
        return interval;
      }

      @Override
      public void onBatchEnd(TrainingRun run, BatchRecord batch) {
        batches.add(batch);
      }
    };
  }
}
