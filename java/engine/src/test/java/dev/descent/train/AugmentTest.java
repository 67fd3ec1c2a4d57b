package dev.descent.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.descent.DataException;
import dev.descent.Engine;
import dev.descent.data.DataSet;
import dev.descent.data.Preparation;
import dev.descent.format.Safetensors;
import dev.descent.model.Flatten;
import dev.descent.model.Model;
import dev.descent.model.Shape;
import dev.descent.program.Activation;
import dev.descent.program.Augmentation;
import dev.descent.testing.Inputs;
import dev.descent.train.objective.Loss;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Training on pictures that are changed at random.
final class AugmentTest {
  private static final List<String> CLASSES = List.of("a", "b", "c");
  private static final int HEIGHT = 6;
  private static final int WIDTH = 5;
  private static final int ROWS = 45;
  private static final int BATCH = 8;
  private static final int STEPS = 6;
  private static final Augmentation ALL = new Augmentation(20, 0.1f, 0.1f, 0.8f, true, 0.2f, 0.5f);

  @TempDir private Path folder;

  private final Inputs inputs = Inputs.fresh();
  private final DataSet data = pictures(1);

  /// Stands for a crash.
  private static final class Crash extends RuntimeException {
    private static final long serialVersionUID = 1L;
  }

  private DataSet pictures(int channels) {
    return DataSet.pictures(
        "noise",
        inputs.bytes((long) ROWS * HEIGHT * WIDTH * channels),
        new Preparation.Picture(WIDTH, HEIGHT, channels, Preparation.Ground.ANY, false),
        inputs.indices(ROWS, CLASSES.size()),
        CLASSES);
  }

  private static Model model(DataSet of) {
    return Model.sequential(of.features()).dense(9, Activation.RELU).dense(3).build(1);
  }

  private static Model train(
      Engine engine, DataSet data, int epochs, UnaryOperator<Trainer> setUp) {
    Model model = model(data);
    setUp.apply(engine.trainer(model).batch(BATCH).seed(5)).fit(data, epochs);
    return model;
  }

  @Tag("anyLocale")
  @Test
  void anyNumberOfThreadsGivesTheSameBits() {
    for (DataSet some : List.of(data, pictures(3))) {
      float[] first = null;
      for (int threads : new int[] {1, 2, 3, 7}) {
        try (Engine engine = Engine.open("cpu", threads)) {
          float[] found = train(engine, some, 2, t -> t.augment(ALL)).parameters();
          first = first == null ? found : first;
          assertArrayEquals(first, found, inputs + ", threads " + threads);
        }
      }
    }
  }

  @Test
  void eachSettingChangesWhatIsLearnedAndNothingElseDoes() {
    try (Engine engine = Engine.open("cpu")) {
      float[] plain = train(engine, data, 1, t -> t).parameters();
      assertArrayEquals(
          plain, train(engine, data, 1, t -> t.augment(Augmentation.NONE)).parameters());
      for (Augmentation one :
          List.of(
              Augmentation.NONE.withRotation(5),
              Augmentation.NONE.withShift(0.1f),
              Augmentation.NONE.withZoom(0.1f),
              Augmentation.NONE.withCrop(0.9f),
              Augmentation.NONE.withFlip(true),
              Augmentation.NONE.withBrightness(0.1f),
              Augmentation.NONE.withContrast(0.1f))) {
        float[] changed = train(engine, data, 1, t -> t.augment(one)).parameters();
        assertFalse(Arrays.equals(plain, changed), one + ", " + inputs);
      }
    }
  }

  @Test
  void validationAndPredictionsSeePicturesAsTheyAre() {
    try (Engine engine = Engine.open("cpu")) {
      Model model = model(data);
      History history =
          engine.trainer(model).batch(BATCH).augment(ALL).validation(data).fit(data, 2);
      assertEquals(
          engine.evaluate(model, Loss.softmaxCrossEntropy(), data).loss(),
          history.epochs().getLast().valLoss(),
          1e-6);
    }
  }

  /// A run that dies in any step and goes on from its file ends with the bits of one that never
  /// died.
  @Tag("anyLocale")
  @Test
  void aResumedRunSeesWhatTheWholeOneWouldHave() {
    try (Engine engine = Engine.open("cpu")) {
      float[] whole = train(engine, data, 3, t -> t.augment(ALL)).parameters();
      for (int round = 0; round < 6; round++) {
        int crash = 1 + inputs.nextInt(3 * STEPS - 1);
        Path file = folder.resolve("run" + round);
        assertThrows(
            Crash.class,
            () ->
                train(
                    engine,
                    data,
                    3,
                    t ->
                        t.augment(ALL)
                            .callback(new ModelCheckpoint(file).saveFreq(SaveFrequency.steps(1)))
                            .callback(die(crash))));
        Model resumed = train(engine, data, 3, t -> t.augment(ALL).resume(Checkpoint.load(file)));
        assertArrayEquals(whole, resumed.parameters(), inputs + ", crash in step " + crash);
      }
    }
  }

  private static Callback die(int step) {
    return new Callback() {
      private int steps;

      @Override
      public int batchInterval() {
        return 1;
      }

      @Override
      public void onBatchEnd(TrainingRun run, BatchRecord batch) {
        steps++;
        if (steps > step) {
          throw new Crash();
        }
      }
    };
  }

