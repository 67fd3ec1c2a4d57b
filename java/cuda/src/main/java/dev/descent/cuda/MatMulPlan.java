package dev.descent.cuda;

import dev.descent.backend.Precision;

/// How a matrix product is shared out.
///
/// @param parts into how many k is split
/// @param kPart what a part covers, the last perhaps less; a multiple of a slice's depth
record MatMulPlan(MatMulTile tile, long tiles, long parts, long kPart) {
  /// A plan with `parts` or fewer parts, none of them empty.
  static MatMulPlan of(MatMulTile tile, long m, long n, long k, long parts) {
    long slices = Math.ceilDiv(k, MatMulTile.DEPTH);
    long slicesOfPart = Math.ceilDiv(slices, parts);
    return new MatMulPlan(
        tile,
        tile.tiles(m, n),
        Math.ceilDiv(slices, slicesOfPart),
        slicesOfPart * MatMulTile.DEPTH);
  }

  /// About how many cycles it takes on so many multiprocessors.
  double cycles(int units, Precision precision) {
    return tile.cycles(units, tiles * parts, parts, kPart / MatMulTile.DEPTH, precision);
  }

  boolean isSplit() {
    return parts > 1;
  }

  /// Where the parts meet.
  long workspaceBytes() {
    return isSplit() ? parts * tiles * tile.size() * tile.size() * Float.BYTES : 0;
  }

  long tickets() {
    return isSplit() ? tiles : 0;
  }
}
