// The operands of a product by tiles: bfloat16 in the order in which tiles are loaded, one to three parts a number.
//
// A left form holds blocks of 32 rows. A block is a line with what is known of its numbers, and then for each part two
// tiles of rows for each 32 k, 16 x 32 numbers in a tile. A right form holds a panel of up to 64 columns: a line, and
// for each part four tiles of columns for each 32 k, 16 pairs of k x 16 columns in a tile. Rows, columns and k that are
// missing are zeros in both.
//
// Everything here is in a namespace without a name: files that are compiled for different processors must
// not share functions, of which the linker would keep one.
#pragma once

#include <immintrin.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "amx_blocks.h"
#include "amx_tiles.h"

namespace {

using descent::amx::kBlockRows;
using descent::amx::kLineBytes;
using descent::amx::kTileK;
using descent::amx::kPanelColumns;

constexpr int kLanes16 = 16;

using Floats = float __attribute__((vector_size(64), aligned(4)));
using Bits = uint32_t __attribute__((vector_size(64), aligned(4)));
using Halves = uint16_t __attribute__((vector_size(32), aligned(2)));

inline int least(int a, int b) { return a < b ? a : b; }

// The first n of 16 floats, then zeros.
inline __attribute__((always_inline)) Floats some(const float *from, int n) {
  Floats x = {};
  if (n >= kLanes16) {
    memcpy(&x, from, sizeof x);
  } else {
#ifdef __AVX512F__
    x = (Floats)_mm512_maskz_loadu_ps(static_cast<__mmask16>((1 << (n > 0 ? n : 0)) - 1), from);
#else
    for (int i = 0; i < n; i++) x[i] = from[i];
#endif
  }
  return x;
}

// Rounded to bfloat16, to the nearest, ties to even; below 2^-126 to zero.
inline __attribute__((always_inline)) Floats rounded(Floats x) {
#ifdef __AVX512BF16__
  __m256i halves = (__m256i)_mm512_cvtneps_pbh((__m512)x);
  return (Floats)_mm512_slli_epi32(_mm512_cvtepu16_epi32(halves), 16);
#else
  Bits bits = (Bits)x;
  Bits magnitude = bits & 0x7FFFFFFF;
  Bits near = (bits + 0x7FFF + ((bits >> 16) & 1)) & 0xFFFF0000;
  Bits quiet = (bits & 0xFFFF0000) | 0x00400000;
  Bits not_a_number = (Bits)(magnitude > 0x7F800000);
  Bits tiny = (Bits)(magnitude < 0x00800000);
  Bits result = (not_a_number & quiet) | (~not_a_number & near);
  return (Floats)((tiny & (bits & 0x80000000)) | (~tiny & result));
#endif
}

// A number as the sum of `Parts` of 8 significant bits, the largest first. The differences are exact.
template <int Parts>
inline __attribute__((always_inline)) void split(Floats x, Floats part[Parts]) {
  part[0] = rounded(x);
  if constexpr (Parts == 3) {
    Floats rest = x - part[0];
    part[1] = rounded(rest);
    part[2] = rounded(rest - part[1]);
  }
}

// Of numbers that are bfloat16 already: pairs (low, high), and the halves alone.
inline __attribute__((always_inline)) Bits pairs(Floats low, Floats high) {
  return ((Bits)low >> 16) | ((Bits)high & 0xFFFF0000);
}
inline __attribute__((always_inline)) Halves halves(Floats x) {
  return __builtin_convertvector((Bits)x >> 16, Halves);
}

// What is known of an operand's numbers.
struct alignas(kLineBytes) Known {
  uint32_t exact;   // the second and third parts are zero
  uint32_t inside;  // parts give float32's accuracy: see amx_blocks.h
};

// Collects it.
class Look {
 public:
  inline __attribute__((always_inline)) void at(Floats x, Bits &largest) {
    Bits bits = (Bits)x;
    low_ |= bits;
    Bits magnitude = bits & 0x7FFFFFFF;
    Bits more = (Bits)(magnitude > largest);
    largest = (more & magnitude) | (~more & largest);
  }
  // What a row's or a column's largest magnitudes tell.
  void reach(uint32_t magnitude) {
    using namespace descent::amx;
    inside_ = inside_ && (magnitude == 0 || (magnitude >= kLeastBits && magnitude < kMostBits));
  }
  void reach_each(const Bits &largest) {
    for (int i = 0; i < kLanes16; i++) reach(largest[i]);
  }
  void reach_all(const Bits &largest) {
    uint32_t most = 0;
    for (int i = 0; i < kLanes16; i++) most = largest[i] > most ? largest[i] : most;
    reach(most);
  }
  void tell(Known *known) const {
    uint32_t low = 0;
    for (int i = 0; i < kLanes16; i++) low |= low_[i];
    known->exact = (low & 0xFFFF) == 0;
    known->inside = inside_;
  }

