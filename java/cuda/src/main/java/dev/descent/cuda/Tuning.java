package dev.descent.cuda;

import dev.descent.backend.Precision;
import dev.descent.program.ProductOperation.MatMul;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/// The choices that suit a device.
///
/// @param blocks multiprocessors
/// @param precision of products
/// @param tiles of matrix products that the device has the shared memory for
/// @param leastPart what a part of a split k covers at least: below that, writing and adding up the
///     parts costs more than it saves
/// @param maxParts into how many k is split at most
/// @param wgmma whether products are by wgmma where their operands allow it
/// @param persistent whether a small model's steps are one launch, where that can be
record Tuning(
    int blocks,
    Precision precision,
    List<MatMulTile> tiles,
    int leastPart,
    int maxParts,
    boolean wgmma,
    boolean persistent) {
  /// Set to 1, steps of small models are one launch, which no GPU has confirmed yet.
  static final String PERSISTENT_VARIABLE = "DESCENT_CUDA_PERSISTENT";

  /// What a kernel costs in a graph besides its work, about 2 us.
  private static final double KERNEL_CYCLES = 3500;

  /// Of a multiprocessor.
  private static final long MANY_TILES = 4;

  /// How k is split is chosen for so many rows of a batch, so that the bits of a row do not depend
  /// on how many others are with it. The tile is chosen for the rows that there are: tiles add k in
  /// the same order.
  private static final long USUAL_ROWS = 128;

  /// Parts of the k of a convolution's gradient of weights for each part of another product's: it
  /// has few tiles and as many steps as all images of a batch have places.
  private static final int GRADIENT_PARTS = 8;

  Tuning {
    tiles = List.copyOf(tiles);
  }

  /// Without wgmma.
  Tuning(int blocks, Precision precision, List<MatMulTile> tiles, int leastPart, int maxParts) {
    this(blocks, precision, tiles, leastPart, maxParts, false);
  }

  /// Without steps in one launch.
  Tuning(
      int blocks,
      Precision precision,
      List<MatMulTile> tiles,
      int leastPart,
      int maxParts,
      boolean wgmma) {
    this(blocks, precision, tiles, leastPart, maxParts, wgmma, false);
  }

  /// The defaults for a device that has not been measured. The smallest tile fits every device.
  static Tuning of(Device device, Precision precision) {
    List<MatMulTile> tiles =
        Stream.of(MatMulTile.LARGE, MatMulTile.MEDIUM, MatMulTile.SMALL)
            .filter(tile ->
                tile.equals(MatMulTile.SMALL)
                    || tile.mostSharedBytes(precision) <= device.maxSharedBytes())
            .toList();
    boolean wgmma =
        device.capability() == Device.WGMMA_CAPABILITY
            && precision != Precision.FP32
            && "1".equals(System.getenv(WgmmaPlan.VARIABLE));
    boolean persistent = "1".equals(System.getenv(PERSISTENT_VARIABLE));
    return new Tuning(device.multiprocessors(), precision, tiles, 64, 16, wgmma, persistent);
  }

  /// Whether a product is by wgmma, with what follows it but an optimizer's update.
  boolean isByWgmma(MatMul op) {
    return wgmma && WgmmaPlan.obstacle(op, precision).isEmpty();
  }

  /// The same with or without steps in one launch.
  Tuning withPersistent(boolean wanted) {
    return new Tuning(blocks, precision, tiles, leastPart, maxParts, wgmma, wanted);
  }

  /// The plan for a product of m x k and k x n: of all tiles and ways to split k the one that is
  /// estimated to take the fewest cycles; of equals the larger tile, then the fewer parts.
  MatMulPlan plan(long m, long n, long k) {
    return plan(m, n, k, 1, mostParts(k));
  }

  /// The plan of each of several products in one launch: they have the tile that is estimated to
  /// take the fewest cycles for all of them, and a whole k, unless there is but one.
  List<MatMulPlan> plans(List<MatMul> products) {
    if (products.size() == 1) {
      return List.of(plan(products.getFirst()));
    }
    long slices =
        products.stream().mapToLong(op -> Math.ceilDiv(op.k(), MatMulTile.DEPTH)).max().orElse(0);
    MatMulTile best =
        tiles.stream()
            .min(
                Comparator.comparingDouble(tile -> {
                  long blocks = products.stream().mapToLong(op -> tile.tiles(op.m(), op.n())).sum();
                  return tile.cycles(this.blocks, blocks, 1, slices, precision);
                }))
            .orElseThrow();
    return products.stream().map(op -> MatMulPlan.of(best, op.m(), op.n(), op.k(), 1)).toList();
  }

  private long mostParts(long k) {
    return Math.clamp(k / leastPart, 1, maxParts);
  }

  /// The plan for a product, whose layout says whether it may be a weight's gradient: those take a
  /// whole k unless splitting saves more than a kernel, since only then the gradient of the bias
  /// can go along. It is the same plan whether one does, and so are the bits.
  MatMulPlan plan(MatMul op) {
    if (!MatMulCompiler.canUpdate(op)) {
      long parts = plan(USUAL_ROWS, op.n(), op.k()).parts();
      return plan(op.m(), op.n(), op.k(), parts, parts);
    }
    MatMulPlan best = plan(op.m(), op.n(), op.k());
    MatMulPlan whole = plan(op.m(), op.n(), op.k(), 1, 1);
    boolean isCheap =
        whole.cycles(blocks, precision) <= best.cycles(blocks, precision) + KERNEL_CYCLES;
    return isCheap ? whole : best;
  }

  /// The plan for the product of a convolution, by the same rules. A gradient of weights takes
  /// nothing along, so that its k, which is all places of a batch, is split where that is faster.
  MatMulPlan plan(Convolution convolution) {
    ProductShape shape = convolution.shape();
    if (shape.transposeA()) {
      long most = Math.clamp(shape.k() / leastPart, 1, (long) GRADIENT_PARTS * maxParts);
      return plan(shape.m(), shape.n(), shape.k(), 1, most);
    }
    long parts = plan(USUAL_ROWS * convolution.lines(), shape.n(), shape.k()).parts();
    return plan(shape.m(), shape.n(), shape.k(), parts, parts);
  }

  private MatMulPlan plan(long m, long n, long k, long least, long most) {
    MatMulPlan best = null;
    double fewest = Double.POSITIVE_INFINITY;
    for (MatMulTile tile : tiles) {
      // Where there are many tiles, splitting evens out little and takes much memory.
      long last = tile.tiles(m, n) < MANY_TILES * blocks ? most : least;
      for (long parts = least; parts <= last; parts++) {
        MatMulPlan plan = MatMulPlan.of(tile, m, n, k, parts);
        double cycles = plan.cycles(blocks, precision);
        if (best == null || cycles < fewest) {
          best = plan;
          fewest = cycles;
        }
      }
    }
    if (best == null) {
      throw new AssertionError("no tiles");
    }
    return best;
  }

  /// The most blocks of a kernel whose threads go on to further elements.
  int maxBlocks() {
    return 8 * blocks;
  }
}
