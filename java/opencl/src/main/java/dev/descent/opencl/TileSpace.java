package dev.descent.opencl;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/// The tiles that a tuner may try on a device.
final class TileSpace {
  /// Vector registers of processors; sums beyond them go to memory, and such tiles lose.
  private static final int REGISTERS = 32;

  /// The same for the work-items of a GPU.
  private static final int MOST_SUMS = 64;

  private static final int[][] TILED_GROUPS = {
    {8, 8}, {8, 16}, {16, 8}, {16, 16}, {8, 32}, {32, 8}
  };
  private static final int[][] DIRECT_GROUPS = {
    {1, 32}, {1, 64}, {1, 128}, {4, 16}, {8, 8}, {8, 32}
  };

  private final Device device;
  private final boolean transposeB;
  private final Set<MatMulTile> tiles = new LinkedHashSet<>();

  private TileSpace(Device device, boolean transposeB) {
    this.device = device;
    this.transposeB = transposeB;
  }

  /// All tiles of a layout, each once.
  static List<MatMulTile> of(Device device, boolean transposeB) {
    var space = new TileSpace(device, transposeB);
    if (device.kind() == Device.Kind.CPU) {
      space.addProcessor();
    } else {
      space.addGraphics();
    }
    return List.copyOf(space.tiles);
  }

  /// A work-item each tile: work-items of a group would take turns.
  private void addProcessor() {
    for (int width : new int[] {4, 8, 16}) {
      for (int rows : new int[] {1, 2, 3, 4, 6, 8, 12}) {
        for (int columns : new int[] {1, 2, 3, 4}) {
          for (boolean rowsFirst : new boolean[] {true, false}) {
            add(new MatMulTile(false, width, rows, columns, columns, 1, 1, 1, rowsFirst));
          }
          for (int steps : new int[] {16, 64, 128}) {
            add(MatMulTile.tiled(width, rows, columns * width, 1, 1, steps));
          }
        }
      }
    }
  }

  private void addGraphics() {
    for (int width : new int[] {1, 2, 4}) {
      for (int rows : new int[] {1, 2, 4, 8}) {
        for (int columns : new int[] {1, 2, 4, 8}) {
          for (int[] group : TILED_GROUPS) {
            for (int steps : new int[] {8, 16, 32}) {
              if (columns % width == 0) {
                add(MatMulTile.tiled(width, rows, columns, group[0], group[1], steps));
              }
            }
          }
          for (int[] group : DIRECT_GROUPS) {
            add(new MatMulTile(false, width, rows, columns, columns, group[0], group[1], 1, false));
          }
        }
      }
    }
  }

  private void add(MatMulTile tile) {
    MatMulTile plain = tile.plain(transposeB);
    long most =
        device.kind() == Device.Kind.CPU ? (long) REGISTERS * device.vectorWidth() : MOST_SUMS;
    if (plain.fits(device) && plain.sums(transposeB) <= most) {
      tiles.add(plain);
    }
  }

  /// The tiles that differ from one in a single choice.
  static List<MatMulTile> neighbours(List<MatMulTile> all, MatMulTile tile) {
    List<MatMulTile> near = new ArrayList<>();
    for (MatMulTile other : all) {
      if (differences(tile, other) == 1) {
        near.add(other);
      }
    }
    return near;
  }

  private static int differences(MatMulTile a, MatMulTile b) {
    return (a.tiled() == b.tiled() ? 0 : 1)
        + (a.vectorWidth() == b.vectorWidth() ? 0 : 1)
        + (a.threadM() == b.threadM() ? 0 : 1)
        + (a.threadN() == b.threadN() ? 0 : 1)
        + (a.vectors() == b.vectors() ? 0 : 1)
        + (a.groupM() == b.groupM() && a.groupN() == b.groupN() ? 0 : 1)
        + (a.tileK() == b.tileK() ? 0 : 1)
        + (a.rowsFirst() == b.rowsFirst() ? 0 : 1);
  }
}