  @Tag("anyLocale")
  @Test
  void aCheckpointIsForItsAugmentation() throws Exception {
    Path file = folder.resolve("run");
    try (Engine engine = Engine.open("cpu")) {
      train(engine, data, 1, t -> t.augment(ALL).callback(new ModelCheckpoint(file)));
      Checkpoint read = Checkpoint.load(file);
      assertEquals(ALL, read.origin().augmentation());
      var refusal =
          assertThrows(
              IllegalArgumentException.class, () -> train(engine, data, 2, t -> t.resume(read)));
      assertTrue(
          refusal.getMessage().contains("augmentation " + ALL + ", not none"),
          refusal.getMessage());
      for (String wrong : List.of("", "flip,", "rotation 200", "rotation 2O", "turn 5")) {
        rewrite(file, wrong);
        var malformed = assertThrows(DataException.class, () -> Checkpoint.load(file), wrong);
        assertTrue(
            malformed.getMessage().endsWith(": augmentation is \"" + wrong + "\""),
            malformed.getMessage());
        assertTrue(malformed.getMessage().startsWith(file + ", "), malformed.getMessage());
      }
      train(engine, data, 1, t -> t.callback(new ModelCheckpoint(file)));
      assertFalse(Files.readString(file, StandardCharsets.ISO_8859_1).contains("augmentation"));
      assertEquals(Augmentation.NONE, Checkpoint.load(file).origin().augmentation());
    }
  }

  private static void rewrite(Path file, String augmentation) {
    Safetensors.Contents contents = Safetensors.read(file);
    Map<String, String> metadata = new TreeMap<>(contents.metadata());
    metadata.replaceAll((_, text) ->
        text.replaceAll(
            "\"augmentation\":\"[^\"]*\"", "\"augmentation\":\"" + augmentation + "\""));
    // Else it would be the digest that tells.
    metadata.remove("descent.crc");
    Safetensors.write(file, contents.entries(), metadata);
  }

  @Test
  void rowsThatAreNoPicturesAreRefused() {
    DataSet table =
        DataSet.classes("flowers", inputs.floats(40), 4, inputs.indices(10, 3), CLASSES);
    try (Engine engine = Engine.open("cpu")) {
      for (Runnable action :
          List.<Runnable>of(
              () -> engine.trainer(model(table)).augment(ALL).fit(table, 1),
              () -> engine.augmented(table, ALL, 1, 0))) {
        var refusal = assertThrows(IllegalArgumentException.class, action::run);
        assertEquals(
            "augmentation is for pictures; data set flowers has rows of numbers",
            refusal.getMessage());
      }
    }
  }

  /// Numbers are pictures where the model takes positions; they keep to the range that they have.
  @Test
  void picturesOfNumbersKeepTheirRange() {
    DataSet numbers =
        DataSet.classes(
            "numbers",
            inputs.uniform(20L * HEIGHT * WIDTH * 2, -3, 5),
            HEIGHT * WIDTH * 2,
            inputs.indices(20, 3),
            CLASSES);
    try (Engine engine = Engine.open("reference")) {
      Model model =
          Model.sequential(new Shape(HEIGHT, WIDTH, 2)).layer(new Flatten()).dense(3).build(1);
      engine.trainer(model).batch(BATCH).augment(ALL).fit(numbers, 1);
      assertTrue(Float.isFinite(model.parameters()[0]));
      DataSet pictures =
          numbers.withPicture(
              new Preparation.Picture(WIDTH, HEIGHT, 2, Preparation.Ground.ANY, false));
      float[] seen = engine.augmented(pictures, ALL.withBrightness(1), 3, 9);
      float least = min(numbers.floats());
      float most = -min(negated(numbers.floats()));
      assertEquals(least, min(seen), inputs.toString());
      assertTrue(-min(negated(seen)) <= most, inputs.toString());
    }
  }

  private static float min(float[] values) {
    float least = Float.POSITIVE_INFINITY;
    for (float value : values) {
      least = Math.min(least, value);
    }
    return least;
  }

  private static float[] negated(float[] values) {
    float[] negated = values.clone();
    for (int i = 0; i < negated.length; i++) {
      negated[i] = -negated[i];
    }
    return negated;
  }

  @Test
  void whatIsShownIsWhatIsDrawn() {
    try (Engine engine = Engine.open("cpu")) {
      float[] plain = engine.augmented(data, Augmentation.NONE, 1, 0);
      for (int row = 0; row < ROWS; row++) {
        int from = row * data.features();
        assertArrayEquals(data.row(row), Arrays.copyOfRange(plain, from, from + data.features()));
      }
      float[] seen = engine.augmented(data, ALL, 1, 0);
      assertArrayEquals(seen, engine.augmented(data, ALL, 1, 0));
      assertFalse(Arrays.equals(seen, engine.augmented(data, ALL, 1, 1)));
      assertFalse(Arrays.equals(seen, engine.augmented(data, ALL, 2, 0)));
    }
  }

  /// A mirrored picture is the same from right to left; about half of them are.
  @Test
  void everySecondPictureIsMirrored() {
    int rows = 2000;
    DataSet many =
        DataSet.images("noise", inputs.bytes(rows * 12L), 4, 3, inputs.indices(rows, 3), CLASSES);
    try (Engine engine = Engine.open("cpu")) {
      float[] seen =
          engine.augmented(many, Augmentation.NONE.withFlip(true), inputs.nextInt(1000), 0);
      int mirrored = 0;
      for (int row = 0; row < rows; row++) {
        float[] plain = many.row(row);
        float[] turned = new float[12];
        for (int j = 0; j < 12; j++) {
          turned[j] = plain[j / 4 * 4 + 3 - j % 4];
        }
        float[] found = Arrays.copyOfRange(seen, row * 12, row * 12 + 12);
        boolean isTurned = Arrays.equals(turned, found);
        assertTrue(isTurned || Arrays.equals(plain, found), inputs + ", row " + row);
        mirrored += isTurned ? 1 : 0;
      }
      // Five standard deviations.
      assertEquals(rows / 2.0, mirrored, 5 * Math.sqrt(rows / 4.0), inputs.toString());
    }
  }
}
