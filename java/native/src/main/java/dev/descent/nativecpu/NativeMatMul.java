package dev.descent.nativecpu;

import dev.descent.internal.cpu.kernel.Elementwise;
import dev.descent.internal.cpu.kernel.MatMulPlan;
import dev.descent.internal.cpu.kernel.PanelKernel;
import dev.descent.internal.cpu.kernel.Processor;
import dev.descent.internal.cpu.kernel.Workspace;
import java.lang.foreign.MemorySegment;
import java.util.List;

/// The matrix product in C++. Its functions take any number of columns and rows and b wherever it
/// lies, so panels need no padding, and packing is for the cache's sake alone.
abstract class NativeMatMul implements PanelKernel {
  /// The columns that one tile of AVX-512 takes, and four of AVX2, for which narrower panels would mean
  /// more calls (784-512-512-10, batch 128, Zen 3: +4 % of an epoch).
  static final int WIDTH = 64;

  /// Up to so many rows, packing a panel costs more than reading it with large strides each time.
  private static final int IN_PLACE_ROWS = 256;

  /// Packed panels take a part of any recent second-level cache, which also holds a's rows.
  private static final int PACKED_FLOATS = 1 << 16;

  /// The most rows of a part of a product with panels, as the engine cuts it for kernels that say
  /// nothing.
  private static final int USUAL_ROWS = 32;

  private final MemorySegment peak;
  private final boolean intel;
  private final Elementwise math;

  /// @param peak the library's function that repeats the instruction of the product
  /// @param math copies and transposes what is packed
  NativeMatMul(NativeLibrary library, String peak, Elementwise math) {
    this.peak = library.function(peak);
    this.intel = library.isIntel();
    this.math = math;
  }

  @Override
  public double peak() {
    return Calls.peak(peak);
  }

  @Override
  public String describe(MatMulPlan plan) {
    return describe();
  }

  @Override
  public int maxWidth() {
    return WIDTH;
  }

  @Override
  public int width(int columns) {
    return columns;
  }

  @Override
  public boolean readsInPlace(int m) {
    return m <= IN_PLACE_ROWS;
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
    return false;
  }

  @Override
  public int slots(int k, int width) {
    return Math.max(1, PACKED_FLOATS / Math.max(1, k * width));
  }

  @Override
  public Workspace workspace(List<MatMulPlan> plans, int panelRows, int leftElements) {
    return Workspace.of(plans, panelRows, leftElements, groupRows(USUAL_ROWS), WIDTH);
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
    packTo(workspace, start(slot, count), b, b0, kStride, columnStride, count, columns);
  }

  /// Where a panel begins: those before it are of the full width.
  private static int start(int slot, int count) {
    return Workspace.LEAD + slot * count * WIDTH;
  }

  private void packTo(
      Workspace workspace,
      int to,
      float[] b,
      int b0,
      int kStride,
      int columnStride,
      int count,
      int columns) {
    float[] packed = workspace.packed();
    if (columnStride == 1) {
      math.copy(b, b0, kStride, packed, to, columns, count, columns);
    } else {
      math.transpose(b, b0, columnStride, packed, to, columns, columns, count);
    }
  }

  @Override
  public void packLeft(Workspace workspace, float[] a, int a0, int kStride, int rows, int count) {
    math.transpose(a, a0, kStride, workspace.left(), Workspace.LEAD, count, count, rows);
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
    float[] b = workspace.packed();
    int b0 = start(slot, count);
    multiplyPanel(columns, rows, count, a, a0, rowStride, kStride, b, b0, columns, c, c0, ldc, add);
  }

  @Override
  public int panelWidth(int columns) {
    return columns;
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
    packTo(workspace, Workspace.LEAD, b, b0, kStride, columnStride, count, columns);
  }
}