 private:
  Bits low_ = {};
  bool inside_ = true;
};

// 16 x 16 elements of 32 bits, rows become columns.
inline void turn(Bits v[kLanes16]) {
#pragma GCC unroll 4
  for (int s = 1; s < kLanes16; s *= 2) {
    Bits low, high;
#pragma GCC unroll 16
    for (int j = 0; j < kLanes16; j++) {
      low[j] = static_cast<uint32_t>((j & s) != 0 ? kLanes16 + j - s : j);
      high[j] = static_cast<uint32_t>((j & s) != 0 ? kLanes16 + j : j + s);
    }
#pragma GCC unroll 16
    for (int i = 0; i < kLanes16; i++) {
      if ((i & s) != 0) continue;
      Bits first = __builtin_shuffle(v[i], v[i + s], low);
      v[i + s] = __builtin_shuffle(v[i], v[i + s], high);
      v[i] = first;
    }
  }
}

// A panel of b, columns side by side, as a right form.
template <int Parts>
void make_right(const float *b, ptrdiff_t ldb, int count, int columns, char *form) {
  int k_tiles = (count + kTileK - 1) / kTileK;
  int column_tiles = (columns + kLanes16 - 1) / kLanes16;
  char *tiles = form + kLineBytes;
  Look look;
  Bits largest[kPanelColumns / kLanes16] = {};
  for (int k = 0; k < k_tiles * kTileK; k += 2) {
    const float *from = b + k * ldb;
    for (int c = 0; c < column_tiles; c++) {
      int n = columns - c * kLanes16;
      Floats low[Parts], high[Parts];
      Floats x = some(from + c * kLanes16, k < count ? n : 0);
      Floats y = some(from + ldb + c * kLanes16, k + 1 < count ? n : 0);
      if constexpr (Parts > 1) {
        look.at(x, largest[c]);
        look.at(y, largest[c]);
      }
      split<Parts>(x, low);
      split<Parts>(y, high);
      char *to = tiles + (static_cast<ptrdiff_t>(c) * k_tiles + k / kTileK) * kTileBytes +
                 k % kTileK / 2 * kTileRowBytes;
      for (int p = 0; p < Parts; p++) {
        Bits both = pairs(low[p], high[p]);
        memcpy(to + static_cast<ptrdiff_t>(p) * (kPanelColumns / kLanes16) * k_tiles * kTileBytes, &both, sizeof both);
      }
    }
  }
  if constexpr (Parts > 1) {
    for (int c = 0; c < column_tiles; c++) look.reach_each(largest[c]);
    look.tell(reinterpret_cast<Known *>(form));
  }
}

// Up to 32 rows of a as a block of a left form.
template <int Parts>
struct LeftBlock {
  int k_tiles;
  char *tiles;
  Look look;

  char *tile(int part, int row, int k) const {
    return tiles + ((static_cast<ptrdiff_t>(part) * 2 + row / kTileRows16) * k_tiles + k / kTileK) * kTileBytes;
  }

