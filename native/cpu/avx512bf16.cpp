// The matrix product in bfloat16 for AVX-512 with dot products of pairs (AVX512_BF16).
//
// Operands that are not in forms are converted into scratch memory first, two neighbouring k side by side in 32 bits, as
// the instruction takes them: a panel of b once for all rows of a call, rows of a once for a panel.
#include <immintrin.h>
#include <stdint.h>

#include "bf16_blocks.h"
#include "forms.h"
#include "partners.h"
#include "peak.h"
#include "tiles.h"

namespace {

using descent::bf16::kPairs;
using descent::bf16::kRows;

constexpr int kLanes = 16;
constexpr int kTileVectors = kPanelColumns / kLanes;

inline __mmask16 first(int n) { return static_cast<__mmask16>(0xFFFF >> (kLanes - n)); }

inline __m512i pairs_of(__m512 low, __m512 high) { return (__m512i)pairs((Floats)low, (Floats)high); }

// Rows k of `columns` neighbouring elements, two rows of them to a row of pairs, filled up with zeros to whole
// vectors and to an even count.
void convert_rows(const float *x, ptrdiff_t stride, int count, int columns, uint32_t *to, int ldto) {
  for (int k = 0; k < count; k += 2, x += 2 * stride, to += ldto) {
    bool two = k + 1 < count;
    for (int j = 0; j < columns; j += kLanes) {
      __mmask16 mask = first(least(kLanes, columns - j));
      __m512 low = _mm512_maskz_loadu_ps(mask, x + j);
      __m512 high = two ? _mm512_maskz_loadu_ps(mask, x + stride + j) : _mm512_setzero_ps();
      _mm512_storeu_si512(to + j, pairs_of(low, high));
    }
  }
}

// A row of neighbouring k, which are pairs as they lie. The next row is prefetched meanwhile: rows are too short for
// the processor to foresee them.
void convert_run(const float *x, const float *next, int count, uint32_t *to) {
  for (int k = 0; k < count; k += 2 * kLanes) {
    int left = count - k;
    __builtin_prefetch(next + k);
    __builtin_prefetch(next + k + kLanes);
    __m512 low = _mm512_maskz_loadu_ps(first(least(kLanes, left)), x + k);
    __m512 high = left > kLanes
                      ? _mm512_maskz_loadu_ps(first(least(kLanes, left - kLanes)), x + k + kLanes)
                      : _mm512_setzero_ps();
    __m512i both = (__m512i)_mm512_cvtne2ps_pbh(high, low);
    _mm512_mask_storeu_epi32(to + k / 2, first(least(kLanes, (left + 1) / 2)), both);
  }
}

// Pairs of any strides.
void convert_strided(const float *x, ptrdiff_t k_stride, int count, uint32_t *to) {
  for (int k = 0; k < count; k += 2, x += 2 * k_stride) {
    __m512 low = _mm512_set1_ps(x[0]);
    __m512 high = _mm512_set1_ps(k + 1 < count ? x[k_stride] : 0);
    to[k / 2] = static_cast<uint32_t>(_mm512_cvtsi512_si32(pairs_of(low, high)));
  }
}

// c (+)= a b for up to 64 columns; a and b are pairs.
struct PairTiles {
  int count;
  const uint32_t *a;
  ptrdiff_t row_stride;
  ptrdiff_t k_stride;
  const uint32_t *b;
  float *c;
  ptrdiff_t ldc;
  bool add;
  __mmask16 last;
  Partners partners;

