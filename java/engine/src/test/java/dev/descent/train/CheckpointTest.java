package dev.descent.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.descent.DataException;
import dev.descent.DescentException;
import dev.descent.Engine;
import dev.descent.data.DataSet;
import dev.descent.format.Safetensors;
import dev.descent.model.Model;
import dev.descent.program.Activation;
import dev.descent.testing.Inputs;
import dev.descent.train.objective.Loss;
import dev.descent.train.objective.Optimizer;
import dev.descent.train.objective.Schedule;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Runs that are cut off and go on from a file, and what is refused of such files.
final class CheckpointTest {
  private static final int EPOCHS = 4;
  private static final int ROWS = 90;
  private static final int BATCH = 8;
  private static final int STEPS = 12;
  private static final List<Supplier<Optimizer>> OPTIMIZERS =
      List.of(
          () -> Optimizer.sgd(0.1f),
          () -> Optimizer.nesterov(0.05f, 0.9f),
          () -> Optimizer.rmsprop(0.01f),
          () -> Optimizer.adam(0.02f));

  @TempDir private Path folder;

  private final Engine engine = Engine.open("cpu");

  @AfterEach
  void close() {
    engine.close();
  }

  /// Stands for a crash.
  private static final class Crash extends RuntimeException {
    private static final long serialVersionUID = 1L;
  }

  /// A run that dies in any step, and all that went on from its file, loses no more than the
  /// interval and ends with the bytes of a run that never died.
  @Tag("anyLocale")
  @Test
  void aCrashLosesTheIntervalAndNoBit() throws Exception {
    var random = Inputs.fresh();
    for (int round = 0; round < 12; round++) {
      Setting setting =
          new Setting(
              OPTIMIZERS.get(round % OPTIMIZERS.size()).get(),
              round % 3 == 0 ? 0 : 0.3f,
              round % 2 == 0 ? Schedule.constant() : Schedule.cosine(1, 0.1),
              random.nextInt(50));
      String what = random + ", round " + round;
      int every = 1 + random.nextInt(STEPS + 5);
      Path file = folder.resolve("run" + round);
      Supplier<ModelCheckpoint> saver =
          () -> new ModelCheckpoint(file).saveFreq(SaveFrequency.steps(every));
      int crash = 1 + random.nextInt(EPOCHS * STEPS - 1);
      int again = crash + 1 + random.nextInt(EPOCHS * STEPS - crash);
      byte[] whole = bytes(setting.run(t -> t));
      for (int at : new int[] {crash, again}) {
        assertThrows(
            Crash.class,
            () -> setting.run(t -> from(t, file).callback(die(at)).callback(saver.get())));
        if (at > every) {
          History.Stop place = Checkpoint.load(file).place();
          int saved = place.epochs() * STEPS + place.step();
          assertTrue(saved >= at - every && saved <= at, what + ": " + saved + " of " + at);
        }
      }
      Model resumed = setting.run(t -> from(t, file).callback(saver.get()));
      assertArrayEquals(whole, bytes(resumed), what);
      assertArrayEquals(whole, bytes(Checkpoint.load(file).model()), what);
    }
  }

  /// The callbacks that remember go on as they would have, the parameters of the best epoch
  /// included.
  @Test
  @Tag("anyLocale")
  void earlyStoppingAndPlateausGoOnWhereTheyStood() throws Exception {
    for (int restore = 0; restore < 2; restore++) {
      boolean best = restore == 1;
      Setting setting = new Setting(Optimizer.sgd(30), 0, Schedule.constant(), 3);
      UnaryOperator<Trainer> watched =
          t ->
              t.validation(data(40, 9))
                  .callback(new EarlyStopping(Monitor.VAL_LOSS, 3, 0, best))
                  .callback(new ReduceLearningRateOnPlateau(Monitor.VAL_LOSS, 0.5, 1, 0, 1, 0));
      var history = new History[1];
      byte[] whole = bytes(setting.run(40, watched, history));
      String end = history[0].stopReason();
      assertNotNull(end);
      for (int at = 1; at <= history[0].epochs().size() * STEPS; at += 17) {
        Path file = folder.resolve("watched" + restore + "-" + at);
        int crash = at;
        // The saver comes first, and must be told last.
        assertThrows(
            Crash.class,
            () ->
                setting.run(
                    40,
                    t -> watched.apply(t.callback(new ModelCheckpoint(file))).callback(die(crash)),
                    history));
        Model resumed = setting.run(40, t -> watched.apply(from(t, file)), history);
        assertArrayEquals(whole, bytes(resumed), "crash in step " + at);
        assertEquals(end, history[0].stopReason());
      }
    }
  }

