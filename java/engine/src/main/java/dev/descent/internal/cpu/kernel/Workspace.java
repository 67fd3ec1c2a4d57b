package dev.descent.internal.cpu.kernel;

import java.util.List;

/// One worker's private scratch memory for matrix products.
///
/// @param packed panels of b in the order in which a vector kernel reads them
/// @param left rows of a whose columns lie side by side, as rows
/// @param tile rows of a result that are not written straight to their place
/// @param panel a plain kernel's packed columns of b, an array a row
/// @param sums a plain kernel's rows of sums
public record Workspace(
    float[] packed, float[] left, float[] tile, float[][] panel, float[][] sums) {
  /// The unused elements at the start of `packed`, `left`, `tile` and of the arrays that hold
  /// tensors. The collector places a large array at the start of a page, and with
  /// `-XX:ObjectAlignmentInBytes=64` any array on a cache line. With the array's header of 16
  /// bytes, the first used element of 4 bytes then starts a cache line, where vectors load twice as
  /// fast (a step of batch 128: -5 %).
  public static final int LEAD = 12;

  /// The unused elements at the end of arrays that hold tensors: a vector of which a mask takes the
  /// first elements alone lies in the array wherever these do. Else the mask is checked lane by
  /// lane, and where the compiler leaves that rare call alone it makes objects of the mask and of
  /// the vectors around it.
  public static final int TAIL = 16;

  /// For a kernel that packs panels one after the other, and rows as rows.
  ///
  /// @param plans any of which it must be large enough for
  /// @param panelRows the most rows of a panel that [MatMulKernel#packPanel] packs
  /// @param leftElements that [#left] must hold
  /// @param groupRows the most rows of a tile of a product with panels
  /// @param width the columns of a panel
  public static Workspace of(
      List<MatMulPlan> plans, int panelRows, int leftElements, int groupRows, int width) {
    int packed = Math.multiplyExact(panelRows, width);
    int left = leftElements;
    int tile = groupRows * width;
    for (MatMulPlan plan : plans) {
      packed = Math.max(packed, Math.multiplyExact(plan.slots(), plan.kBlock() * plan.width()));
      left = Math.max(left, plan.leftPacked() ? MatMulPlan.GROUP * plan.kBlock() : 0);
      tile = Math.max(tile, MatMulPlan.GROUP * plan.width());
    }
    return new Workspace(
        new float[packed + LEAD],
        new float[left + LEAD],
        new float[tile + LEAD],
        new float[0][],
        new float[0][]);
  }

  public long bytes() {
    long floats = (long) packed.length + left.length + tile.length;
    for (float[] row : panel) {
      floats += row.length;
    }
    for (float[] row : sums) {
      floats += row.length;
    }
    return floats * Float.BYTES;
  }
}
