package dev.descent.internal.cpu.vector;

import dev.descent.internal.cpu.kernel.MatMulPlan;
import dev.descent.internal.cpu.kernel.PanelKernel;
import dev.descent.internal.cpu.kernel.Panels;
import dev.descent.internal.cpu.kernel.PrefetchTargets;
import dev.descent.internal.cpu.kernel.Processor;
import dev.descent.internal.cpu.kernel.Workspace;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import jdk.incubator.vector.FloatVector;
import org.jspecify.annotations.Nullable;

/// The matrix product with the Vector API.
public final class VectorMatMul implements PanelKernel {
  private static final int LANES = VectorConstants.LANES;

  /// 6 rows x 4 vectors need 29 registers, which 512-bit processors and 128-bit ones of ARM have;
  /// 6 x 2 need 15 of the 16 of AVX2.
  static final int MAX_VECTORS = LANES == 8 ? 2 : 4;

  /// Up to so many rows, two tiles, packing b costs more than reading it in place does.
  private static final int IN_PLACE_ROWS = 12;

  /// With tiles for any strides, so many rows: packing a panel once costs less than reading it with
  /// large strides each time (784 x 128 x 512: 142 to 156 GFLOP/s, 128 x 784 x 512: none).
  private static final int IN_PLACE_ROWS_ANY = 256;

  /// Packed panels take a part of any recent second-level cache, which also holds a's rows.
  private static final int PACKED_FLOATS = 1 << 16;

  /// Timed when the first product is planned, once in the life of the virtual machine.
  private static final class Fastest {
    static final TileChoice TILES = TileTiming.fastest(TileChoice.PACKED, MAX_VECTORS);

    private Fastest() {}
  }

  private final @Nullable TileChoice tiles;
  private final boolean intel;

  /// With the tiles that a timing finds to be the fastest.
  public VectorMatMul() {
    this(null, Processor.isIntel());
  }

  /// @param tiles for packed panels; null to choose them by timing
  /// @param intel whether the processor is by Intel
  public VectorMatMul(@Nullable TileChoice tiles, boolean intel) {
    this.tiles = tiles;
    this.intel = intel;
  }

  private TileChoice tiles() {
    return tiles != null ? tiles : Fastest.TILES;
  }

  @Override
  public double peak() {
    return VectorChains.unit();
  }

  @Override
  public String describe(MatMulPlan plan) {
    TileChoice choice = plan.packed() ? choice(plan.width(), plan.leftKStride()) : TileChoice.ANY;
    return String.format(
        Locale.ROOT,
        "vectors, tile %d x %d%s",
        choice.height(),
        plan.width(),
        choice.form() == TileForm.ANY ? " of any strides" : "");
  }

  private TileChoice choice(int width, int kStride) {
    if (kStride != 1) {
      return TileChoice.ANY;
    }
    return 2 * width > maxWidth() ? tiles() : TileChoice.TALL;
  }

  @Override
  public boolean isSlowAtFirst() {
    return true;
  }