  // R rows from this one on, C vectors.
  template <int R, int C>
  __attribute__((noinline)) void run(int row) const {
    float *to = c + row * ldc;
    __m512 sum[R][C];
#pragma GCC unroll 8
    for (int i = 0; i < R; i++) {
#pragma GCC unroll 8
      for (int j = 0; j < C; j++) {
        if (add) {
          sum[i][j] = _mm512_maskz_loadu_ps(mask<C>(j), to + i * ldc + j * kLanes);
        } else {
          __builtin_prefetch(to + i * ldc + j * kLanes, 1);
          sum[i][j] = _mm512_setzero_ps();
        }
      }
    }
    const uint32_t *x = a + row * row_stride;
    const uint32_t *y = b;
    auto multiply = [&] {
      __m512bh right[C];
#pragma GCC unroll 8
      for (int j = 0; j < C; j++) right[j] = (__m512bh)_mm512_loadu_si512(y + j * kLanes);
#pragma GCC unroll 8
      for (int i = 0; i < R; i++) {
        __m512bh left = (__m512bh)_mm512_set1_epi32(static_cast<int>(x[i * row_stride]));
#pragma GCC unroll 8
        for (int j = 0; j < C; j++) sum[i][j] = _mm512_dpbf16_ps(sum[i][j], left, right[j]);
      }
      x += k_stride;
      y += C * kLanes;
    };
    int k = partners.ask_for(R, C * kLanes, ldc, row, count, 2, multiply);
    for (; k < count; k++) multiply();
#pragma GCC unroll 8
    for (int i = 0; i < R; i++) {
#pragma GCC unroll 8
      for (int j = 0; j < C; j++) {
        _mm512_mask_storeu_ps(to + i * ldc + j * kLanes, mask<C>(j), sum[i][j]);
      }
    }
  }

  template <int C>
  __mmask16 mask(int j) const {
    return j < C - 1 ? 0xFFFF : last;
  }
};

// The same from form to form, for 16 rows of a strip.
struct FormTiles {
  int count;
  const char *a;
  const char *b[kTileVectors];
  float *c;
  ptrdiff_t ldc;
  __mmask16 last;
  Partners partners;

  template <int R, int C>
  __attribute__((noinline)) void run(int row) const {
    float *to = c + row * ldc;
    __m512 sum[R][C];
#pragma GCC unroll 8
    for (int i = 0; i < R; i++) {
#pragma GCC unroll 8
      for (int j = 0; j < C; j++) {
        __builtin_prefetch(to + i * ldc + j * kLanes, 1);
        sum[i][j] = _mm512_setzero_ps();
      }
    }
    const char *x = a + row * kTileRowBytes;
    ptrdiff_t y = 0;
    auto multiply = [&] {
      __m512bh right[C];
#pragma GCC unroll 8
      for (int j = 0; j < C; j++) right[j] = (__m512bh)_mm512_load_si512(b[j] + y);
#pragma GCC unroll 8
      for (int i = 0; i < R; i++) {
        int pair;
        memcpy(&pair, x + i * kTileRowBytes, sizeof pair);
        __m512bh left = (__m512bh)_mm512_set1_epi32(pair);
#pragma GCC unroll 8
        for (int j = 0; j < C; j++) sum[i][j] = _mm512_dpbf16_ps(sum[i][j], left, right[j]);
      }
      y += kTileRowBytes;
      x += y % kTileBytes == 0 ? kTileBytes - kTileRowBytes + 4 : 4;
    };
    int k = partners.ask_for(R, C * kLanes, ldc, row, count, 2, multiply);
    for (; k < count; k++) multiply();
#pragma GCC unroll 8
    for (int i = 0; i < R; i++) {
#pragma GCC unroll 8
      for (int j = 0; j < C; j++) {
        _mm512_mask_storeu_ps(to + i * ldc + j * kLanes, j < C - 1 ? 0xFFFF : last, sum[i][j]);
      }
    }
  }
};

int32_t multiply_forms(int columns, int rows, int count, const char *left, const char *right, float *c, ptrdiff_t ldc,
                       const float *const partners[3], ptrdiff_t at) {
  Partners next{partners[0], partners[1], partners[2]};
  Strips<1> a{const_cast<char *>(left), count}, b{const_cast<char *>(right), count};
  for (int j = 0; j < columns; j += kPanelColumns) {
    int width = least(kPanelColumns, columns - j);
    int vectors = (width + kLanes - 1) / kLanes;
    for (int i = 0; i < rows; i += kTileRows16) {
      ptrdiff_t to = i * ldc + j;
      FormTiles tiles{(count + 1) / 2, a.tile(0, i, 0), {}, c + to, ldc, first(width - (vectors - 1) * kLanes),
                      next.from(at + to)};
      for (int n = 0; n < vectors; n++) tiles.b[n] = b.tile(0, j + n * kLanes, 0);
      run_columns<kTileVectors, kTileVectors * kTileRows, kTileRows>(tiles, vectors, least(kTileRows16, rows - i));
    }
  }
  return 1;
}

// 32 rows at a time, whose sums do not leave the first-level cache: they go where the result does, which the product
// prefetches, or where it is not kept, to memory of its own.
int32_t multiply_epilogue(int columns, int rows, int count, const char *left, const char *right, const Epilogue &epilogue,
                          int row, int column, const descent_cpu_forms &forms) {
  constexpr const float *kNothing[3] = {};
  alignas(64) float own[kStrip * kPanelColumns];
  size_t strip = strip_bytes(count, 1);
  for (int j = 0; j < columns; j += kPanelColumns) {
    int width = least(kPanelColumns, columns - j);
    for (int i = 0; i < rows; i += kStrip) {
      int height = least(kStrip, rows - i);
      float *sums = epilogue.out != nullptr ? epilogue.out + i * epilogue.ld + j : own;
      ptrdiff_t ld = epilogue.out != nullptr ? epilogue.ld : kPanelColumns;
      multiply_forms(width, height, count, left + i / kStrip * strip, right + j / kStrip * strip, sums, ld, kNothing, 0);
      make_forms<1>(forms, row + i, column + j, height, width, [=](int r, int c, int n) {
        return epilogue.finish(i + r, j + c, some(sums + r * ld + c, n), n);
      });
    }
  }
  return 1;
}

}  // namespace

