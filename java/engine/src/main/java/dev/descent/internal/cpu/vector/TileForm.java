package dev.descent.internal.cpu.vector;

/// The families of tiles, which differ in what they know of how a and b lie.
enum TileForm {
  /// [VectorTiles]: any strides, and b may be read where it is.
  ANY,
  /// [RowTiles]: neighbours in a's rows are neighbours in memory, and b is packed.
  ROWS;

  /// `c (+)= a b` for one tile; the parameters are those of [VectorTiles].
  ///
  /// @param vectors the columns in vectors: 4, 2 or 1
  /// @param rows up to 6, for ROWS of one or two vectors up to 8; for ANY 6, 4 or 1, and 12 of one vector
  void multiply(
      int vectors,
      int rows,
      int count,
      float[] a,
      int a0,
      int rowStride,
      int kStride,
      float[] b,
      int b0,
      int ldb,
      float[] c,
      int c0,
      int ldc,
      boolean add) {
    switch (this) {
      case ROWS -> {
        switch (vectors) {
          case 4 -> RowTiles.tiles4(rows, count, a, a0, rowStride, b, b0, c, c0, ldc, add);
          case 2 -> RowTiles.tiles2(rows, count, a, a0, rowStride, b, b0, c, c0, ldc, add);
          default -> RowTiles.tiles1(rows, count, a, a0, rowStride, b, b0, c, c0, ldc, add);
        }
      }
      case ANY -> {
        switch (vectors) {
          case 4 ->
              VectorTiles.tiles4(
                  rows, count, a, a0, rowStride, kStride, b, b0, ldb, c, c0, ldc, add);
          case 2 ->
              VectorTiles.tiles2(
                  rows, count, a, a0, rowStride, kStride, b, b0, ldb, c, c0, ldc, add);
          default ->
              VectorTiles.tiles1(
                  rows, count, a, a0, rowStride, kStride, b, b0, ldb, c, c0, ldc, add);
        }
      }
    }
  }
}
