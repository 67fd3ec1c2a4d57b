package dev.descent.cuda;

import java.util.List;

/// The choices that suit a device.
///
/// @param blocks how many blocks keep it busy
/// @param tiles of matrix products, largest first: the first of which there are enough is taken, or the
///     last with k split
/// @param leastPart what a part of a split k covers at least: below that, writing and adding up the parts
///     costs more than it saves
/// @param maxParts into how many k is split at most
record Tuning(int blocks, List<MatMulTile> tiles, int leastPart, int maxParts) {
  Tuning {
    tiles = List.copyOf(tiles);
  }

  /// The defaults for a device that has not been measured.
  static Tuning of(Device device) {
    return new Tuning(
        device.multiprocessors(),
        List.of(MatMulTile.LARGE, MatMulTile.MEDIUM, MatMulTile.SMALL),
        64,
        16);
  }

  /// The plan for a product of m x k and k x n.
  MatMulPlan plan(long m, long n, long k) {
    for (MatMulTile tile : tiles) {
      if (tile.tiles(m, n) >= blocks) {
        return MatMulPlan.of(tile, m, n, k, 1);
      }
    }
    MatMulTile tile = tiles.getLast();
    // Two blocks a multiprocessor, which hide each other's waits.
    long wanted = Math.ceilDiv(2L * blocks, tile.tiles(m, n));
    long parts = Math.clamp(wanted, 1, Math.max(1, Math.min(maxParts, k / leastPart)));
    return MatMulPlan.of(tile, m, n, k, parts);
  }

  /// The most blocks of a kernel whose threads go on to further elements.
  int maxBlocks() {
    return 8 * blocks;
  }
}