void descent_cpu_avx512bf16_multiply(DESCENT_CPU_PRODUCT, float *scratch) {
  const Partners partners{p + at, m + at, v + at};
  auto *right = reinterpret_cast<uint32_t *>(scratch);
  uint32_t *left = right + kPairs * kPanelColumns;
  if (count == 0 && !add) {
    for (int i = 0; i < rows; i++) {
      for (int j = 0; j < columns; j++) c[c0 + i * static_cast<ptrdiff_t>(ldc) + j] = 0;
    }
  }
  for (int j = 0; j < columns; j += kPanelColumns) {
    int width = least(kPanelColumns, columns - j);
    int vectors = (width + kLanes - 1) / kLanes;
    for (int k = 0; k < count; k += 2 * kPairs) {
      int some = least(2 * kPairs, count - k);
      int some_pairs = (some + 1) / 2;
      convert_rows(b + b0 + k * static_cast<ptrdiff_t>(ldb) + j, ldb, some, width, right,
                   vectors * kLanes);
      for (int i = 0; i < rows; i += kRows) {
        int height = least(kRows, rows - i);
        const float *from = a + a0 + i * static_cast<ptrdiff_t>(a_row_stride) +
                            k * static_cast<ptrdiff_t>(a_k_stride);
        PairTiles tiles{some_pairs,
                        left,
                        kPairs,
                        1,
                        right,
                        c + c0 + i * static_cast<ptrdiff_t>(ldc) + j,
                        ldc,
                        add != 0 || k > 0,
                        first(width - (vectors - 1) * kLanes),
                        partners.from(i * static_cast<ptrdiff_t>(ldc) + j)};
        if (a_row_stride == 1) {
          tiles.row_stride = 1;
          tiles.k_stride = kRows;
          convert_rows(from, a_k_stride, some, height, left, kRows);
        } else {
          for (int r = 0; r < height; r++) {
            const float *row = from + r * static_cast<ptrdiff_t>(a_row_stride);
            if (a_k_stride == 1) {
              convert_run(row, row + a_row_stride, some, left + r * kPairs);
            } else {
              convert_strided(row, a_k_stride, some, left + r * kPairs);
            }
          }
        }
        run_columns<kTileVectors, kTileVectors * kTileRows, kTileRows>(tiles, vectors, height);
      }
    }
  }
}

DESCENT_CPU_FORMS(avx512bf16, multiply_forms, convert<1>, update<1>, multiply_epilogue)

double descent_cpu_avx512bf16_peak(void) {
  const __m512 left = _mm512_set1_ps(kPeakLeft), right = _mm512_set1_ps(kPeakRight);
  const __m512bh a = (__m512bh)pairs(left, right), b = (__m512bh)pairs(right, left);
  repeat_in_registers(_mm512_setzero_ps(), [=](__m512 sum) { return _mm512_dpbf16_ps(sum, a, b); });
  return 2.0 * 2 * kLanes * kPeakChains * kPeakRounds;
}
