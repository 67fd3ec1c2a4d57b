package dev.descent.predict;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.descent.DataException;
import dev.descent.Engine;
import dev.descent.data.DataSet;
import dev.descent.data.Preparation;
import dev.descent.data.Preparation.CategoryColumn;
import dev.descent.data.Preparation.Classes;
import dev.descent.data.Preparation.NumberColumn;
import dev.descent.data.Preparation.Picture;
import dev.descent.data.Preparation.Table;
import dev.descent.data.Preparation.Target;
import dev.descent.data.Preparation.Targets;
import dev.descent.model.Model;
import dev.descent.program.Activation;
import dev.descent.testing.Allocation;
import dev.descent.testing.Inputs;
import dev.descent.train.objective.Loss;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class PredictorTest {
  private static final Table TABLE =
      new Table(
          List.of(
              new NumberColumn("size", 10, 0.5, Double.NaN),
              new CategoryColumn("kind", List.of("x", "y"), false)),
          List.of(),
          List.of("size", "kind", "answer"),
          true,
          null);

  private final Inputs inputs = Inputs.fresh();

  /// A model whose weights are given: inputs size, kind x, kind y.
  private static Model linear(int outputs, String loss, Preparation preparation) {
    Model model = Model.sequential(3).dense(outputs).build(0);
    float[] weight = new float[3 * outputs];
    for (int i = 0; i < weight.length; i++) {
      weight[i] = 0.25f * (i + 1);
    }
    model.set("dense1.weight", weight);
    model.metadata().put("loss", loss);
    model.preparation(preparation);
    return model;
  }

  private static Engine engine() {
    return Engine.open("cpu", 2);
  }

  @Test
  void aRecordGivesTheProbabilitiesOfItsClasses() {
    Model model =
        linear(
            2,
            Loss.softmaxCrossEntropy().name(),
            new Preparation(TABLE, new Classes("answer", List.of("no", "yes"))));
    try (Engine engine = engine();
        Predictor predictor = engine.predictor(model)) {
      // (14 - 10) / 2 = 2 and kind y: logits 2 * 0.25 + 1.25 and 2 * 0.5 + 1.5.
      double no = 1 / (1 + Math.exp(2.5 - 1.75));
      for (Prediction prediction :
          List.of(
              predictor.answer(Map.of("size", 14, "kind", "y", "more", 7)),
              predictor.answer(Map.of("size", "14.0", "kind", " y ")),
              predictor.answer(List.of(14L, "y")),
              predictor.answer(new float[] {2, 0, 1}))) {
        assertTrue(prediction.isClassified());
        assertEquals("yes", prediction.best());
        assertEquals(List.of("no", "yes"), prediction.names());
        assertEquals(no, prediction.value("no"), 1e-7);
        assertEquals(1 - no, prediction.byName().get("yes"), 1e-7);
        assertThrows(IllegalArgumentException.class, () -> prediction.value("perhaps"));
      }
    }
  }

  @Test
  void oneOutputTellsTwoClassesApart() {
    Model model =
        linear(
            1,
            Loss.binaryCrossEntropy().name(),
            new Preparation(TABLE, new Classes("answer", List.of("no", "yes"))));
    try (Engine engine = engine();
        Predictor predictor = engine.predictor(model)) {
      Prediction prediction = predictor.answer(Map.of("size", 4, "kind", "x"));
      double yes = 1 / (1 + Math.exp(-(-3 * 0.25 + 0.5)));
      assertEquals(yes, prediction.value("yes"), 1e-7);
      assertEquals("no", prediction.best());
    }
  }

  @Test
  void valuesAreInTheirUnit() {
    Model model =
        linear(
            2,
            Loss.meanSquaredError().name(),
            new Preparation(
                TABLE,
                new Targets(List.of(new Target("price", 1000, 50), new Target("days", 0, 1)))));
    try (Engine engine = engine();
        Predictor predictor = engine.predictor(model)) {
      Prediction prediction = predictor.answer(Map.of("size", 10, "kind", "x"));
      assertFalse(prediction.isClassified());
      assertEquals(0.75 * 50 + 1000, prediction.value("price"), 1e-4);
      assertEquals(1, prediction.value("days"), 1e-6);
    }
  }

  @Test
  void aPictureIsTakenByItsBytes() {
    Model model = Model.sequential(4).dense(2).build(0);
    model.set("dense1.weight", new float[] {1, 0, 0, 0, 0, 0, 0, 1});
    model.preparation(Preparation.pictures(Picture.grey(2, 2), List.of("dark", "bright")));
    try (Engine engine = engine();
        Predictor predictor = engine.predictor(model)) {
      byte[] pixels = {0, 0, 0, (byte) 255};
      assertEquals(1 / (1 + Math.exp(-1)), predictor.answer(pixels).value("bright"), 1e-6);
      var e = assertThrows(DataException.class, () -> predictor.answer(new byte[3]));
      assertEquals("a picture of 3 bytes; the model takes pictures of 2 x 2", e.getMessage());
      assertThrows(IllegalStateException.class, () -> predictor.answer(Map.of()));
    }
  }

  @Test
  void whatDoesNotFitIsNamed() {
    Model model =
        linear(2, "", new Preparation(TABLE, new Classes("answer", List.of("no", "yes"))));
    try (Engine engine = engine();
        Predictor predictor = engine.predictor(model)) {
      var e = assertThrows(DataException.class, () -> predictor.answer(Map.of("size", 1)));
      assertEquals("the record has no value for column 'kind'", e.getMessage());
      Map<String, Object> gap = new HashMap<>(Map.of("kind", "x"));
      gap.put("size", null);
      e = assertThrows(DataException.class, () -> predictor.answer(gap));
      assertTrue(e.getMessage().contains("'size'"), e.getMessage());
      assertThrows(IllegalStateException.class, () -> predictor.answer(new byte[3]));
      assertThrows(IllegalArgumentException.class, () -> predictor.answer(new float[2]));
      Predictor bare = engine.predictor(Model.sequential(3).dense(2).build(0));
      assertThrows(IllegalStateException.class, () -> bare.answer(new float[3]));
      assertEquals(2, bare.predict(new float[3]).length);
    }
  }

  /// Retraining may standardize by other numbers: those belong to the new weights.
  @Test
  void aNewModelBringsItsPreparation() {
    var classes = new Classes("answer", List.of("no", "yes"));
    Model old = linear(2, Loss.softmaxCrossEntropy().name(), new Preparation(TABLE, classes));
    Table shifted =
        new Table(
            List.of(
                new NumberColumn("size", 12, 0.5, Double.NaN),
                new CategoryColumn("kind", List.of("x", "y"), false)),
            List.of(),
            TABLE.order(),
            true,
            null);
    Model next = old.with(old.parameters());
    next.preparation(new Preparation(shifted, classes));
    try (Engine engine = engine();
        Predictor predictor = engine.predictor(old)) {
      Prediction before = predictor.answer(Map.of("size", 14, "kind", "y"));
      predictor.update(next);
      assertEquals(before, predictor.answer(Map.of("size", 16, "kind", "y")));
    }
  }

  @Test
  void theEnginesPredictionsHaveTheSameBits() {
    Model model =
        Model.sequential(33).dense(80, Activation.GELU).dense(9, Activation.SOFTMAX).build(5);
    float[] rows = inputs.floats(33 * 300L);
    try (Engine engine = engine();
        Predictor predictor = engine.predictor(model)) {
      DataSet data = DataSet.targets("rows", rows, 33, new float[300], 1);
      assertArrayEquals(engine.predict(model, data), predictor.predict(rows));
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 3, 70, 600})
  void anArrayToWriteToIsAllThatACallTakes(int rows) {
    Model model = Model.sequential(20).dense(130, Activation.TANH).dense(3).build(0);
    float[] samples = inputs.floats(20L * rows);
    float[] result = new float[3 * rows];
    try (Engine engine = engine();
        Predictor predictor = engine.predictor(model)) {
      // Until the kernels are compiled, vectors are objects.
      int rounds = 20000;
      long least = Long.MAX_VALUE;
      for (int i = 0; i < rounds && least > 0; i++) {
        long before = Allocation.by(Thread.currentThread());
        for (int call = 0; call < 10; call++) {
          predictor.predict(samples, result);
        }
        long counted = Allocation.by(Thread.currentThread()) - before;
        least = Math.min(least, counted - overhead());
      }
      assertTrue(least <= 0, least + " bytes for ten calls");
      float[] expected = predictor.predict(samples);
      assertTrue(Arrays.equals(expected, result));
    }
  }

  /// A model of a megabyte is replaced hundreds of times.
  @Test
  void replacedModelsLeaveNothingBehind() {
    Model model = Model.sequential(250).dense(1000, Activation.RELU).dense(3).build(0);
    float[] row = inputs.floats(250);
    try (Engine engine = engine();
        Predictor predictor = engine.predictor(model)) {
      long before = replace(predictor, model, row, 5);
      int threads = Thread.getAllStackTraces().size();
      long after = replace(predictor, model, row, 300);
      assertTrue(
          after - before < 16 << 20,
          () -> String.format(Locale.ROOT, "%,d bytes more", after - before));
      assertTrue(Thread.getAllStackTraces().size() <= threads + 2, "threads are left");
    }
  }

  /// Returns the bytes in use afterwards.
  private static long replace(Predictor predictor, Model model, float[] row, int times) {
    for (int i = 0; i < times; i++) {
      predictor.update(model);
      predictor.predict(row);
    }
    System.gc();
    Runtime runtime = Runtime.getRuntime();
    return runtime.totalMemory() - runtime.freeMemory();
  }

  /// What counting allocates itself.
  private static long overhead() {
    long before = Allocation.by(Thread.currentThread());
    return Allocation.by(Thread.currentThread()) - before;
  }
}
