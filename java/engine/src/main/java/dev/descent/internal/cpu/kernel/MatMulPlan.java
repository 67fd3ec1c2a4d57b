package dev.descent.internal.cpu.kernel;

import dev.descent.program.ProductOperation.MatMul;
import java.util.Locale;

/// How a matrix product is carried out: `c = a b` with strides for any transposition, cut into
/// panels (neighbouring columns) and groups (neighbouring rows).
///
/// Where b would have to be packed against its grain, it may cost less to compute `c' = b' a'`
/// instead, so that only the smaller operand and the result are transposed: that is `swapped`, and
/// then m, n, a and b below are those of the swapped product.
///
/// A pure function of the shapes, never of the number of workers.
///
/// @param m rows of the product that is computed
/// @param n its columns
/// @param k the number of products that each element sums
/// @param aRowStride the distance of a's elements (i, k) and (i + 1, k)
/// @param aKStride that of (i, k) and (i, k + 1)
/// @param bKStride that of b's elements (k, j) and (k + 1, j)
/// @param bColumnStride that of (k, j) and (k, j + 1)
/// @param swapped whether the result is the transposed product
/// @param packed whether b is packed even where it could be read in place
/// @param kBlock how many of k are worked through at a time
/// @param width the columns of a full panel
/// @param slots how many panels a worker packs before it multiplies them
/// @param leftPacked whether groups of a's rows are packed
/// @param rowUnit groups of rows begin at multiples of this
public record MatMulPlan(
    int m,
    int n,
    int k,
    int aRowStride,
    int aKStride,
    int bKStride,
    int bColumnStride,
    boolean swapped,
    boolean packed,
    int kBlock,
    int width,
    int slots,
    boolean leftPacked,
    int rowUnit) {
  /// The most rows of a group: five tiles of 6 or six of 5. A group's part of a, of the panel and
  /// of the result stay in the second-level cache.
  public static final int GROUP = 30;

  /// Packing rows of a pays from so many panels on that they are multiplied with.
  private static final int PACK_LEFT_PANELS = 4;

  /// The widest panel, 64 columns, of so many k takes 256 KiB, a part of any recent second-level cache.
  public static final int MAX_K_BLOCK = 1024;

  /// The length of the blocks that sums of k products are cut into; the last may be shorter. Every
  /// path cuts at the same places, forms in C++ among them (`kMaxK` in `form_blocks.h`): products in
  /// bf16 are taken by twos, and by tiles of 32, and the bits of a sum depend on which go together.
  public static int kBlock(int k) {
    return Math.min(k, MAX_K_BLOCK);
  }

  public static MatMulPlan of(MatMul op, MatMulKernel kernel) {
    int m = (int) op.m();
    int n = (int) op.n();
    int k = (int) op.k();
    boolean swapped = op.transposeB() && (long) m * ((long) k + n) < (long) k * n;
    int lda = (int) op.a().columns();
    int ldb = (int) op.b().columns();
    int aRow = op.transposeA() ? 1 : lda;
    int aK = op.transposeA() ? lda : 1;
    int bK = op.transposeB() ? 1 : ldb;
    int bColumn = op.transposeB() ? ldb : 1;
    return swapped
        ? cut(n, m, k, bColumn, bK, aK, aRow, true, kernel)
        : cut(m, n, k, aRow, aK, bK, bColumn, false, kernel);
  }

  private static MatMulPlan cut(
      int m,
      int n,
      int k,
      int aRow,
      int aK,
      int bK,
      int bColumn,
      boolean swapped,
      MatMulKernel kernel) {
    PanelKernel panel = kernel instanceof PanelKernel p ? p : null;
    boolean packed =
        bColumn != 1 || panel == null || !panel.readsInPlace(m) || panel.crowdsSets(m, bK);
    int width = kernel.width(Math.min(n, kernel.maxWidth()));
    // Sums that wait between blocks of k lie in the result itself, so a transposed one has none.
    boolean blocked = !swapped && n % width == 0;
    int kBlock = blocked ? kBlock(k) : k;
    int panels = Split.units(n, width);
    boolean leftPacked =
        aK != 1
            && panel != null
            && ((packed && panel.packsLeft()) || panel.crowdsSets(m, aK))
            && panels >= PACK_LEFT_PANELS;
    return new MatMulPlan(
        m,
        n,
        k,
        aRow,
        aK,
        bK,
        bColumn,
        swapped,
        packed,
        kBlock,
        width,
        packed ? Math.min(panels, kernel.slots(kBlock, width)) : 1,
        leftPacked,
        kernel.rowUnit());
  }

  /// The same for fewer rows.
  public MatMulPlan withRows(int rows) {
    return new MatMulPlan(
        rows,
        n,
        k,
        aRowStride,
        aKStride,
        bKStride,
        bColumnStride,
        swapped,
        packed,
        kBlock,
        width,
        slots,
        leftPacked,
        rowUnit);
  }

  /// The distance of elements (i, k) and (i, k + 1) of a as the kernel sees it.
  public int leftKStride() {
    return leftPacked ? 1 : aKStride;
  }

  public int panels() {
    return Split.units(n, width);
  }

  public int groups() {
    return Split.units(m, GROUP - GROUP % rowUnit);
  }

  /// The first row of a group, which ends where the next one begins. Groups differ by no more than
  /// a unit, so that none is left with a row or two, which are slow.
  public int row(int group) {
    return Math.min(m, rowUnit * Split.start(Split.units(m, rowUnit), group, groups()));
  }

  /// One line's middle: what is computed and how it is cut.
  public String describe(MatMulKernel kernel) {
    return String.format(
        Locale.ROOT,
        "%s, %s%s%d panels x %d groups",
        kernel.describe(this),
        packed
            ? (leftPacked ? "both packed, " : "b packed, ")
            : (leftPacked ? "a packed, b in place, " : "b in place, "),
        swapped ? "computed transposed, " : "",
        panels(),
        groups());
  }
}
