package dev.descent.contract;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.descent.data.DataSet;
import dev.descent.model.Model;
import dev.descent.model.Shape;
import dev.descent.predict.Predictor;
import dev.descent.program.Activation;
import dev.descent.program.Padding;
import dev.descent.testing.Inputs;
import dev.descent.train.Evaluator;
import dev.descent.train.Trainer;
import dev.descent.train.objective.Loss;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/// A [Predictor] gives the bits of an [Evaluator], to any number of threads, while others train and
/// replace its model.
public abstract class PredictionContract extends BackendContract {
  private static final int THREADS = 8;

  /// Seconds that the test with many threads lasts at least; it ends after some swaps without it.
  private static final String SECONDS = "descent.predict.seconds";

  /// What the heap may hold more after any number of swaps: the lists of this test among it.
  private static final long MOST_GROWTH = 16 << 20;

  private static final int TRIES = 20;

  /// The kinds of rows that [#row] makes.
  private static final int KINDS = 9;

  /// Other inputs each time.
  protected PredictionContract() {
    super(Inputs.fresh(), Opening.EACH_TEST);
  }

  /// {@return how many models follow one another while threads predict}
  protected int swaps() {
    return 4;
  }

  /// {@return how many random models are compared: fewer where compiling takes long}
  protected int models() {
    return 12;
  }

  private Evaluator evaluator(Model model) {
    return new Evaluator(backend, model);
  }

  private static DataSet data(float[] samples, int features) {
    return DataSet.targets("rows", samples, features, new float[samples.length / features], 1);
  }

  /// Widths around those of vectors and panels, and sums long enough to be cut.
  private Model model() {
    int[] widths = {1, 3, 7, 16, 17, 63, 64, 65, 128, 130, 200};
    Activation[] activations = Activation.values();
    int features = inputs.nextInt(8) == 0 ? 1025 + inputs.nextInt(100) : width(widths);
    Model.Builder builder = Model.sequential(features);
    for (int i = inputs.nextInt(3); i >= 0; i--) {
      builder.dense(width(widths), activations[inputs.nextInt(activations.length)]).dropout(0.3f);
    }
    return builder.dense(width(widths)).build(inputs.nextLong());
  }

  /// Images through every kind of layer that takes them.
  private Model imageModel() {
    int size = 5 + inputs.nextInt(6);
    return Model.sequential(new Shape(size, size + 1, 1 + inputs.nextInt(3)))
        .conv2d(1 + inputs.nextInt(9), 3, 1, Padding.SAME, Activation.RELU)
        .batchNorm()
        .maxPool2d(2, Padding.SAME)
        .conv2d(65, 2, 1, Padding.VALID, Activation.LINEAR)
        .activation(Activation.TANH)
        .averagePool2d(2, Padding.SAME)
        .flatten()
        .dense(3)
        .build(inputs.nextLong());
  }

  private int width(int[] widths) {
    return widths[inputs.nextInt(widths.length)];
  }

  @Test
  void batchesOfAnySizeHaveTheBitsOfAnEvaluation() {
    for (int round = 0; round < models(); round++) {
      Model model = round % 3 == 2 ? imageModel() : model();
      int rows = round % 2 == 0 ? 1 + inputs.nextInt(20) : 1 + inputs.nextInt(600);
      float[] samples = inputs.floats((long) rows * model.inputs());
      float[] expected = evaluator(model).predict(data(samples, model.inputs()));
      try (var predictor = new Predictor(backend, model)) {
        assertArrayEquals(expected, predictor.predict(samples), () -> model + ", rows " + rows);
        float[] single = new float[model.outputs()];
        int row = inputs.nextInt(rows);
        int from = row * model.inputs();
        predictor.predict(Arrays.copyOfRange(samples, from, from + model.inputs()), single);
        int at = row * model.outputs();
        assertArrayEquals(Arrays.copyOfRange(expected, at, at + model.outputs()), single);
      }
    }
  }

