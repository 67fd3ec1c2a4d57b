// The blocks in which a product by tiles converts its operands, the memory that they take, and the numbers for which
// three parts do.
#pragma once

#include <stddef.h>
#include <stdint.h>

namespace descent::amx {

constexpr int kLineBytes = 64;

// Rows of a block: two tiles.
constexpr int kBlockRows = 32;

// Rows that are converted at a time.
constexpr int kGroupRows = 128;

constexpr int kPanelColumns = 64;

// k of a tile, and the most that are converted at a time.
constexpr int kTileK = 32;
constexpr int kMaxK = 1024;

// A row of a or a column of b whose largest magnitude is not zero, and is not within [2^-40, 2^127), sends its block
// or its panel to fused multiply-adds in float32. Above, numbers that are not finite have no parts, and the largest
// finite ones round to infinity. Below, products of parts come near 2^-126, where tiles know zero only: with these
// bounds the terms that matter lie above 2^-104.
constexpr uint32_t kLeastBits = (127u - 40) << 23;
constexpr uint32_t kMostBits = (127u + 127) << 23;

constexpr size_t tiles(int count) { return static_cast<size_t>((count + kTileK - 1) / kTileK); }

constexpr size_t left_block_bytes(int count, int parts) {
  return kLineBytes + static_cast<size_t>(parts) * 2 * tiles(count) * 1024;
}

constexpr size_t left_bytes(int rows, int count, int parts) {
  return static_cast<size_t>((rows + kBlockRows - 1) / kBlockRows) * left_block_bytes(count, parts);
}

constexpr size_t right_bytes(int count, int parts) {
  return kLineBytes + static_cast<size_t>(parts) * (kPanelColumns / 16) * tiles(count) * 1024;
}

}  // namespace descent::amx
