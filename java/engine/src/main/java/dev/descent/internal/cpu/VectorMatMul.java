package dev.descent.internal.cpu;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// The matrix product with the Vector API.
final class VectorMatMul implements MatMulKernel {
  private static final int LANES = VectorTiles.LANES;

  /// 6 rows x 4 vectors need 29 registers, which 512-bit processors and 128-bit ones of ARM have;
  /// 6 x 2 need 15 of the 16 of AVX2.
  static final int MAX_VECTORS = LANES == 8 ? 2 : 4;

  /// Up to so many rows, two tiles, packing b costs more than reading it in place does.
  private static final int IN_PLACE_ROWS = 12;

  /// With tiles for any strides, so many rows: packing a panel once costs less than reading it with
  /// large strides each time (784 x 128 x 512: 142 to 156 GFLOP/s, 128 x 784 x 512: none).
  private static final int IN_PLACE_ROWS_ANY = 256;

  /// Timed when the first product is planned, once in the life of the virtual machine.
  private static final class Fastest {
    static final TileChoice FOR_ROWS = TileTiming.fastest(TileChoice.FOR_ROWS, MAX_VECTORS);
    static final TileChoice FOR_COLUMNS = TileTiming.fastest(TileChoice.FOR_COLUMNS, MAX_VECTORS);

    private Fastest() {}
  }

  private final @Nullable TileChoice forRows;
  private final @Nullable TileChoice forColumns;

  /// With the tiles that a timing finds to be the fastest.
  VectorMatMul() {
    this(null, null);
  }

  /// @param forRows for a whose rows lie in one piece; null where a timing shall tell
  /// @param forColumns for a whose columns do
  VectorMatMul(@Nullable TileChoice forRows, @Nullable TileChoice forColumns) {
    this.forRows = forRows;
    this.forColumns = forColumns;
  }

  private TileChoice forRows() {
    return forRows != null ? forRows : Fastest.FOR_ROWS;
  }

  private TileChoice forColumns() {
    return forColumns != null ? forColumns : Fastest.FOR_COLUMNS;
  }

  private TileChoice choice(int width, int kStride) {
    if (width == LANES) {
      return TileChoice.ANY;
    }
    return kStride == 1 ? forRows() : forColumns();
  }

  @Override
  public String describe(MatMulPlan plan) {
    TileChoice choice = plan.packed() ? choice(plan.width(), plan.aKStride()) : TileChoice.ANY;
    return "vectors, tile %d x %d".formatted(choice.height(), plan.width());
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
  public boolean readsInPlace(int m, int aKStride) {
    boolean any = choice(maxWidth(), aKStride).form() == TileForm.ANY;
    return m <= (any ? IN_PLACE_ROWS_ANY : IN_PLACE_ROWS);
  }

  @Override
  public int rowUnit() {
    return 1;
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
    choice(width, kStride)
        .multiply(
            width / LANES,
            rows,
            count,
            a,
            a0,
            rowStride,
            kStride,
            workspace.packed(),
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
    TileChoice.ANY.multiply(
        MAX_VECTORS, rows, count, a, a0, rowStride, kStride, b, b0, ldb, c, c0, ldc, add);
  }
}