  /// Sums that are cut, of odd and even numbers of products: as outputs themselves, which no later
  /// rounding hides.
  @Test
  void longSumsHaveTheBitsOfAnEvaluation() {
    int[] features = {1025, 1026, 1121, 2047, 2049, 1025 + inputs.nextInt(2000)};
    int[] units = {1, 7, 16, 65, 128};
    int[] rows = {1, 5, 17, 374};
    for (int count : features) {
      Model model =
          Model.sequential(count)
              .dense(units[inputs.nextInt(units.length)])
              .build(inputs.nextLong());
      try (var predictor = new Predictor(backend, model)) {
        for (int some : rows) {
          float[] samples = inputs.floats((long) some * count);
          assertArrayEquals(
              evaluator(model).predict(data(samples, count)),
              predictor.predict(samples),
              () -> model + ", rows " + some);
        }
      }
    }
  }

  /// Among rows of any kind, some of which a kernel may treat apart, each has the bits that it has
  /// alone.
  @Test
  void rowsOfAnyKindHaveTheBitsOfAnEvaluation() {
    for (int round = 0; round < models(); round++) {
      Model model = round % 3 == 2 ? imageModel() : model();
      float[] numbers = model.parameters();
      for (int i = round % 2 == 0 ? inputs.nextInt(numbers.length) : numbers.length;
          i < numbers.length;
          i++) {
        numbers[i] *= 1e-15f;
      }
      int features = model.inputs();
      int rows = 2 + inputs.nextInt(80);
      float[] samples = new float[rows * features];
      int most = inputs.nextInt(KINDS);
      for (int row = 0; row < rows; row++) {
        int kind = inputs.nextInt(4) == 0 ? inputs.nextInt(KINDS) : most;
        System.arraycopy(row(kind, features), 0, samples, row * features, features);
      }
      float[] expected = evaluator(model).predict(data(samples, features));
      try (var predictor = new Predictor(backend, model)) {
        assertArrayEquals(expected, predictor.predict(samples), () -> model + ", rows " + rows);
        for (int row = 0; row < rows; row += 1 + inputs.nextInt(10)) {
          int count = Math.min(rows - row, 1 + inputs.nextInt(3));
          int at = row * model.outputs();
          int from = row;
          assertArrayEquals(
              Arrays.copyOfRange(expected, at, at + count * model.outputs()),
              predictor.predict(
                  Arrays.copyOfRange(samples, row * features, (row + count) * features)),
              () -> model + ", row " + from + " of " + rows);
        }
      }
    }
  }

  /// As networks meet them: zeros, whole numbers, and magnitudes at the ends of float32.
  private float[] row(int kind, int features) {
    float[] row = inputs.floats(features);
    int some = inputs.nextInt(features);
    float[] wild = {3.4e38f, -Float.MAX_VALUE, 1e-42f};
    for (int i = 0; i < features; i++) {
      row[i] =
          switch (kind) {
            case 0 -> row[i];
            case 1 -> 0;
            case 2 -> inputs.nextInt(256);
            case 3 -> i == some ? 1 : 0;
            case 4 -> row[i] * 1e-15f;
            case 5 -> row[i] * 1e-36f;
            case 6 -> Math.clamp(row[i] * 3e37f, -Float.MAX_VALUE, Float.MAX_VALUE);
            case 7 -> i < 1024 ? row[i] : row[i] * 1e-15f;
            default -> i == some ? wild[inputs.nextInt(wild.length)] : row[i];
          };
    }
    return row;
  }

