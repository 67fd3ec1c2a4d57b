package dev.descent.opencl;

import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// The choices that suit a device: what the kernels' macros are set to.
///
/// @param vectorWidth floats in a vector, but for matmul
/// @param group work-items of a group, but for matmul; a power of two
/// @param runs whether a work-item takes a contiguous run of elements
/// @param matMul tiles, largest first: the first of which there are enough to keep the device busy
///     is taken, or the last
/// @param products the tiles of products that were tried out; they go before `matMul`
/// @param origin where the choices come from, in words
record Tuning(
    int vectorWidth,
    int group,
    boolean runs,
    List<MatMulTile> matMul,
    Map<ProductShape, MatMulTile> products,
    String origin) {
  private static final String UNTUNED = "untuned";

  Tuning {
    matMul = List.copyOf(matMul);
    // In the order given: of two that are equally near, the first counts.
    products = Collections.unmodifiableMap(new LinkedHashMap<>(products));
    if (matMul.isEmpty() || Integer.bitCount(group) != 1) {
      throw new IllegalArgumentException("tiles " + matMul + ", group " + group);
    }
  }

  /// Without products that were tried out.
  Tuning(int vectorWidth, int group, boolean runs, List<MatMulTile> matMul) {
    this(vectorWidth, group, runs, matMul, Map.of(), UNTUNED);
  }

  /// The defaults for a device that has not been tuned.
  static Tuning of(Device device) {
    return device.kind() == Device.Kind.CPU
        ? runs(Math.max(4, Integer.highestOneBit(device.vectorWidth())))
        : groups(device, device.kind() == Device.Kind.GPU ? 4 : 8);
  }

  /// For processors: a work-item is a loop in a thread there, and work-items of one group take
  /// turns.
  static Tuning runs(int vectorWidth) {
    return new Tuning(vectorWidth, 1, true, List.of(MatMulTile.direct(vectorWidth, 8, 4, 2)));
  }

  /// For GPUs: neighbouring work-items take neighbouring elements.
  static Tuning groups(Device device, int vectorWidth) {
    int group = (int) Math.min(256, Long.highestOneBit(device.maxGroup()));
    List<MatMulTile> tiles =
        List.of(
                MatMulTile.tiled(4, 8, 8, 16, 16, 16),
                MatMulTile.tiled(4, 4, 4, 16, 16, 16),
                MatMulTile.tiled(2, 2, 2, 16, 16, 32),
                MatMulTile.tiled(1, 1, 1, 8, 8, 32),
                MatMulTile.single(1, Math.min(group, 64)))
            .stream()
            .filter(tile -> tile.fits(device))
            .toList();
    return new Tuning(vectorWidth, group, false, tiles);
  }

  /// The same with other choices for all but matmul.
  Tuning withElementwise(int width, int items, boolean contiguous) {
    return new Tuning(width, items, contiguous, matMul, products, origin);
  }

  /// The same with tiles for products, and where they come from.
  Tuning withProducts(Map<ProductShape, MatMulTile> tried, String from) {
    return new Tuning(vectorWidth, group, runs, matMul, tried, from);
  }

  /// The tile for a product: that of the most similar one that was tried out, if any lies like it.
  MatMulTile tile(Device device, ProductShape product) {
    return products.keySet().stream()
        .filter(product::sameLayout)
        .min(Comparator.comparingDouble(product::distance))
        .map(products::get)
        .orElseGet(() -> likely(device, product));
  }

  private MatMulTile likely(Device device, ProductShape product) {
    for (MatMulTile tile : matMul) {
      if (tile.groups(product.m(), product.n(), product.transposeB()) >= device.computeUnits()) {
        return tile;
      }
    }
    return matMul.getLast();
  }

  /// Floats that a work-item takes at a time where GPUs do better with one each.
  int width() {
    return runs ? vectorWidth : 1;
  }

  /// The macros that every kernel file knows.
  Macros macros() {
    return new Macros().set("VW", vectorWidth).set("GROUP", group).set("RUNS", runs);
  }

  /// Those that `rows.cl` and what stands on it make use of: any others would have them built anew
  /// for each choice of what does not matter to them.
  Macros rowMacros(int lanes) {
    return new Macros().set("GROUP", group).set("LANES", lanes);
  }

  /// How many work-items share a row of so many columns: a power of two, at most a group.
  int lanes(long columns) {
    // Below this, work-items have nothing to gain from each other.
    int shortRow = 16;
    return columns <= shortRow ? 1 : columns <= 32L * shortRow ? Math.min(32, group) : group;
  }
}
