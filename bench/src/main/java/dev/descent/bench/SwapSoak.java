package dev.descent.bench;

import com.sun.management.ThreadMXBean;
import dev.descent.BackendUnavailableException;
import dev.descent.Engine;
import dev.descent.backend.DeviceReport;
import dev.descent.data.DataSet;
import dev.descent.model.Model;
import dev.descent.predict.Predictor;
import dev.descent.program.Activation;
import dev.descent.train.objective.Loss;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.SplittableRandom;
import java.util.stream.IntStream;

/// Predicts on eight threads while another trains on the same engine and replaces the model, again
/// and again. Fails if an answer is not, bit for bit, that of a model which was the predictor's
/// during the call, or if the memory that a call allocates, the heap, resident memory, threads or
/// open files grow after the first third of the time. For Linux.
final class SwapSoak {
  private static final int THREADS = 8;
  private static final int ROWS = 40;
  private static final int FEATURES = 90;
  private static final int OUTPUTS = 4;

  /// Models whose answers are kept: no call lasts as long as so many swaps.
  private static final int KEPT = 1 << 12;

  /// Before these the caches of the JVM and of drivers still fill.
  private static final int WARM_UP_SWAPS = 60;

  /// Between readings, at least.
  private static final int SWAPS_APART = 10;

  /// A bound for the loop, whatever the clock does.
  private static final int MOST_SWAPS = 100_000_000;

  /// What a call with one row may allocate more: bytes, as now and then a thread finds no memory
  /// that is idle, and a share where calls wait for each other, which takes objects now and then.
  private static final double ALLOCATION_GROWTH = 64;

  private static final double ALLOCATION_GROWTH_SHARE = 0.1;

  private static final ThreadMXBean BEAN = (ThreadMXBean) ManagementFactory.getThreadMXBean();

  private final Path folder;
  private final long seed;
  private final float[] samples;
  private final DataSet questions;
  private final DataSet lessons;

  /// The answers of model i are at i modulo the length, and there before it is published.
  private final float[][] known = new float[KEPT][ROWS * OUTPUTS];

  /// Numbers of models: the last whose answers are known, and the last that is the predictor's.
  private volatile int prepared;

  private volatile int published;
  private volatile boolean done;

  /// The first answer that is wrong; empty if there is none.
  private volatile String failure = "";

  /// What is counted at one moment.
  ///
  /// @param calls with any number of rows
  /// @param rows calls with one row
  /// @param bytes what those with one row have allocated
  private record Moment(SoakReading reading, long calls, long rows, long bytes) {}

  private SwapSoak(Path folder, long seed) {
    this.folder = folder;
    this.seed = seed;
    Random random = new Random(seed);
    this.samples = floats(random, ROWS * FEATURES);
    this.questions = DataSet.targets("questions", samples, FEATURES, new float[ROWS], 1);
    float[] targets = floats(random, ROWS * OUTPUTS);
    this.lessons = DataSet.targets("lessons", samples, FEATURES, targets, OUTPUTS);
  }

  private static float[] floats(Random random, int count) {
    float[] values = new float[count];
    IntStream.range(0, count).forEach(i -> values[i] = (float) random.nextGaussian());
    return values;
  }

  /// Runs it and prints a table.
  ///
  /// @param args the seconds for each backend, then names of backends; without names all that can
  ///     run here
  /// @throws IOException if what the system tells of this process can't be read
  public static void main(String[] args) throws Exception {
    double seconds = Double.parseDouble(args[0]);
    List<String> backends =
        args.length > 1
            ? Arrays.asList(args).subList(1, args.length)
            : Engine.devices().stream().filter(DeviceReport::usable).map(DeviceReport::id).toList();
    long seed = new Random().nextLong();
    System.out.println(
        "seed " + seed + ", " + args[0] + " s each on " + String.join(", ", backends));
    Path folder = Files.createTempDirectory("descent-soak");
    List<String> rows = new ArrayList<>();
    boolean failed = false;
    try {
      for (String backend : backends) {
        List<String> wrong = new SwapSoak(folder, seed).run(backend, seconds, rows);
        failed |= !wrong.isEmpty();
        System.out.printf(
            Locale.ROOT,
            "%s  swaps: %s, %s%n",
            wrong.isEmpty() ? "pass" : "FAIL",
            backend,
            wrong.isEmpty()
                ? "each answer is a published model's, nothing grows"
                : String.join("; ", wrong));
      }
    } catch (BackendUnavailableException e) {
      failed = true;
      System.out.println("FAIL  swaps: " + e.getMessage());
    } finally {
      Files.deleteIfExists(folder);
    }
    System.out.println(
        "| backend | swaps | predictions | bytes for one row | heap, KiB | resident, KiB | threads"
            + " | open files |");
    System.out.println("|---|---:|---:|---:|---:|---:|---:|---:|");
    rows.forEach(System.out::println);
    System.exit(failed ? 1 : 0);
  }