  @Override
  public VectorMatMul untried() {
    return tiles != null ? this : new VectorMatMul(TileChoice.PACKED.getFirst(), intel);
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
  public boolean readsInPlace(int m) {
    return m <= (tiles().form() == TileForm.ANY ? IN_PLACE_ROWS_ANY : IN_PLACE_ROWS);
  }

  @Override
  public boolean crowdsSets(int m, int stride) {
    return Processor.crowdsSets(intel, m, stride);
  }

  @Override
  public int rowUnit() {
    return 1;
  }

  @Override
  public boolean packsLeft() {
    return tiles().form() == TileForm.ROWS;
  }

  @Override
  public int slots(int k, int width) {
    return Math.max(1, PACKED_FLOATS / Math.max(1, k * width));
  }

  @Override
  public Workspace workspace(List<MatMulPlan> plans, int panelRows, int leftElements) {
    return Workspace.of(plans, panelRows, leftElements, Panels.GROUP, maxWidth());
  }

  @Override
  public void pack(
      Workspace workspace,
      int slot,
      float[] b,
      int b0,
      int kStride,
      int columnStride,
      int count,
      int columns) {
    packTo(
        workspace.packed(),
        start(slot, count),
        b,
        b0,
        kStride,
        columnStride,
        count,
        columns,
        width(columns));
  }

  private static void packTo(
      float[] packed,
      int to,
      float[] b,
      int b0,
      int kStride,
      int columnStride,
      int count,
      int columns,
      int width) {
    if (columns < width) {
      Arrays.fill(packed, to, to + count * width, 0f);
    }
    if (columnStride != 1) {
      for (int k = 0; k < count; k += LANES) {
        int rows = Math.min(LANES, count - k);
        transpose(b, b0 + k * kStride, columnStride, packed, to + k * width, width, rows, columns);
      }
    } else if (columns < width) {
      for (int k = 0; k < count; k++) {
        System.arraycopy(b, b0 + k * kStride, packed, to + k * width, columns);
      }
    } else {
      for (int j = 0; j < width; j += 2 * LANES) {
        copy(b, b0 + j, kStride, packed, to + j, width, count);
      }
    }
  }

  /// Where a panel begins: those before it are of the full width.
  private static int start(int slot, int count) {
    return Workspace.LEAD + slot * count * MAX_VECTORS * LANES;
  }

  /// Copies columns of one or two vectors: for such short runs, a call that copies takes longer.
  private static void copy(
      float[] from, int start, int stride, float[] to, int target, int width, int count) {
    int second = Math.min(width, 2 * LANES) - LANES;
    int at = start;
    int put = target;
    for (int k = 0; k < count; k++) {
      FloatVector x = FloatVector.fromArray(VectorConstants.SPECIES, from, at);
      FloatVector y = FloatVector.fromArray(VectorConstants.SPECIES, from, at + second);
      x.intoArray(to, put);
      y.intoArray(to, put + second);
      at += stride;
      put += width;
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
      int to = block + j;
      for (int k = 0; k < rows; k++) {
        packed[to + k * width] = b[from + k];
      }
    }
  }

  @Override
  public void packLeft(Workspace workspace, float[] a, int a0, int kStride, int rows, int count) {
    float[] left = workspace.left();
    for (int k = 0; k < count; k++) {
      int from = a0 + k * kStride;
      int to = Workspace.LEAD + k;
      for (int i = 0; i < rows; i++) {
        left[to + i * count] = a[from + i];
      }
    }
  }

  @Override
  public void multiply(
      Workspace workspace,
      int slot,
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
            start(slot, count),
            width,
            c,
            c0,
            ldc,
            add);
  }

  @Override
  public String describe() {
    return String.format(Locale.ROOT, "vectors, tile %d x %d", tiles().height(), maxWidth());
  }

  @Override
  public int panelWidth(int columns) {
    int whole = columns - columns % maxWidth();
    return whole == columns ? columns : whole + width(columns - whole);
  }

  @Override
  public void packPanel(
      Workspace workspace,
      float[] b,
      int b0,
      int kStride,
      int columnStride,
      int count,
      int columns) {
    packTo(
        workspace.packed(),
        Workspace.LEAD,
        b,
        b0,
        kStride,
        columnStride,
        count,
        columns,
        panelWidth(columns));
  }

  @Override
  public void multiplyPanel(
      int columns,
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
      boolean add,
      PrefetchTargets partners,
      int partners0) {
    for (int j = 0; j < columns; ) {
      int width = Math.min(maxWidth(), columns - j);
      TileChoice choice = ldb == width ? choice(width, kStride) : TileChoice.ANY;
      choice.multiply(
          width / LANES,
          rows,
          count,
          a,
          a0,
          rowStride,
          kStride,
          b,
          b0 + j,
          ldb,
          c,
          c0 + j,
          ldc,
          add);
      j += width;
    }
  }
}
