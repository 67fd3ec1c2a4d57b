package dev.descent.internal.cpu.step;

import dev.descent.internal.cpu.kernel.Split;

/// How stages that compute each row by itself share out a batch: by blocks of rows, to each worker
/// the same ones in every such stage. What one of them leaves of its rows the next may take without
/// a barrier.
final class RowBlocks {
  /// Rows of a block: sums over them are added up block by block, whatever the number of workers.
  static final int ROWS = 16;

  /// With fewer blocks a worker, one that does not divide evenly costs more than a barrier.
  private static final int ENOUGH = 4;

  private RowBlocks() {}

  static int count(int rows) {
    return Split.units(rows, ROWS);
  }

  /// A worker's first row; its rows end where the next worker's begin.
  static int start(int rows, int worker, int workers) {
    return Math.min(rows, ROWS * Split.start(count(rows), worker, workers));
  }

  /// Whether all workers get about as many rows.
  static boolean suit(int rows, int workers) {
    int blocks = count(rows);
    return blocks % workers == 0 || blocks >= ENOUGH * workers;
  }
}
