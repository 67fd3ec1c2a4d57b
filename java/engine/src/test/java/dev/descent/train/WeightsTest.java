package dev.descent.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.descent.DataException;
import dev.descent.Engine;
import dev.descent.data.DataSet;
import dev.descent.model.Model;
import dev.descent.testing.Inputs;
import dev.descent.train.objective.Loss;
import dev.descent.train.objective.LossTape;
import dev.descent.train.objective.Optimizer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Weights of samples and of classes.
final class WeightsTest {
  private static final List<String> NAMES = List.of("common", "rare");

  private final Inputs inputs = Inputs.fresh();
  @TempDir private Path folder;

  /// 3 % are rare. Nine of ten of the rare have x = 1, and one of ten of the others: where x = 1,
  /// one of 4.6 is rare, so the more probable class is never the rare one. With classes that count
  /// alike it is, nine times of ten.
  @Tag("anyLocale")
  @Test
  void aRareClassIsFoundWithBalancedWeights() {
    DataSet data = rare(4000);
    assertEquals(0, recall(data, data), "without weights");
    float[] balanced = data.balancedClassWeights();
    assertArrayEquals(new float[] {4000 / (2f * 3880), 4000 / (2f * 120)}, balanced, 1e-6f);
    double recall = recall(data.withClassWeights(balanced), data);
    assertTrue(recall > 0.8, recall + " " + inputs);
  }

  private static double recall(DataSet train, DataSet data) {
    try (Engine engine = Engine.open("cpu")) {
      Model model = Model.sequential(2).dense(8).dense(2).build(1);
      History history =
          engine
              .trainer(model)
              .optimizer(Optimizer.adam(0.01f))
              .validation(data)
              .metrics(List.of(Metric.parse("recall:rare"), Metric.parse("auc")))
              .fit(train, 10);
      Loss loss = Loss.softmaxCrossEntropy();
      Predictions given = Predictions.of(model, loss, engine.predict(model, data));
      double recall = ClassMetrics.of(data, given).recall(1);
      assertEquals(recall, history.last().metrics().get("recall:rare"), 1e-12);
      assertEquals(List.of("recall:rare", "auc"), List.copyOf(history.last().metrics().keySet()));
      return recall;
    }
  }

  private DataSet rare(int rows) {
    float[] values = new float[2 * rows];
    int[] labels = new int[rows];
    for (int i = 0; i < rows; i++) {
      labels[i] = i % 100 < 3 ? 1 : 0;
      boolean usual = i / 100 % 10 > 0;
      values[2 * i] = (labels[i] == 1) == usual ? 1 : 0;
      values[2 * i + 1] = inputs.uniform(1, -1, 1)[0];
    }
    return DataSet.classes("rare", values, 2, labels, NAMES);
  }

  /// A weight of 3 is as good as three equal rows, one of 0 as none, in one step over all rows.
  @Test
  void aWeightCountsAsSoManyRows() {
    float[] x = inputs.uniform(4, -1, 1);
    int[] labels = {0, 1, 1, 0};
    DataSet weighted =
        DataSet.classes("w", x, 1, labels, NAMES).withWeights(new float[] {3, 1, 0, 2});
    float[] repeated = {x[0], x[0], x[0], x[1], x[3], x[3]};
    DataSet rows = DataSet.classes("r", repeated, 1, new int[] {0, 0, 0, 1, 0, 0}, NAMES);
    for (String backend : List.of("reference", "cpu")) {
      // The mean is over the rows, as in Keras: the rates differ by as much as their numbers.
      float[] one = step(backend, weighted, 4f);
      float[] other = step(backend, rows, 6f);
      assertArrayEquals(other, one, 2e-6f, backend + " " + inputs);
    }
  }

  private static float[] step(String backend, DataSet data, float rate) {
    try (Engine engine = Engine.open(backend)) {
      Model model = Model.sequential(1).dense(2).build(1);
      engine.trainer(model).optimizer(Optimizer.sgd(rate)).fit(data, 1);
      return model.parameters();
    }
  }

  @Test
  void weightsOfOneGiveTheBitsOfNone() {
    DataSet data = rare(500);
    float[] ones = new float[500];
    Arrays.fill(ones, 1);
    for (String backend : List.of("reference", "cpu")) {
      assertArrayEquals(
          step(backend, data, 0.1f, 2), step(backend, data.withWeights(ones), 0.1f, 2), backend);
    }
  }

  private static float[] step(String backend, DataSet data, float rate, int inputs) {
    try (Engine engine = Engine.open(backend)) {
      Model model = Model.sequential(inputs).dense(5).dense(2).build(1);
      engine.trainer(model).optimizer(Optimizer.sgd(rate)).batch(64).fit(data, 2);
      return model.parameters();
    }
  }

  @Test
  void weightsGoWithTheirRows() {
    DataSet data = rare(300);
    float[] weights = new float[300];
    for (int i = 0; i < weights.length; i++) {
      weights[i] = data.floats()[2 * i + 1] + 2;
    }
    DataSet weighted = data.withWeights(weights);
    for (DataSet part :
        List.of(
            weighted.slice(7, 50), weighted.split(0.3, 5).train(), weighted.split(0.3, 5).test())) {
      for (int i = 0; i < part.size(); i++) {
        assertEquals(part.floats()[2 * i + 1] + 2, part.weights()[i]);
      }
    }
    DataSet both = weighted.withClassWeights(1, 20);
    assertEquals(weights[0] * 20, both.weights()[0]);
    assertEquals(weights[50], both.weights()[50]);
  }

