// The blocks of products in bfloat16 whose operands lie in forms, the memory that forms take, and the numbers for
// which three parts do.
#pragma once

#include <stddef.h>
#include <stdint.h>

namespace descent::form {

constexpr int kLineBytes = 64;

// Rows of a, or columns of b, that lie together: two tiles.
constexpr int kLanes = 32;

// k of a tile.
constexpr int kTileK = 32;

// Rows and columns that are converted at a time where operands are not kept, and the most k.
constexpr int kGroupRows = 128;
constexpr int kPanelColumns = 64;
constexpr int kMaxK = 1024;

// A row of a or a column of b whose largest magnitude is not zero, and is not within [2^-40, 2^127), is left to fused
// multiply-adds in float32. Above, numbers that are not finite have no parts, and the largest finite ones round to
// infinity. Below, products of parts come near 2^-126, where tiles know zero only: with these bounds the terms that
// matter lie above 2^-104.
constexpr uint32_t kLeastBits = (127u - 40) << 23;
constexpr uint32_t kMostBits = (127u + 127) << 23;

// What is known of each tile's k: see Record.
constexpr size_t record_bytes(int parts) { return parts > 1 ? 3 * kLineBytes : 0; }

constexpr int units(int count, int unit) { return (count + unit - 1) / unit; }

constexpr size_t strip_bytes(int count, int parts) {
  return static_cast<size_t>(units(count, kTileK)) * (record_bytes(parts) + static_cast<size_t>(parts) * 2 * 1024);
}

constexpr size_t bytes(int lanes, int count, int parts) {
  return static_cast<size_t>(units(lanes, kLanes)) * strip_bytes(count, parts);
}

}  // namespace descent::form
