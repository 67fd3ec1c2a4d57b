package dev.descent.cuda;

/// A tile of the result of a matrix product that one block computes; `tiles.cuh` has the same numbers.
///
/// @param size rows and columns
/// @param threads of a block
/// @param stages slices of k in shared memory at a time
record MatMulTile(int size, int threads, int stages) {
  static final MatMulTile LARGE = new MatMulTile(128, 256, 3);
  static final MatMulTile MEDIUM = new MatMulTile(64, 128, 4);
  static final MatMulTile SMALL = new MatMulTile(32, 64, 4);

  /// The depth of a slice of k.
  static final int DEPTH = 16;

  long tiles(long m, long n) {
    return Math.ceilDiv(m, size) * Math.ceilDiv(n, size);
  }

  /// Shared memory for the slices of both operands, and then for the tile on its way out.
  int sharedBytes(boolean transposeA, boolean transposeB) {
    int slices = stages * (panel(!transposeA) + panel(transposeB));
    return Float.BYTES * Math.max(slices, size * size);
  }

  /// A slice that lies along k has padded rows of k, one that lies across it padded rows of lines.
  private int panel(boolean alongK) {
    return alongK ? size * (DEPTH + 4) : DEPTH * (size + 8);
  }
}
