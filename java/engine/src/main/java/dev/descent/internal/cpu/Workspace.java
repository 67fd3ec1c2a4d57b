package dev.descent.internal.cpu;

/// One worker's private scratch memory for matrix products.
///
/// @param packed panels of b in the order in which a vector kernel reads them
/// @param left rows of a whose columns lie side by side, as rows
/// @param tile [MatMulPlan#GROUP] rows of a result that are not written straight to their place
/// @param panel a plain kernel's packed columns of b, an array a row
/// @param sums a plain kernel's rows of sums
record Workspace(float[] packed, float[] left, float[] tile, float[][] panel, float[][] sums) {
  long bytes() {
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
