package dev.descent.bench;

import dev.descent.Engine;
import dev.descent.backend.BackendOptions;
import dev.descent.backend.Precision;
import dev.descent.data.DataSet;
import dev.descent.model.Model;
import dev.descent.program.Activation;
import dev.descent.train.objective.Optimizer;
import java.lang.management.GarbageCollectorMXBean;
import java.lang.management.ManagementFactory;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/// Trains on native kernels, in every precision there is, while the heap is collected and threads
/// come and go. Each training must give the bits of the first with its seed and precision.
final class CollectorSoak {
  private static final int ROWS = 200;
  private static final int FEATURES = 100;
  private static final int HIDDEN = 80;
  private static final int CLASSES = 10;
  private static final int TRAINERS = 2;
  private static final long SEED = 7;

  /// Arrays that live for a while, so that collections move what lies between them.
  private static final int LIVE_ARRAYS = 64;

  private static final int ARRAY_BYTES = 1 << 20;

  private final Precision precision;
  private final DataSet data;
  private final float[] expected;
  private final long end;
  private volatile boolean done;

  private CollectorSoak(Precision precision, double seconds) {
    this.precision = precision;
    this.data = data();
    this.expected = train(1);
    this.end = System.nanoTime() + (long) (seconds * 1e9);
  }

  private static DataSet data() {
    var random = new Random(SEED);
    float[] features = new float[ROWS * FEATURES];
    int[] labels = new int[ROWS];
    for (int i = 0; i < features.length; i++) {
      features[i] = random.nextFloat() - 0.5f;
    }
    for (int i = 0; i < ROWS; i++) {
      labels[i] = random.nextInt(CLASSES);
    }
    List<String> names = IntStream.range(0, CLASSES).mapToObj(Integer::toString).toList();
    return DataSet.classes("soak", features, FEATURES, labels, names);
  }

  /// Trains for a while and prints a line for each precision.
  ///
  /// @param args seconds
  public static void main(String[] args) throws InterruptedException, ExecutionException {
    double seconds = Double.parseDouble(args[0]);
    String collector =
        ManagementFactory.getGarbageCollectorMXBeans().stream()
            .map(GarbageCollectorMXBean::getName)
            .collect(Collectors.joining(", "));
    for (Precision precision : List.of(Precision.FP32, Precision.BF16, Precision.BF16X6)) {
      long before = collections();
      long trainings = new CollectorSoak(precision, seconds / 3).run();
      System.out.printf(
          Locale.ROOT,
          "pass  collectors: %s, %s: %d trainings to the same bits, %d collections%n",
          collector,
          precision.name().toLowerCase(Locale.ROOT),
          trainings,
          collections() - before);
    }
  }

  private static long collections() {
    return ManagementFactory.getGarbageCollectorMXBeans().stream()
        .mapToLong(GarbageCollectorMXBean::getCollectionCount)
        .sum();
  }

  /// @return how many trainings there were
  private long run() throws InterruptedException, ExecutionException {
    try (ExecutorService threads = Executors.newCachedThreadPool()) {
      Callable<Long> trainer = this::trainings;
      List<Future<Long>> trainers = List.of(threads.submit(trainer), threads.submit(trainer));
      Future<?> garbage = threads.submit(this::allocate);
      long sum = 0;
      try {
        for (Future<Long> one : trainers) {
          sum += one.get();
        }
      } finally {
        done = true;
      }
      garbage.get();
      return sum;
    }
  }

  /// With one and two threads by turns, which live for a training only.
  private long trainings() {
    long count = 0;
    do {
      float[] trained = train(1 + (int) (count % TRAINERS));
      if (!Arrays.equals(expected, trained)) {
        throw new IllegalStateException(precision + ": a training gives other bits");
      }
      count++;
    } while (System.nanoTime() < end);
    return count;
  }

  private float[] train(int threads) {
    try (Engine engine = Engine.open("native", new BackendOptions(0, threads, precision))) {
      Model model =
          Model.sequential(FEATURES)
              .dense(HIDDEN, Activation.RELU)
              .dense(HIDDEN, Activation.RELU)
              .dense(CLASSES)
              .build(SEED);
      engine.trainer(model).optimizer(Optimizer.adam(1e-3f)).batch(64).fit(data, 2);
      return model.parameters();
    }
  }

  private void allocate() {
    Deque<byte[]> live = new ArrayDeque<>();
    while (!done) {
      live.add(new byte[ARRAY_BYTES]);
      if (live.size() > LIVE_ARRAYS) {
        live.remove();
        // Whole collections too, which move what is old.
        System.gc();
        live.clear();
      }
    }
  }
}
