package dev.descent.internal.cpu.vector;

import dev.descent.internal.cpu.kernel.Split;
import java.util.List;

/// The tiles to compute with: a family, and how many rows they have at most.
///
/// @param height 1 to 6, for packed b of one or two vectors of columns 1 to 8; for [TileForm#ANY] 6
record TileChoice(TileForm form, int height) {
  static final TileChoice ANY = new TileChoice(TileForm.ANY, 6);

  /// For packed b of few vectors of columns, which leave registers for more rows.
  static final TileChoice TALL = new TileChoice(TileForm.ROWS, 8);

  /// For packed b, the likeliest first.
  static final List<TileChoice> PACKED = List.of(new TileChoice(TileForm.ROWS, 6), ANY);

  /// `c (+)= a b` for any number of rows, tile after tile; the parameters are those of
  /// [TileForm#multiply].
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
    int tiles = Split.units(rows, height);
    int i = 0;
    for (int tile = 1; i < rows; tile++) {
      int tall =
          form == TileForm.ANY ? anyRows(vectors, rows - i) : Split.start(rows, tile, tiles) - i;
      form.multiply(
          vectors,
          tall,
          count,
          a,
          a0 + i * rowStride,
          rowStride,
          kStride,
          b,
          b0,
          ldb,
          c,
          c0 + i * ldc,
          ldc,
          add);
      i += tall;
    }
  }

  /// The height of the next tile of [VectorTiles] when so many rows are left: the tallest, but 14 as
  /// 6 + 4 + 4, 8 as 4 + 4 and 9 as 4 + 4 + 1, because single rows are slow.
  private static int anyRows(int vectors, int left) {
    if (vectors == 1 && (left == 12 || left >= 16)) {
      return 12;
    }
    if (left >= 6 && left != 8 && left != 9) {
      return 6;
    }
    return left >= 4 ? 4 : 1;
  }
}