  @Test
  void aCheckpointIsForTheDataOfItsRun() throws Exception {
    Path file = folder.resolve("run");
    DataSet data = data(ROWS, 1);
    engine.trainer(model(0)).batch(BATCH).callback(new ModelCheckpoint(file)).fit(data, 1);
    DataSet other = data(ROWS, 2);
    Trainer trainer = engine.trainer(model(0)).batch(BATCH).resume(Checkpoint.load(file));
    var e = assertThrows(IllegalArgumentException.class, () -> trainer.fit(other, 2));
    assertTrue(e.getMessage().contains("training data"), e.getMessage());
    trainer.resume(Checkpoint.load(file).forOtherData()).fit(other, 2);
    trainer.resume(Checkpoint.load(file)).batch(BATCH + 1);
    e = assertThrows(IllegalArgumentException.class, () -> trainer.fit(data, 2));
    assertEquals("the checkpoint is of a run with batch 8, not 9", e.getMessage());
  }

  /// A file of before there was a checksum of the data or a best epoch in it.
  @Test
  void filesOfEarlierVersionsAreResumed() throws Exception {
    Path file = folder.resolve("run");
    Setting setting = new Setting(Optimizer.adam(0.02f), 0.3f, Schedule.cosine(1, 0), 4);
    UnaryOperator<Trainer> cut =
        t ->
            t.callback(new ModelCheckpoint(file).saveFreq(SaveFrequency.steps(5)))
                .callback(die(STEPS + 5));
    assertThrows(Crash.class, () -> setting.run(cut));
    Safetensors.Contents contents = Safetensors.read(file);
    Map<String, String> metadata = new TreeMap<>(contents.metadata());
    metadata.remove("descent.crc");
    String state = metadata.get("training.state");
    String sums = ",\"data\":\"([0-9a-f]{8})( [0-9a-f]{8}){2}\",\"bestEpoch\":0}$";
    String one = state.replaceFirst(sums, ",\"data\":\"$1\",\"bestEpoch\":0}");
    assertNotEquals(one, state);
    metadata.put("training.state", one);
    Safetensors.write(file, contents.entries(), metadata);
    assertArrayEquals(bytes(setting.run(t -> t)), bytes(setting.run(t -> from(t, file))));
    String old = state.replaceFirst(sums, "}");
    assertNotEquals(old, state);
    metadata.put("training.state", old);
    Safetensors.write(file, contents.entries(), metadata);
    assertEquals("", Checkpoint.load(file).origin().data());
    assertArrayEquals(bytes(setting.run(t -> t)), bytes(setting.run(t -> from(t, file))));
  }

  @Test
  void theBestEpochHasAFileOfItsOwn() {
    Path best = folder.resolve("best");
    Path worst = folder.resolve("worst");
    List<EpochRecord> epochs = new ArrayList<>();
    History history =
        engine
            .trainer(model(0))
            .optimizer(Optimizer.sgd(30))
            .batch(BATCH)
            .validation(data(40, 9))
            .callback(new ModelCheckpoint(best).saveBestOnly(true))
            .callback(new ModelCheckpoint(worst).saveBestOnly(true).mode(ModelCheckpoint.Mode.MAX))
            .callback(
                new ModelCheckpoint(folder.resolve("{epoch:02d}-{val_loss:.2f}-{nothing}"))
                    .saveWeightsOnly(true)
                    .saveFreq(SaveFrequency.epochs(2)))
            .fit(data(ROWS, 1), 9);
    epochs.addAll(history.epochs());
    EpochRecord lowest = history.best(Monitor.VAL_LOSS).orElseThrow();
    EpochRecord highest =
        epochs.stream().reduce((a, b) -> b.valLoss() > a.valLoss() ? b : a).orElseThrow();
    assertEquals(lowest.epoch(), Checkpoint.load(best).epochs().size());
    assertEquals(highest.epoch(), Checkpoint.load(worst).epochs().size());
    for (int epoch : new int[] {2, 4, 6, 8, 9}) {
      String name =
          String.format(Locale.ROOT, "%02d-%.2f-{nothing}", epoch, epochs.get(epoch - 1).valLoss());
      Path file = folder.resolve(name);
      Model.load(file);
      assertThrows(DataException.class, () -> Checkpoint.load(file), "a model alone");
    }
    assertFalse(
        Files.exists(
            folder.resolve(
                String.format(Locale.ROOT, "03-%.2f-{nothing}", epochs.get(2).valLoss()))));
  }

