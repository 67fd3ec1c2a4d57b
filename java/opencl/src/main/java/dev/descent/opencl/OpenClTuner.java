package dev.descent.opencl;

import dev.descent.DeviceException;
import dev.descent.backend.Executable;
import dev.descent.backend.Tuner;
import dev.descent.internal.RandomStream;
import dev.descent.internal.device.Lifetime;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;

/// Searches the macros of the kernels: first those of all but matmul, on a training step; then, for
/// each layout of the factors, the tiles of the products of training and of a small and a large
/// square.
///
/// Half of a layout's tiles are drawn at random, and each second one is a neighbour of the best
/// tile of some product. At the end each product's best is measured once more against what was
/// there before, and must win again.
final class OpenClTuner implements Tuner {
  /// Shares of the time: the rest is for the tiles.
  private static final double ELEMENTWISE = 0.15;

  private static final double AGAIN = 0.15;

  private static final int[] BATCHES = {32, 128, 512};
  private static final int[][] LAYERS = {{784, 512}, {512, 512}, {512, 10}};
  private static final int SMALL = 64;
  private static final int LARGE_ON_PROCESSOR = 1024;
  private static final int LARGE_ON_GRAPHICS = 4096;

  /// What is not faster by this is not worth another choice: each tile is one more kernel to build.
  private static final double GAIN = 1.1;

  private static final double NANO = 1e-9;

  private final Lifetime owner;
  private final Device device;
  private final BinaryCache cache;
  private final TuningTables tables;

  /// @param owner that of the backend, which ends the search when it is closed
  OpenClTuner(Lifetime owner, Device device, BinaryCache cache, TuningTables tables) {
    this.owner = owner;
    this.device = device;
    this.cache = cache;
    this.tables = tables;
  }

  @Override
  public Path file() {
    return tables.file(device);
  }

  @Override
  public String search(double seconds, Consumer<String> progress) {
    owner.requireUsable();
    long start = System.nanoTime();
    try (var trials = new TrialDevice(owner, device, cache)) {
      Tuning tuning = new ElementwiseSearch(trials, progress).best(start, seconds * ELEMENTWISE);
      Map<ProductShape, MatMulTile> products = new LinkedHashMap<>();
      Map<ProductShape, String> remarks = new LinkedHashMap<>();
      var searches = layouts().stream().map(s -> new TileSearch(trials, s, progress)).toList();
      double until = seconds * (1 - AGAIN);
      double from = elapsed(start);
      for (int i = 0; i < searches.size(); i++) {
        searches.get(i).run(start, from + (until - from) * (i + 1) / searches.size());
      }
      searches.forEach(search -> search.decide(products, remarks));
      return TuningTable.write(device, tuning.withProducts(products, "tuned"), remarks);
    }
  }

  /// The products of each layout.
  private List<List<ProductShape>> layouts() {
    List<ProductShape> forward = new ArrayList<>();
    List<ProductShape> weights = new ArrayList<>();
    List<ProductShape> inputs = new ArrayList<>();
    for (int batch : BATCHES) {
      for (int[] layer : LAYERS) {
        forward.add(new ProductShape(batch, layer[1], layer[0], false, false));
        weights.add(new ProductShape(layer[0], layer[1], batch, true, false));
        inputs.add(new ProductShape(batch, layer[0], layer[1], false, true));
      }
    }
    int large = device.kind() == Device.Kind.CPU ? LARGE_ON_PROCESSOR : LARGE_ON_GRAPHICS;
    for (int size : new int[] {SMALL, large}) {
      forward.add(new ProductShape(size, size, size, false, false));
      weights.add(new ProductShape(size, size, size, true, false));
      inputs.add(new ProductShape(size, size, size, false, true));
    }
    return List.of(forward, weights, inputs);
  }

  static double elapsed(long start) {
    return (System.nanoTime() - start) * NANO;
  }

  static String rate(ProductShape shape, double seconds) {
    return String.format(Locale.ROOT, "%.1f GFLOP/s", shape.flops() / seconds * NANO);
  }

  /// Choices for all kernels but matmul.
  private record ElementwiseSearch(TrialDevice trials, Consumer<String> progress) {
    Tuning best(long start, double until) {
      Tuning usual = Tuning.of(trials.device());
      var trial = new StepTrial();
      double untuned = trial.seconds(trials, usual);
      double least = untuned;
      Tuning best = usual;
      int tried = 1;
      for (Tuning candidate : candidates(usual)) {
        if (elapsed(start) >= until) {
          break;
        }
        tried++;
        try {
          double taken = trial.seconds(trials, candidate);
          if (GAIN * taken < least) {
            least = taken;
            best = candidate;
          }
        } catch (DeviceException e) {
          progress.accept("passed over " + words(candidate) + ": " + e.getMessage());
          trials.reopen();
        }
      }
      progress.accept(
          String.format(
              Locale.ROOT,
              "elementwise kernels, %d choices tried: %s, %.0f us a step, %.2f times the untuned",
              tried,
              words(best),
              least * 1e6,
              untuned / least));
      return best;
    }

    private static String words(Tuning tuning) {
      return String.format(
          Locale.ROOT,
          "vectors of %d, groups of %d%s",
          tuning.vectorWidth(),
          tuning.group(),
          tuning.runs() ? ", in runs" : "");
    }

