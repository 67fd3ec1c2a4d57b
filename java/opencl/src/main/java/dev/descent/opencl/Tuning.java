package dev.descent.opencl;

import java.util.List;

/// The choices that suit a device: what the kernels' macros are set to.
///
/// @param vectorWidth floats in a vector, but for matmul
/// @param group work-items of a group, but for matmul; a power of two
/// @param runs whether a work-item takes a contiguous run of elements
/// @param matMul tiles, largest first: the first of which there are enough to keep the device busy is
///     taken, or the last
record Tuning(int vectorWidth, int group, boolean runs, List<MatMulTile> matMul) {
  Tuning {
    matMul = List.copyOf(matMul);
    if (matMul.isEmpty() || Integer.bitCount(group) != 1) {
      throw new IllegalArgumentException("tiles " + matMul + ", group " + group);
    }
  }

  /// What is likely to suit a device that nobody has tuned.
  static Tuning of(Device device) {
    return device.kind() == Device.Kind.CPU ? processor(device) : graphics(device);
  }

  /// A work-item is a loop in a thread here, and work-items of one group take turns.
  private static Tuning processor(Device device) {
    int width = Math.max(4, Integer.highestOneBit(device.vectorWidth()));
    return new Tuning(width, 1, true, List.of(MatMulTile.direct(width, 8, 4, 2)));
  }

  private static Tuning graphics(Device device) {
    int group = (int) Math.min(256, Long.highestOneBit(device.maxGroup()));
    List<MatMulTile> tiles =
        List.of(
                MatMulTile.tiled(4, 8, 8, 16, 16, 16),
                MatMulTile.tiled(4, 4, 4, 16, 16, 16),
                MatMulTile.tiled(2, 2, 2, 16, 16, 32),
                MatMulTile.tiled(1, 1, 1, 8, 8, 32),
                MatMulTile.single(1, Math.min(group, 64)))
            .stream()
            .filter(tile -> tile.fits(device))
            .toList();
    return new Tuning(device.kind() == Device.Kind.GPU ? 4 : 8, group, false, tiles);
  }

  /// The tile for a result of m x n.
  MatMulTile tile(Device device, long m, long n, boolean transposeB) {
    for (MatMulTile tile : matMul) {
      if (tile.groups(m, n, transposeB) >= device.computeUnits()) {
        return tile;
      }
    }
    return matMul.getLast();
  }

  /// The macros that every kernel file knows.
  Macros macros() {
    return new Macros().set("VW", vectorWidth).set("GROUP", group).set("RUNS", runs);
  }

  /// How many work-items share a row of so many columns: a power of two, at most a group.
  int lanes(long columns) {
    // Below this, work-items have nothing to gain from each other.
    int shortRow = 16;
    return columns <= shortRow ? 1 : columns <= 32L * shortRow ? Math.min(32, group) : group;
  }
}