  // 32 neighbouring k of a row.
  inline __attribute__((always_inline)) void run(const float *from, int n, int row, int k, Bits &largest) {
    Floats low[Parts], high[Parts];
    Floats x = some(from, n), y = some(from + kLanes16, n - kLanes16);
    if constexpr (Parts > 1) {
      look.at(x, largest);
      look.at(y, largest);
    }
    split<Parts>(x, low);
    split<Parts>(y, high);
    for (int p = 0; p < Parts; p++) {
      char *to = tile(p, row, k) + row % kTileRows16 * kTileRowBytes;
      Halves first = halves(low[p]), second = halves(high[p]);
      memcpy(to, &first, sizeof first);
      memcpy(to + sizeof first, &second, sizeof second);
    }
  }

  void rows_of_neighbours(const float *a, ptrdiff_t row_stride, ptrdiff_t k_stride, int rows, int count) {
    for (int row = 0; row < rows; row++, a += row_stride) {
      Bits largest = {};
      for (int k = 0; k < count; k += kTileK) {
        int n = least(kTileK, count - k);
        if (k_stride == 1) {
          // The next row is prefetched: rows are too short for the processor to foresee them.
          __builtin_prefetch(a + row_stride + k);
          __builtin_prefetch(a + row_stride + k + kLanes16);
          run(a + k, n, row, k, largest);
        } else {
          float apart[kTileK];
          for (int i = 0; i < n; i++) apart[i] = a[(k + i) * k_stride];
          run(apart, n, row, k, largest);
        }
      }
      if constexpr (Parts > 1) look.reach_all(largest);
    }
  }

  void columns_of_neighbours(const float *a, ptrdiff_t k_stride, int rows, int count) {
    for (int row = 0; row < rows; row += kTileRows16) {
      int height = rows - row;
      Bits largest = {};
      for (int k = 0; k < k_tiles * kTileK; k += kTileK) {
        Bits v[Parts][kLanes16];
        for (int i = 0; i < kLanes16; i++) {
          int at = k + 2 * i;
          Floats low[Parts], high[Parts];
          Floats x = some(a + at * k_stride + row, at < count ? height : 0);
          Floats y = some(a + (at + 1) * k_stride + row, at + 1 < count ? height : 0);
          if constexpr (Parts > 1) {
            look.at(x, largest);
            look.at(y, largest);
          }
          split<Parts>(x, low);
          split<Parts>(y, high);
          for (int p = 0; p < Parts; p++) v[p][i] = pairs(low[p], high[p]);
        }
        for (int p = 0; p < Parts; p++) {
          turn(v[p]);
          memcpy(tile(p, row, k), v[p], kTileBytes);
        }
      }
      if constexpr (Parts > 1) look.reach_each(largest);
    }
  }

  // Rows of the last tile that there are not.
  void fill(int rows) const {
    for (int row = rows; row % kTileRows16 != 0; row++) {
      for (int p = 0; p < Parts; p++) {
        for (int k = 0; k < k_tiles; k++) {
          memset(tile(p, row, k * kTileK) + row % kTileRows16 * kTileRowBytes, 0, kTileRowBytes);
        }
      }
    }
  }
};

template <int Parts>
void make_left(const float *a, ptrdiff_t row_stride, ptrdiff_t k_stride, int rows, int count, char *form) {
  LeftBlock<Parts> block{(count + kTileK - 1) / kTileK, form + kLineBytes, {}};
  if (row_stride == 1 && k_stride != 1) {
    block.columns_of_neighbours(a, k_stride, rows, count);
  } else {
    block.rows_of_neighbours(a, row_stride, k_stride, rows, count);
    block.fill(rows);
  }
  if constexpr (Parts > 1) block.look.tell(reinterpret_cast<Known *>(form));
}

}  // namespace
