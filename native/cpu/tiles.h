// How a product's rows and columns are cut into tiles, the same for all kinds of tiles.
//
// Everything here is in a namespace without a name: files that are compiled for different processors must
// not share functions, of which the linker would keep one.
#pragma once

#include <stddef.h>

namespace {

// Rows of a tile: with its columns, as many sums as registers hold.
constexpr int kTileRows = 6;

// Where tile i of n begins, so that tiles differ by no more than a row: one of a row or two would wait for its own sums.
inline int tile_start(int rows, int i, int tiles) {
  return static_cast<int>(static_cast<long long>(rows) * i / tiles);
}

// Calls `tile.template run<R, C>(row, vectors...)` with the constants that fit: R rows, C vectors of columns.
template <int C, class Tile>
inline void run_rows(const Tile &tile, int row, int rows) {
  switch (rows) {
    case 6: tile.template run<6, C>(row); break;
    case 5: tile.template run<5, C>(row); break;
    case 4: tile.template run<4, C>(row); break;
    case 3: tile.template run<3, C>(row); break;
    case 2: tile.template run<2, C>(row); break;
    default: tile.template run<1, C>(row); break;
  }
}

template <int C, class Tile>
inline void run_tiles(const Tile &tile, int rows) {
  int tiles = (rows + kTileRows - 1) / kTileRows;
  for (int i = 0; i < tiles; i++) {
    int row = tile_start(rows, i, tiles);
    run_rows<C>(tile, row, tile_start(rows, i + 1, tiles) - row);
  }
}

// All rows of a tile's columns.
template <int Max, class Tile>
inline void run_columns(const Tile &tile, int vectors, int rows) {
  if constexpr (Max > 1) {
    if (vectors < Max) return run_columns<Max - 1>(tile, vectors, rows);
  }
  run_tiles<Max>(tile, rows);
}

}  // namespace
