package dev.descent.cuda;

import dev.descent.backend.Precision;

/// A tile of the result of a matrix product that one block computes; `tiles.cuh` has the same
/// numbers.
///
/// @param size rows and columns
/// @param threads of a block
/// @param stages slices of k in shared memory at a time
/// @param resident blocks that share a multiprocessor: as many as registers and threads allow
/// @param fp32 instructions of a warp for a slice of k in float32: those of the main loop in the
///     machine code of capability 9.0, see `native/sass/recorded.txt`
/// @param tf32 the same in TF32
/// @param bf16 the same in bfloat16
record MatMulTile(int size, int threads, int stages, int resident, int fp32, int tf32, int bf16) {
  static final MatMulTile LARGE = new MatMulTile(128, 256, 3, 2, 1230, 230, 165);
  static final MatMulTile MEDIUM = new MatMulTile(64, 128, 4, 4, 640, 195, 140);
  static final MatMulTile SMALL = new MatMulTile(32, 64, 4, 8, 365, 165, 125);

  /// The depth of a slice of k.
  static final int DEPTH = 16;

  private static final int WARP = 32;

  /// Warps that issue an instruction at a time on a multiprocessor.
  private static final int SCHEDULERS = 4;

  /// What a block by itself waits in a slice for the barrier and for shared memory, in cycles.
  private static final double SLICE_LATENCY = 150;

  /// The cycles from one instruction of a warp to the next where no other warp fills the gap.
  private static final double ALONE = 1.4;

  /// What a block takes besides its slices: its start, the first slices' way from memory, the
  /// epilogue.
  private static final double BLOCK_CYCLES = 2000;

  /// Elements of a tile that a multiprocessor stores, or loads out of the cache, in a cycle.
  private static final double ELEMENTS_A_CYCLE = 8;

  /// What it takes a block to see that it is the last one of a tile.
  private static final double MEETING_CYCLES = 1500;

  long tiles(long m, long n) {
    return Math.ceilDiv(m, size) * Math.ceilDiv(n, size);
  }

  /// Shared memory for the slices of both operands, and then for the tile on its way out.
  int sharedBytes(boolean transposeA, boolean transposeB, Precision precision) {
    int floats = stages * (panel(!transposeA) + panel(transposeB));
    if (precision == Precision.BF16) {
      // Two slices in bf16, half a float each.
      floats += packed(!transposeA) + packed(transposeB);
    }
    return Float.BYTES * Math.max(floats, size * size);
  }

  /// What the layout takes that needs most.
  int mostSharedBytes(Precision precision) {
    int most = 0;
    for (int layout = 0; layout < 4; layout++) {
      most = Math.max(most, sharedBytes((layout & 1) != 0, (layout & 2) != 0, precision));
    }
    return most;
  }

  /// About how many cycles a product takes: multiprocessors take blocks in waves, and each wave
  /// takes as long as its instructions need to be issued, or as long as a block waits.
  ///
  /// @param units multiprocessors
  /// @param blocks of the product
  /// @param parts into how many k is split
  /// @param slices of a part
  double cycles(int units, long blocks, long parts, long slices, Precision precision) {
    long each = Math.ceilDiv(blocks, (long) units);
    long waves = each / resident;
    double work = waves * wave(resident, slices, precision);
    if (each % resident != 0) {
      work += wave(each % resident, slices, precision);
    }
    double tile = (double) size * size / ELEMENTS_A_CYCLE;
    double meeting = parts == 1 ? 0 : MEETING_CYCLES + (1 + parts) * tile;
    return work + each * tile + meeting;
  }

  private double wave(long together, long slices, Precision precision) {
    double instructions =
        switch (precision) {
          case TF32 -> tf32;
          case BF16 -> bf16;
          default -> fp32;
        };
    double warps = (double) threads / WARP;
    double issue = together * instructions * warps / SCHEDULERS;
    double wait = ALONE * instructions * Math.max(1, warps / SCHEDULERS) + SLICE_LATENCY;
    return BLOCK_CYCLES + slices * Math.max(issue, wait);
  }

  /// A slice that lies along k has padded rows of k, one that lies across it padded rows of lines.
  private int panel(boolean alongK) {
    return alongK ? size * (DEPTH + 4) : DEPTH * (size + 8);
  }

  /// The same in bf16, in elements.
  private int packed(boolean alongK) {
    return alongK ? size * (DEPTH + 8) : DEPTH * (size + 8);
  }
}