  @Test
  void whatWeighsNothingIsRefused() {
    DataSet data = rare(100);
    for (float wrong : new float[] {-1, Float.NaN, Float.POSITIVE_INFINITY}) {
      float[] weights = new float[100];
      Arrays.fill(weights, 1);
      weights[42] = wrong;
      DataException e = assertThrows(DataException.class, () -> data.withWeights(weights));
      assertTrue(String.valueOf(e.getMessage()).contains("row 42 is " + wrong), e::getMessage);
    }
    assertThrows(DataException.class, () -> data.withWeights(new float[100]));
    assertThrows(IllegalArgumentException.class, () -> data.withWeights(new float[99]));
    assertThrows(IllegalArgumentException.class, () -> data.withClassWeights(1, 2, 3));
    DataSet targets = DataSet.targets("t", new float[2], 1, new float[2], 1);
    assertThrows(IllegalStateException.class, targets::balancedClassWeights);
  }

  /// A class without rows does not count.
  @Test
  void balancedWeightsAreScikitLearns() {
    DataSet data =
        DataSet.classes(
            "four", new float[6], 1, new int[] {0, 0, 0, 1, 3, 3}, List.of("a", "b", "c", "d"));
    assertArrayEquals(new float[] {6 / 9f, 2, 1, 1}, data.balancedClassWeights(), 1e-6f);
  }

  /// A loss of one's own that does not know of weights.
  private record Plain() implements Loss {
    @Override
    public String name() {
      return "plain";
    }

    @Override
    public void apply(LossTape tape) {
      Loss.meanSquaredError().apply(tape);
    }
  }

  @Test
  void aLossWithoutWeightsRefusesThem() {
    DataSet data =
        DataSet.targets("t", new float[2], 1, new float[2], 1).withWeights(new float[] {1, 2});
    try (Engine engine = Engine.open("reference")) {
      Trainer trainer = engine.trainer(Model.sequential(1).dense(1).build(1)).loss(new Plain());
      var e = assertThrows(IllegalArgumentException.class, () -> trainer.fit(data, 1));
      assertEquals("plain does not take weights; data set t has them", e.getMessage());
    }
  }

  /// What was measured is part of a checkpoint: a run that watches it goes on as it would have.
  @Test
  void metricsAreWatchedAcrossAResumption() {
    DataSet data = rare(300);
    History[] whole = new History[1];
    float[] expected = watched(data, null, 40, whole);
    int epochs = whole[0].epochs().size();
    assertTrue(epochs < 40, "not stopped");
    for (int at : new int[] {1, epochs / 2, epochs - 1}) {
      Path file = folder.resolve("at" + at);
      History[] parts = new History[1];
      watched(data, file, at, parts);
      History[] rest = new History[1];
      try (Engine engine = Engine.open("cpu")) {
        Model model = model();
        rest[0] = trainer(engine, model, data).resume(Checkpoint.load(file)).fit(data, 40);
        assertArrayEquals(expected, model.parameters(), "resumed after " + at);
      }
      assertEquals(whole[0].stopReason(), rest[0].stopReason());
      assertEquals(
          whole[0].epochs().stream().map(EpochRecord::metrics).toList(),
          rest[0].epochs().stream().map(EpochRecord::metrics).toList());
    }
  }

  private static Model model() {
    return Model.sequential(2).dense(4).dense(2).build(1);
  }

  private static Trainer trainer(Engine engine, Model model, DataSet data) {
    Monitor auc = Monitor.named("val_auc");
    return engine
        .trainer(model)
        .optimizer(Optimizer.sgd(0.5f))
        .batch(32)
        .validation(data)
        .metrics(List.of(Metric.parse("auc"), Metric.parse("precision")))
        .callback(new EarlyStopping(auc, 3, 0, true))
        .callback(new ReduceLearningRateOnPlateau(auc, 0.5, 1, 0, 1, 0.01));
  }

  private static float[] watched(DataSet data, Path file, int epochs, History[] history) {
    try (Engine engine = Engine.open("cpu")) {
      Model model = model();
      Trainer trainer = trainer(engine, model, data);
      if (file != null) {
        trainer.callback(new ModelCheckpoint(file));
      }
      history[0] = trainer.fit(data, epochs);
      return model.parameters();
    }
  }

  @Test
  void metricsNeedClassesToMeasure() {
    DataSet data = rare(10);
    try (Engine engine = Engine.open("reference")) {
      Trainer trainer = engine.trainer(model()).metrics(List.of(Metric.parse("recall:other")));
      assertThrows(IllegalArgumentException.class, () -> trainer.fit(data, 1));
      var e =
          assertThrows(IllegalArgumentException.class, () -> trainer.validation(data).fit(data, 1));
      assertEquals(
          "metric recall:other: there is no class other; there are common, rare", e.getMessage());
    }
  }
}