  @Test
  void imagesHaveTheBitsOfAnEvaluation() {
    Model model =
        Model.sequential(new Shape(7, 6, 2))
            .conv2d(9, 3, 1, Padding.SAME, Activation.RELU)
            .batchNorm()
            .maxPool2d(2, Padding.SAME)
            .conv2d(66, 2, 1, Padding.VALID, Activation.TANH)
            .averagePool2d(2, Padding.VALID)
            .flatten()
            .dense(5)
            .build(inputs.nextLong());
    int rows = 1 + inputs.nextInt(40);
    float[] samples = inputs.floats((long) rows * model.inputs());
    float[] expected = evaluator(model).predict(data(samples, model.inputs()));
    try (var predictor = new Predictor(backend, model)) {
      assertArrayEquals(expected, predictor.predict(samples), () -> "rows " + rows);
    }
  }

  @Test
  void rowsMayLieAnywhereInAnArray() {
    Model model = model();
    try (var predictor = new Predictor(backend, model)) {
      int rows = 5;
      float[] samples = inputs.floats((long) (rows + 2) * model.inputs());
      float[] all = predictor.predict(samples);
      float[] result = new float[rows * model.outputs() + 3];
      Arrays.fill(result, -7);
      predictor.predict(samples, model.inputs(), rows, result, 2);
      float[] expected = new float[result.length];
      Arrays.fill(expected, -7);
      System.arraycopy(all, model.outputs(), expected, 2, rows * model.outputs());
      assertArrayEquals(expected, result);
    }
  }

  @Test
  void lengthsThatDoNotFitAreRefusedWithBothValues() {
    Model model = Model.sequential(4).dense(3).build(0);
    try (var predictor = new Predictor(backend, model)) {
      for (int length : new int[] {0, 3, 5}) {
        var e =
            assertThrows(
                IllegalArgumentException.class, () -> predictor.predict(new float[length]));
        assertEquals(length + " values are no rows; the model takes 4 inputs", e.getMessage());
      }
      var e =
          assertThrows(
              IllegalArgumentException.class, () -> predictor.predict(new float[8], new float[5]));
      assertEquals("2 rows have 3 outputs each; there is room for 5 values", e.getMessage());
      for (int[] wrong : new int[][] {{-1, 1, 0}, {0, -1, 0}, {1, 2, 0}, {0, 2, 1}, {0, 1, -1}}) {
        assertThrows(
            IndexOutOfBoundsException.class,
            () -> predictor.predict(new float[8], wrong[0], wrong[1], new float[6], wrong[2]));
      }
      assertThrows(
          IndexOutOfBoundsException.class,
          () -> predictor.predict(new float[8], 0, Integer.MAX_VALUE, new float[6], 0));
    }
  }

  @Test
  void aModelThatIsChangedCountsFromItsUpdateOn() {
    Model model = Model.sequential(70).dense(66, Activation.RELU).dense(5).build(1);
    float[] samples = inputs.floats(70);
    try (var predictor = new Predictor(backend, model)) {
      float[] before = predictor.predict(samples);
      float[] numbers = model.parameters();
      for (int i = 0; i < numbers.length; i++) {
        numbers[i] *= 1.5f;
      }
      assertArrayEquals(before, predictor.predict(samples));
      predictor.update(model);
      float[] after = predictor.predict(samples);
      assertArrayEquals(evaluator(model).predict(data(samples, 70)), after);
      assertNotEquals(Arrays.hashCode(before), Arrays.hashCode(after));
      Model other = Model.sequential(70).dense(67, Activation.RELU).dense(5).build(1);
      assertThrows(IllegalArgumentException.class, () -> predictor.update(other));
      assertArrayEquals(after, predictor.predict(samples));
    }
  }

  @Test
  void whatIsClosedRefuses() {
    Model model = Model.sequential(4).dense(3).build(0);
    var closed = new Predictor(backend, model);
    var open = new Predictor(backend, model);
    closed.close();
    closed.close();
    assertThrows(IllegalStateException.class, () -> closed.predict(new float[4]));
    assertThrows(IllegalStateException.class, () -> closed.update(model));
    assertEquals(3, open.predict(new float[4]).length);
    backend.close();
    assertThrows(IllegalStateException.class, () -> open.predict(new float[4]));
    assertThrows(IllegalStateException.class, () -> open.update(model));
    open.close();
  }