  /// @param rows receives a line of the table for each reading
  /// @return what is wrong
  private List<String> run(String backend, double seconds, List<String> rows) throws Exception {
    List<Moment> moments = new ArrayList<>();
    try (Engine engine = Engine.open(backend)) {
      Model model =
          Model.sequential(FEATURES)
              .dense(130, Activation.TANH)
              .dense(70, Activation.RELU)
              .dense(OUTPUTS)
              .build(seed);
      keep(engine.predict(model, questions), 0);
      try (Predictor predictor = engine.predictor(model)) {
        List<Asker> askers =
            IntStream.range(0, THREADS).mapToObj(i -> new Asker(predictor, seed + i)).toList();
        askers.forEach(Thread::start);
        train(engine, predictor, model, seconds, askers, moments);
        done = true;
        for (Asker asker : askers) {
          asker.join();
        }
      }
    }
    if (!failure.isEmpty()) {
      return List.of(failure);
    }
    double[] bytes = new double[moments.size() - 1];
    for (int i = 0; i < moments.size(); i++) {
      Moment moment = moments.get(i);
      if (i > 0) {
        Moment before = moments.get(i - 1);
        bytes[i - 1] =
            (double) (moment.bytes - before.bytes) / Math.max(1, moment.rows - before.rows);
      }
      SoakReading reading = moment.reading;
      rows.add(
          String.format(
              Locale.ROOT,
              "| %s | %d | %d | %s | %d | %d | %d | %d |",
              backend,
              reading.cycles(),
              moment.calls,
              i == 0 ? "" : String.format(Locale.ROOT, "%.1f", bytes[i - 1]),
              reading.heap() >> 10,
              reading.resident() >> 10,
              reading.threads(),
              reading.openFiles()));
    }
    List<String> grown =
        new ArrayList<>(SoakReading.growth(moments.stream().map(Moment::reading).toList()));
    double earlier = Arrays.stream(bytes).limit(2).max().orElse(0);
    double later = Arrays.stream(bytes).skip(2).min().orElse(0);
    if (later > earlier * (1 + ALLOCATION_GROWTH_SHARE) + ALLOCATION_GROWTH) {
      grown.add(
          String.format(Locale.ROOT, "bytes for one row grew from %.1f to %.1f", earlier, later));
    }
    return grown;
  }

  /// Trains and swaps for so long, with readings from the end of the first third on.
  private void train(
      Engine engine,
      Predictor predictor,
      Model first,
      double seconds,
      List<Asker> askers,
      List<Moment> moments)
      throws IOException {
    long start = System.nanoTime();
    Model model = first;
    int next = WARM_UP_SWAPS;
    for (int swap = 1; swap < MOST_SWAPS && moments.size() < SoakReading.COUNT; swap++) {
      model = model.with(model.parameters());
      engine.trainer(model).loss(Loss.meanSquaredError()).batch(16).seed(swap).fit(lessons, 1);
      keep(engine.predict(model, questions), swap);
      predictor.update(model);
      published = swap;
      if (!failure.isEmpty()) {
        return;
      }
      double share = (System.nanoTime() - start) * 1e-9 / seconds;
      if (swap >= next && share >= SoakReading.due(moments.size())) {
        if (moments.isEmpty()) {
          // The first collection returns what the start took.
          SoakReading.of(swap, folder);
        }
        moments.add(
            new Moment(
                SoakReading.of(swap, folder),
                askers.stream().mapToLong(asker -> asker.calls).sum(),
                askers.stream().mapToLong(asker -> asker.rows).sum(),
                askers.stream().mapToLong(asker -> asker.bytes).sum()));
        next = swap + SWAPS_APART;
      }
    }
  }

  private synchronized void fail(String what) {
    failure = failure.isEmpty() ? what : failure;
  }

  private void keep(float[] outputs, int number) {
    System.arraycopy(outputs, 0, known[number % KEPT], 0, outputs.length);
    prepared = number;
  }

  /// A thread that predicts.
  private final class Asker extends Thread {
    private final Predictor predictor;
    private final SplittableRandom random;
    private final float[] answer = new float[ROWS * OUTPUTS];
    private volatile long calls;
    private volatile long rows;
    private volatile long bytes;

    Asker(Predictor predictor, long seed) {
      this.predictor = predictor;
      this.random = new SplittableRandom(seed);
      setDaemon(true);
    }

    @Override
    @SuppressWarnings("ThreadPriorityCheck") // whoever trains gets on where processors are few
    public void run() {
      try {
        while (!done) {
          ask();
          Thread.yield();
        }
      } catch (RuntimeException | Error e) {
        fail("a prediction failed: " + e);
      }
    }

    @SuppressWarnings("NonAtomicVolatileUpdate") // no other thread writes it
    private void ask() {
      int row = random.nextInt(ROWS);
      int count = 1 + random.nextInt(random.nextBoolean() ? 1 : ROWS - row);
      int oldest = published;
      long before = BEAN.getCurrentThreadAllocatedBytes();
      predictor.predict(samples, row * FEATURES, count, answer, 0);
      long after = BEAN.getCurrentThreadAllocatedBytes();
      int newest = prepared;
      calls++;
      if (count == 1) {
        rows++;
        bytes += after - before;
      }
      for (int i = oldest; i <= newest; i++) {
        float[] outputs = known[i % KEPT];
        if (Arrays.equals(
            outputs, row * OUTPUTS, (row + count) * OUTPUTS, answer, 0, count * OUTPUTS)) {
          return;
        }
      }
      fail(
          String.format(
              Locale.ROOT,
              "rows %d to %d are answered by no model from %d to %d",
              row,
              row + count - 1,
              oldest,
              newest));
    }
  }
}
