// The blocks in which a product in bfloat16 converts its operands, and the scratch memory that they take.
#pragma once

namespace descent::bf16 {

// Columns of a panel, four vectors.
constexpr int kPanelColumns = 64;

// Pairs of k that are converted at a time: with these, a panel takes 128 KiB, a part of any second-level cache.
constexpr int kPairs = 512;

// Rows of a that are converted at a time: whole tiles of six and whole vectors.
constexpr int kRows = 48;

// A pair is two bfloat16 in the place of one float32.
constexpr int kScratchFloats = kPairs * (kPanelColumns + kRows);

}  // namespace descent::bf16