    private List<Tuning> candidates(Tuning usual) {
      boolean processor = trials.device().kind() == Device.Kind.CPU;
      List<Tuning> all = new ArrayList<>();
      for (boolean runs : processor ? new boolean[] {true, false} : new boolean[] {false}) {
        for (int group : processor ? new int[] {1, 16, 64} : new int[] {64, 128, 256, 512}) {
          for (int width : processor ? new int[] {16, 8, 4} : new int[] {4, 2, 1}) {
            Tuning candidate = usual.withElementwise(width, group, runs);
            if (group <= trials.device().maxGroup() && !candidate.equals(usual)) {
              all.add(candidate);
            }
          }
        }
      }
      return all;
    }
  }

  /// The best tile so far of a product.
  private static final class Best {
    final ProductTrial trial;
    final MatMulTile usual;
    MatMulTile tile;
    double seconds = Double.MAX_VALUE;

    Best(Device device, ProductShape shape) {
      trial = new ProductTrial(shape);
      usual = Tuning.of(device).tile(device, shape).plain(shape.transposeB());
      tile = usual;
    }
  }

  /// The tiles of one layout.
  private static final class TileSearch {
    private static final long SEED = 1;

    /// So many products in a row show that a tile is not worth trying on more.
    private static final int HOPELESS = 3;

    /// Multiples of nothing: a tile's edges are right only if they are right here.
    private static final int[] ODD = {67, 45, 37};

    private final TrialDevice trials;
    private final Consumer<String> progress;
    private final ProductTrial odd;
    private final List<Best> products;
    private final List<MatMulTile> untried;
    private final Set<MatMulTile> tried = new HashSet<>();
    private final RandomStream random = new RandomStream(SEED, 0, 0);

    TileSearch(TrialDevice trials, List<ProductShape> shapes, Consumer<String> progress) {
      this.trials = trials;
      this.progress = progress;
      ProductShape like = shapes.getFirst();
      odd =
          new ProductTrial(
              new ProductShape(ODD[0], ODD[1], ODD[2], like.transposeA(), like.transposeB()));
      products = shapes.stream().map(s -> new Best(trials.device(), s)).toList();
      untried = new ArrayList<>(TileSpace.of(trials.device(), like.transposeB()));
      for (int i = untried.size() - 1; i > 0; i--) {
        Collections.swap(untried, i, random.nextInt(i + 1));
      }
    }

    /// Tries tiles until so many seconds after the start.
    void run(long start, double until) {
      products.stream().map(p -> p.usual).distinct().forEach(this::attempt);
      int space = untried.size();
      while (elapsed(start) < until && !untried.isEmpty()) {
        MatMulTile tile = tried.size() % 2 == 0 ? near() : untried.getLast();
        untried.remove(tile);
        if (!tried.contains(tile)) {
          attempt(tile);
        }
      }
      progress.accept(
          String.format(
              Locale.ROOT,
              "products %s, %d of %d tiles tried",
              odd.shape().layout(),
              tried.size(),
              Math.max(space, tried.size())));
    }

    private MatMulTile near() {
      MatMulTile best = products.get(random.nextInt(products.size())).tile;
      List<MatMulTile> near = TileSpace.neighbours(untried, best);
      return near.isEmpty() ? untried.getLast() : near.get(random.nextInt(near.size()));
    }

    private void attempt(MatMulTile tile) {
      tried.add(tile);
      try {
        odd.open(trials, tile).close();
        int hopeless = 0;
        for (int i = 0; i < products.size() && hopeless < HOPELESS; i++) {
          Best best = products.get(i);
          try (Executable executable = best.trial.open(trials, tile)) {
            double taken = best.trial.seconds(executable, best.seconds);
            if (taken < best.seconds) {
              best.seconds = taken;
              best.tile = tile;
            }
            hopeless = ProductTrial.isHopeless(taken, best.seconds) ? hopeless + 1 : 0;
          }
        }
      } catch (DeviceException e) {
        progress.accept("passed over " + TuningTable.describe(tile) + ": " + e.getMessage());
        trials.reopen();
        forget(tile);
      }
    }

    /// What fails for one product is not trusted with another.
    private void forget(MatMulTile tile) {
      for (Best best : products) {
        if (best.tile.equals(tile) && !tile.equals(best.usual)) {
          best.tile = best.usual;
          best.seconds = Double.MAX_VALUE;
        }
      }
    }

    /// Measures each product's best against the usual tile again, and notes the winner.
    void decide(Map<ProductShape, MatMulTile> tiles, Map<ProductShape, String> remarks) {
      for (Best best : products) {
        ProductShape shape = best.trial.shape();
        double usual = again(best, best.usual);
        double found = best.tile.equals(best.usual) ? usual : again(best, best.tile);
        boolean wins = GAIN * found < usual;
        MatMulTile winner = wins ? best.tile : best.usual;
        if (Math.min(found, usual) < Double.MAX_VALUE) {
          tiles.put(shape, winner);
          remarks.put(shape, rate(shape, wins ? found : usual));
          progress.accept(
              String.format(
                  Locale.ROOT,
                  "  %-22s %14s, %.2f times the untuned: %s",
                  shape,
                  rate(shape, wins ? found : usual),
                  wins ? usual / found : 1,
                  winner.describe(shape.transposeB())));
        }
      }
    }

    private double again(Best best, MatMulTile tile) {
      try (Executable executable = best.trial.open(trials, tile)) {
        return best.trial.seconds(executable, Double.MAX_VALUE);
      } catch (DeviceException e) {
        progress.accept("passed over " + TuningTable.describe(tile) + ": " + e.getMessage());
        trials.reopen();
        return Double.MAX_VALUE;
      }
    }
  }
}