  @Test
  void whatCannotBeWrittenIsToldAndTheRunGoesOn() throws Exception {
    Path file = folder.resolve("run");
    List<String> warnings = new ArrayList<>();
    var saver = new ModelCheckpoint(file);
    Callback obstacle =
        new Callback() {
          @Override
          public void onEpochBegin(TrainingRun run, int epoch) {
            if (epoch == 2) {
              file.toFile().delete();
              assertTrue(file.toFile().mkdir());
            }
          }

          @Override
          public void onWarning(TrainingRun run, String warning) {
            warnings.add(warning);
          }
        };
    History history =
        engine.trainer(model(0)).callback(obstacle).callback(saver).fit(data(ROWS, 1), 4);
    assertEquals(4, history.epochs().size());
    assertEquals(1, warnings.size(), warnings::toString);
    assertEquals(warnings, history.warnings());
    assertTrue(warnings.getFirst().contains("can't write " + file), warnings::toString);
    assertNotNull(saver.failure());
    assertEquals(4, saver.unsaved().epochs().size());
    Trainer refused = engine.trainer(model(0)).callback(new ModelCheckpoint(file));
    DataSet data = data(ROWS, 1);
    assertThrows(DescentException.class, () -> refused.fit(data, 1));
    assertEquals(List.of(file), list());
  }

  /// A state that is no state to go on from does not replace one that is.
  @Test
  void aDivergedRunKeepsItsLastGoodCheckpoint() {
    Path file = folder.resolve("run");
    History history =
        engine
            .trainer(model(0))
            .loss(Loss.meanSquaredError())
            .optimizer(Optimizer.sgd(1e4f))
            .batch(BATCH)
            .callback(new ModelCheckpoint(file).saveFreq(SaveFrequency.steps(1)))
            .fit(data(ROWS, 1), 5);
    assertTrue(history.stopReason().startsWith("the loss became "), history.stopReason());
    assertTrue(Checkpoint.load(file).isFinite());
  }

  @Test
  void anInterruptEndsTrainingAfterTheStepAndStaysSet() throws Exception {
    Path file = folder.resolve("run");
    Model model = model(0);
    var steps = new ArrayList<Integer>();
    Callback interrupter =
        new Callback() {
          @Override
          public int batchInterval() {
            return 1;
          }

          @Override
          public void onBatchEnd(TrainingRun run, BatchRecord batch) {
            steps.add(batch.step());
            if (batch.step() == 3) {
              Thread.currentThread().interrupt();
            }
          }
        };
    try {
      History history =
          engine
              .trainer(model)
              .batch(BATCH)
              .callback(interrupter)
              .callback(new ModelCheckpoint(file))
              .fit(data(ROWS, 1), 5);
      assertEquals(List.of(1, 2, 3), steps);
      assertEquals("the thread was interrupted", history.stopReason());
      assertTrue(Thread.currentThread().isInterrupted());
      model.save(folder.resolve("model"));
      assertArrayEquals(model.parameters(), Model.load(folder.resolve("model")).parameters());
      assertEquals(3, Checkpoint.load(file).place().step());
      assertTrue(Thread.currentThread().isInterrupted());
    } finally {
      Thread.interrupted();
    }
  }

  @Test
  void frequenciesAreReadAsPeopleWriteThem() {
    Map<String, SaveFrequency> right =
        Map.of(
            "500steps", SaveFrequency.steps(500),
            "1 Step", SaveFrequency.steps(1),
            "2epochs", SaveFrequency.epochs(2),
            " 10 min ", SaveFrequency.time(Duration.ofMinutes(10)),
            "90s", SaveFrequency.time(Duration.ofSeconds(90)),
            "1h", SaveFrequency.time(Duration.ofHours(1)));
    right.forEach((text, wanted) -> assertEquals(wanted, SaveFrequency.parse(text), text));
    for (String wrong :
        List.of(
            "",
            "5",
            "steps",
            "0steps",
            "-1epochs",
            "1.5h",
            "5 days",
            "1e3steps",
            "9999999999steps",
            "999999999h",
            "5 steps more",
            "五steps",
            "\u0665steps")) {
      var e = assertThrows(IllegalArgumentException.class, () -> SaveFrequency.parse(wrong), wrong);
      assertFalse(e instanceof NumberFormatException, wrong);
      assertTrue(e.getMessage().contains("500steps, 2epochs or 10min"), e.getMessage());
    }
  }

