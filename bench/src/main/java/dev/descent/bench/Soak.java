package dev.descent.bench;

import dev.descent.BackendUnavailableException;
import dev.descent.Engine;
import dev.descent.backend.DeviceReport;
import dev.descent.data.DataSet;
import dev.descent.model.Model;
import dev.descent.program.Activation;
import dev.descent.train.objective.Optimizer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.stream.IntStream;

/// Trains, predicts, saves, loads, closes and opens again, on each backend that can run here, and
/// fails if memory, threads, open files or files in the folder grow after the first third of the
/// time. One engine lives as long as its backend is tested, another for a cycle only. For Linux.
final class Soak {
  private static final int ROWS = 96;
  private static final int FEATURES = 12;
  private static final int CLASSES = 3;

  /// In a cycle, by the engine that lives.
  private static final int FITS = 5;

  private static final int PREDICTIONS = 50;

  /// A bound for the loop, whatever the clock does; an hour has fewer.
  private static final long MOST_CYCLES = 10_000_000;

  /// Before these the caches of the JVM and of drivers still fill.
  private static final int WARM_UP_CYCLES = 20;

  /// Between readings, at least: what a slow backend forgets in a single cycle is too little to
  /// tell from what the JVM itself takes.
  private static final int CYCLES_APART = 5;

  private final Path folder;
  private final DataSet data;

  private Soak(Path folder, long seed) {
    this.folder = folder;
    Random random = new Random(seed);
    float[] values = new float[ROWS * FEATURES];
    IntStream.range(0, values.length).forEach(i -> values[i] = (float) random.nextGaussian());
    int[] labels = random.ints(ROWS, 0, CLASSES).toArray();
    data = DataSet.classes("soak", values, FEATURES, labels, List.of("a", "b", "c"));
  }

  /// Runs it and prints a table.
  ///
  /// @param args the seconds in all, then names of backends; without names all that can run here
  /// @throws IOException if what the system tells of this process can't be read
  public static void main(String[] args) throws IOException {
    double seconds = Double.parseDouble(args[0]);
    List<String> backends =
        args.length > 1
            ? Arrays.asList(args).subList(1, args.length)
            : Engine.devices().stream().filter(DeviceReport::usable).map(DeviceReport::id).toList();
    long seed = new Random().nextLong();
    System.out.println("seed " + seed + ", " + args[0] + " s on " + String.join(", ", backends));
    Path folder = Files.createTempDirectory("descent-soak");
    List<String> rows = new ArrayList<>();
    boolean failed = false;
    try {
      for (String backend : backends) {
        List<SoakReading> readings = new Soak(folder, seed).run(backend, seconds / backends.size());
        List<String> growth = SoakReading.growth(readings);
        readings.forEach(reading -> rows.add(row(backend, reading)));
        String verdict = growth.isEmpty() ? "nothing grows" : String.join("; ", growth);
        failed |= !growth.isEmpty();
        System.out.printf(
            Locale.ROOT,
            "%s  soak: %s, %s%n",
            growth.isEmpty() ? "pass" : "FAIL",
            backend,
            verdict);
      }
    } catch (BackendUnavailableException e) {
      failed = true;
      System.out.println("FAIL  soak: " + e.getMessage());
    } finally {
      Files.deleteIfExists(folder.resolve("model.safetensors"));
      Files.deleteIfExists(folder);
    }
    System.out.println(
        "| backend | fits | predictions | heap, KiB | resident, KiB | threads | open files |");
    System.out.println("|---|---:|---:|---:|---:|---:|---:|");
    rows.forEach(System.out::println);
    System.exit(failed ? 1 : 0);
  }

  private static String row(String backend, SoakReading reading) {
    return String.format(
        Locale.ROOT,
        "| %s | %d | %d | %d | %d | %d | %d |",
        backend,
        reading.cycles() * FITS,
        reading.cycles() * PREDICTIONS,
        reading.heap() >> 10,
        reading.resident() >> 10,
        reading.threads(),
        reading.openFiles());
  }

  /// Cycles for so long, with readings from the end of the first third on.
  private List<SoakReading> run(String backend, double seconds) throws IOException {
    List<SoakReading> readings = new ArrayList<>();
    long start = System.nanoTime();
    try (Engine engine = Engine.open(backend)) {
      for (long cycle = 1; cycle <= MOST_CYCLES && readings.size() < SoakReading.COUNT; cycle++) {
        cycle(backend, engine, cycle);
        double share = (System.nanoTime() - start) * 1e-9 / seconds;
        long next =
            readings.isEmpty() ? WARM_UP_CYCLES : readings.getLast().cycles() + CYCLES_APART;
        if (cycle >= next && share >= SoakReading.due(readings.size())) {
          if (readings.isEmpty()) {
            // The first collection returns what the start took.
            SoakReading.of(cycle, folder);
          }
          readings.add(SoakReading.of(cycle, folder));
        }
      }
    }
    return readings;
  }

  private void cycle(String backend, Engine engine, long seed) {
    Path file = folder.resolve("model.safetensors");
    Model model =
        Model.sequential(FEATURES)
            .dense(8, Activation.RELU)
            .dropout(0.1f)
            .dense(CLASSES)
            .build(seed);
    for (int i = 0; i < FITS; i++) {
      train(engine, model, i);
    }
    for (int i = 1; i < PREDICTIONS; i++) {
      engine.predict(model, data);
    }
    model.save(file);
    try (Engine other = Engine.open(backend)) {
      Model loaded = Model.load(file);
      boolean same = Arrays.equals(engine.predict(model, data), other.predict(loaded, data));
      if (!same) {
        throw new IllegalStateException(backend + ": a saved model predicts something else");
      }
      train(other, loaded, 0);
    }
  }

  private void train(Engine engine, Model model, int i) {
    var optimizer = i % 2 == 0 ? Optimizer.adam(1e-3f) : Optimizer.sgd(1e-2f);
    engine.trainer(model).optimizer(optimizer).batch(16 + i).validation(data).fit(data, 1);
  }
}
