package dev.descent.internal.cpu;

import java.util.Arrays;

/// The matrix product with the Vector API.
final class VectorMatMul implements MatMulKernel {
  private static final int LANES = VectorTiles.LANES;

  /// 6 rows x 4 vectors need 29 registers, which 512-bit processors and 128-bit ones of ARM have;
  /// 6 x 2 need 15 of the 16 of AVX2.
  private static final int MAX_VECTORS = LANES == 8 ? 2 : 4;

  @Override
  public String describe() {
    return "vectors, tile 6 x " + maxWidth();
  }

  @Override
  public int maxWidth() {
    return MAX_VECTORS * LANES;
  }

  @Override
  public int width(int columns) {
    int vectors = 1;
    while (vectors < MAX_VECTORS && vectors * LANES < columns) {
      vectors *= 2;
    }
    return vectors * LANES;
  }

  @Override
  public boolean readsInPlace() {
    return true;
  }

  @Override
  public Workspace workspace(int k, int width) {
    return new Workspace(
        new float[Math.multiplyExact(k, width) + Storage.LEAD],
        new float[MatMulPlan.GROUP * width + Storage.LEAD],
        new float[0][],
        new float[0][]);
  }

  @Override
  public long workspaceBytes(int k, int width) {
    return ((long) k * width + (long) MatMulPlan.GROUP * width) * Float.BYTES;
  }

  @Override
  public void pack(
      Workspace workspace,
      float[] b,
      int b0,
      int kStride,
      int columnStride,
      int count,
      int columns) {
    float[] packed = workspace.packed();
    int width = width(columns);
    if (columns < width) {
      Arrays.fill(packed, Storage.LEAD, Storage.LEAD + count * width, 0f);
    }
    if (columnStride == 1) {
      for (int k = 0; k < count; k++) {
        System.arraycopy(b, b0 + k * kStride, packed, Storage.LEAD + k * width, columns);
      }
    } else {
      for (int k = 0; k < count; k += LANES) {
        int rows = Math.min(LANES, count - k);
        transpose(b, b0 + k * kStride, columnStride, packed, k * width, width, rows, columns);
      }
    }
  }

  /// Of b, `columns` runs of `rows` neighbouring elements become the columns of a block of packed.
  private static void transpose(
      float[] b,
      int b0,
      int columnStride,
      float[] packed,
      int block,
      int width,
      int rows,
      int columns) {
    for (int j = 0; j < columns; j++) {
      int from = b0 + j * columnStride;
      int to = Storage.LEAD + block + j;
      for (int k = 0; k < rows; k++) {
        packed[to + k * width] = b[from + k];
      }
    }
  }

  @Override
  public void multiply(
      Workspace workspace,
      int rows,
      int columns,
      int count,
      float[] a,
      int a0,
      int rowStride,
      int kStride,
      float[] c,
      int c0,
      int ldc,
      boolean add) {
    int width = width(columns);
    float[] b = workspace.packed();
    rows(
        width / LANES,
        rows,
        count,
        a,
        a0,
        rowStride,
        kStride,
        b,
        Storage.LEAD,
        width,
        c,
        c0,
        ldc,
        add);
  }

  @Override
  public void multiplyInPlace(
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
    rows(MAX_VECTORS, rows, count, a, a0, rowStride, kStride, b, b0, ldb, c, c0, ldc, add);
  }

  private static void rows(
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
    int i = 0;
    while (i < rows) {
      int tile = tileRows(rows - i);
      int ai = a0 + i * rowStride;
      int ci = c0 + i * ldc;
      switch (vectors) {
        case 4 ->
            VectorTiles.tiles4(tile, count, a, ai, rowStride, kStride, b, b0, ldb, c, ci, ldc, add);
        case 2 ->
            VectorTiles.tiles2(tile, count, a, ai, rowStride, kStride, b, b0, ldb, c, ci, ldc, add);
        default ->
            VectorTiles.tiles1(tile, count, a, ai, rowStride, kStride, b, b0, ldb, c, ci, ldc, add);
      }
      i += tile;
    }
  }

  /// The height of the next tile when so many rows are left: the tallest, but 8 as 4 + 4 and 9 as 4 +
  /// 4 + 1, because single rows are slow.
  private static int tileRows(int left) {
    if (left >= 6 && left != 8 && left != 9) {
      return 6;
    }
    return left >= 4 ? 4 : 1;
  }
}