  /// Each field of what a checkpoint says about its run, in every way that it can be wrong: refused
  /// by name, or read as another value that is right too.
  @Tag("anyLocale")
  @Test
  void eachFieldIsReadWithDistrust() throws Exception {
    Path file = folder.resolve("run");
    Setting setting = new Setting(Optimizer.adam(0.02f), 0.3f, Schedule.constant(), 1);
    assertThrows(
        Crash.class,
        () ->
            setting.run(t ->
                t.validation(data(40, 9))
                    .callback(new EarlyStopping(Monitor.VAL_LOSS, 30, 0, true))
                    .callback(new ModelCheckpoint(file).saveFreq(SaveFrequency.steps(STEPS + 5)))
                    .callback(die(STEPS + 6))));
    Safetensors.Contents contents = Safetensors.read(file);
    int refused = 0;
    for (String name : contents.metadata().keySet()) {
      String text = contents.metadata().get(name);
      for (String mangled : Mangled.all(text)) {
        Path other = folder.resolve("other");
        Map<String, String> metadata = new TreeMap<>(contents.metadata());
        metadata.put(name, mangled);
        // Else it would be the digest that tells.
        metadata.remove("descent.crc");
        Safetensors.write(other, contents.entries(), metadata);
        try {
          Checkpoint.load(other).model().inputs();
        } catch (DataException e) {
          refused++;
          assertTrue(e.getMessage().startsWith(other.toString()), e.getMessage());
          assertTrue(e.getMessage().length() < 400 + other.toString().length(), e.getMessage());
          assertTrue(e.getMessage().lines().count() == 1, e.getMessage());
        }
      }
    }
    assertTrue(refused > 200, refused + " refused");
  }

  private Trainer from(Trainer trainer, Path file) {
    return Files.exists(file) ? trainer.resume(Checkpoint.load(file)) : trainer;
  }

  /// Dies when the step is done, counted from the first one of all.
  private static Callback die(int step) {
    return new Callback() {
      @Override
      public int batchInterval() {
        return 1;
      }

      @Override
      public void onBatchEnd(TrainingRun run, BatchRecord batch) {
        if ((batch.epoch() - 1) * STEPS + batch.step() == step) {
          throw new Crash();
        }
      }
    };
  }

  private byte[] bytes(Model model) throws Exception {
    Path file = folder.resolve("bytes");
    model.save(file);
    return Files.readAllBytes(file);
  }

  private List<Path> list() throws Exception {
    try (Stream<Path> files = Files.list(folder)) {
      return files.toList();
    }
  }

  private static Model model(float dropout) {
    Model.Builder builder = Model.sequential(3).dense(9, Activation.TANH);
    if (dropout > 0) {
      builder.dropout(dropout);
    }
    return builder.dense(3).build(1);
  }

  private static DataSet data(int rows, long seed) {
    var random = new Random(seed);
    float[] values = new float[rows * 3];
    int[] labels = new int[rows];
    for (int i = 0; i < values.length; i++) {
      values[i] = random.nextFloat();
    }
    for (int i = 0; i < rows; i++) {
      labels[i] = values[3 * i] > values[3 * i + 1] ? 0 : values[3 * i] > values[3 * i + 2] ? 1 : 2;
    }
    return DataSet.classes("some", values, 3, labels, List.of("a", "b", "c"));
  }

  /// A run and all that its numbers depend on.
  private final class Setting {
    private final Optimizer optimizer;
    private final float dropout;
    private final Schedule schedule;
    private final long seed;

    Setting(Optimizer optimizer, float dropout, Schedule schedule, long seed) {
      this.optimizer = optimizer;
      this.dropout = dropout;
      this.schedule = schedule;
      this.seed = seed;
    }

    Model run(UnaryOperator<Trainer> more) {
      return run(EPOCHS, more, new History[1]);
    }

    Model run(int epochs, UnaryOperator<Trainer> more, History[] history) {
      Model model = model(dropout);
      Trainer trainer =
          engine
              .trainer(model)
              .optimizer(optimizer)
              .schedule(schedule)
              .batch(BATCH)
              .seed(seed)
              .shuffle(true);
      history[0] = more.apply(trainer).fit(data(ROWS, seed), epochs);
      return model;
    }
  }
}
