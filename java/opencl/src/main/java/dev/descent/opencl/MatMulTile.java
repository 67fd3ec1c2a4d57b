package dev.descent.opencl;

import java.util.Locale;

/// How the matmul kernel shares out its work: see `matmul.cl`.
///
/// @param tiled through local memory; else straight from global memory
/// @param vectorWidth floats in a vector
/// @param threadM rows of the result of a work-item
/// @param threadN columns of a work-item: a multiple of vectorWidth if tiled; for a transposed b if
///     not
/// @param vectors vectors of columns of a work-item, if not tiled and b is not transposed
/// @param groupM work-items of a group along the rows
/// @param groupN work-items of a group along the columns
/// @param tileK steps along k that lie in local memory at a time, if tiled
/// @param rowsFirst whether neighbouring groups go down the rows, if not tiled: for processors,
///     whose cache then keeps the columns of b
record MatMulTile(
    boolean tiled,
    int vectorWidth,
    int threadM,
    int threadN,
    int vectors,
    int groupM,
    int groupN,
    int tileK,
    boolean rowsFirst) {
  MatMulTile {
    if (tiled && threadN % vectorWidth != 0) {
      throw new IllegalArgumentException(
          "threadN " + threadN + " is not a multiple of vectorWidth " + vectorWidth);
    }
  }

  static MatMulTile tiled(
      int vectorWidth, int threadM, int threadN, int groupM, int groupN, int tileK) {
    return new MatMulTile(true, vectorWidth, threadM, threadN, 1, groupM, groupN, tileK, false);
  }

  /// For a device on which a work-item has a core to itself.
  static MatMulTile direct(int vectorWidth, int threadM, int threadN, int vectors) {
    return new MatMulTile(false, vectorWidth, threadM, threadN, vectors, 1, 1, 1, true);
  }

  /// One element of the result a work-item.
  static MatMulTile single(int groupM, int groupN) {
    return new MatMulTile(false, 1, 1, 1, 1, groupM, groupN, 1, false);
  }

  /// The same tile but for what has no meaning in a layout, so that equal kernels are equal.
  MatMulTile plain(boolean transposeB) {
    return tiled || !transposeB
        ? new MatMulTile(
            tiled,
            vectorWidth,
            threadM,
            tiled ? threadN : 1,
            tiled ? 1 : vectors,
            groupM,
            groupN,
            tileK,
            rowsFirst)
        : new MatMulTile(false, vectorWidth, threadM, threadN, 1, groupM, groupN, 1, rowsFirst);
  }

  /// Rows of the result of a group.
  int groupRows() {
    return groupM * threadM;
  }

  /// Columns of the result of a group.
  int groupColumns(boolean transposeB) {
    return groupN * (tiled || transposeB ? threadN : vectors * vectorWidth);
  }

  /// Floats that a work-item keeps for its sums.
  long sums(boolean transposeB) {
    return (long) threadM
        * (tiled ? threadN : transposeB ? threadN * vectorWidth : vectors * vectorWidth);
  }

  /// Bytes of local memory of a group.
  long localBytes() {
    return tiled
        ? Float.BYTES * (long) tileK * (groupRows() + 1 + groupN * threadN + vectorWidth)
        : 0;
  }

  /// The number of groups for a result of m x n.
  long groups(long m, long n, boolean transposeB) {
    return Math.ceilDiv(m, groupRows()) * Math.ceilDiv(n, groupColumns(transposeB));
  }

  boolean fits(Device device) {
    return (long) groupM * groupN <= device.maxGroup() && localBytes() <= device.localBytes();
  }

  String describe(boolean transposeB) {
    return String.format(
        Locale.ROOT,
        "%s tile %d x %d, %s%s",
        tiled ? "local memory," : transposeB ? "dot," : "direct,",
        groupRows(),
        groupColumns(transposeB),
        groupM * groupN == 1 ? "1 work-item" : groupM * groupN + " work-items",
        vectorWidth == 1 ? "" : " of float" + vectorWidth);
  }
}
