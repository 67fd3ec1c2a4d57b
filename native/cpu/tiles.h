// How a product's rows and columns are cut into tiles, the same for all kinds of tiles.
//
// Everything here is in a namespace without a name: files that are compiled for different processors must
// not share functions, of which the linker would keep one.
#pragma once

#include <stddef.h>

namespace {

// The most rows of a tile: with its columns, as many sums as registers hold.
constexpr int kTileRows = 6;

// The same of tiles of half as many columns.
constexpr int kTallRows = 2 * kTileRows;

// Where tile i of n begins, so that tiles differ by no more than a row: one of a row or two would wait for its own sums.
inline int tile_start(int rows, int i, int tiles) {
  return static_cast<int>(static_cast<long long>(rows) * i / tiles);
}

// Calls `tile.template run<R, C>(row)` with the constant that fits: R of at most Most rows.
template <int C, int Most, class Tile>
inline void run_rows(const Tile &tile, int row, int rows) {
  if constexpr (Most > 1) {
    if (rows < Most) return run_rows<C, Most - 1>(tile, row, rows);
  }
  tile.template run<Most, C>(row);
}

template <int C, int Most, class Tile>
inline void run_tiles(const Tile &tile, int rows) {
  int tiles = (rows + Most - 1) / Most;
  for (int i = 0; i < tiles; i++) {
    int row = tile_start(rows, i, tiles);
    run_rows<C, Most>(tile, row, tile_start(rows, i + 1, tiles) - row);
  }
}

// The most rows of a tile of one vector: two lines of an image of 7 x 7. More would make it no faster.
constexpr int kNarrowRows = 14;

// All rows of a tile's columns, of at most C vectors, in tiles of at most Sums sums and Most rows: the fewer columns, the
// more rows as far as Most allows, since few sums wait for themselves.
template <int C, int Sums, int Most, class Tile>
inline void run_columns(const Tile &tile, int vectors, int rows) {
  if constexpr (C > 1) {
    if (vectors < C) return run_columns<C - 1, Sums, Most>(tile, vectors, rows);
  }
  run_tiles<C, Sums / C < Most ? Sums / C : Most>(tile, rows);
}

}  // namespace