  /// What the predictions of each model must be.
  private record Published(float[] outputs) {}

  @Test
  void eachAnswerIsThatOfAModelThatWasPublished() throws InterruptedException {
    int rows = 40;
    int features = 90;
    Model first =
        Model.sequential(features)
            .dense(130, Activation.TANH)
            .dense(70, Activation.RELU)
            .dense(4)
            .build(3);
    float[] samples = inputs.floats((long) rows * features);
    DataSet questions = data(samples, features);
    float[] targets = inputs.floats((long) rows * 4);
    DataSet lessons = DataSet.targets("lessons", samples, features, targets, 4);
    // Entry i is there before the model is published as the i-th.
    List<Published> known = new CopyOnWriteArrayList<>();
    known.add(new Published(evaluator(first).predict(questions)));
    var failure = new AtomicReference<@Nullable Throwable>();
    var done = new AtomicBoolean();
    try (var predictor = new Predictor(backend, first)) {
      var published = new AtomicInteger();
      List<Thread> threads = new ArrayList<>();
      for (int t = 0; t < THREADS; t++) {
        long seed = inputs.nextLong();
        var thread =
            new Thread(() -> {
              try {
                ask(Inputs.of(seed), predictor, samples, rows, known, published, done);
              } catch (Throwable e) {
                failure.compareAndSet(null, e);
              }
            });
        threads.add(thread);
        thread.start();
      }
      Model model = first;
      long end = System.nanoTime() + Long.getLong(SECONDS, 0) * 1_000_000_000L;
      long before = Long.MAX_VALUE;
      for (int swap = 1; swap <= swaps() || System.nanoTime() < end; swap++) {
        model = model.with(model.parameters());
        new Trainer(backend, model)
            .loss(Loss.meanSquaredError())
            .batch(16)
            .seed(swap)
            .fit(lessons, 1);
        known.add(new Published(evaluator(model).predict(questions)));
        predictor.update(model);
        published.set(swap);
        if (swap == 2) {
          before = used();
        }
        if (failure.get() != null) {
          break;
        }
      }
      long after = used();
      for (int i = 0; i < TRIES && after - before > MOST_GROWTH; i++) {
        after = used();
      }
      long grown = after - before;
      if (grown > MOST_GROWTH) {
        failure.compareAndSet(null, new AssertionError(grown + " bytes more in use"));
      }
      done.set(true);
      for (Thread thread : threads) {
        thread.join();
      }
    }
    assertTrue(failure.get() == null, () -> "" + failure.get());
  }

  /// The bytes of the heap that are in use.
  private static long used() {
    System.gc();
    Runtime runtime = Runtime.getRuntime();
    return runtime.totalMemory() - runtime.freeMemory();
  }

  @SuppressWarnings("ThreadPriorityCheck") // whoever trains gets on even on a single core
  private static void ask(
      Inputs random,
      Predictor predictor,
      float[] samples,
      int rows,
      List<Published> known,
      AtomicInteger published,
      AtomicBoolean done) {
    int features = predictor.inputs();
    int width = predictor.outputs();
    float[] answer = new float[rows * width];
    while (!done.get()) {
      int row = random.nextInt(rows);
      int count = 1 + random.nextInt(Math.min(rows - row, random.nextBoolean() ? 1 : rows));
      int oldest = published.get();
      predictor.predict(samples, row * features, count, answer, 0);
      int newest = known.size() - 1;
      boolean right = false;
      for (int i = oldest; i <= newest && !right; i++) {
        float[] outputs = known.get(i).outputs();
        right =
            Arrays.equals(outputs, row * width, (row + count) * width, answer, 0, count * width);
      }
      assertTrue(
          right,
          String.format(
              Locale.ROOT,
              "rows %d to %d answered by no model from %d to %d",
              row,
              row + count - 1,
              oldest,
              newest));
      Thread.yield();
    }
  }
}
