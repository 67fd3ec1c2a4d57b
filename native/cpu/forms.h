// Operands of products as bfloat16, of one part a number or of three, in the order in which tiles take them.
//
// A form holds a matrix in strips of 32 lanes, which are the rows of a left operand or the columns of a right one. A
// strip is a record for each 32 k, where there are three parts, and then for each part two rows of tiles, of 16 lanes
// each, a tile for each 32 k. A tile of a left form is 16 lanes x 32 k, one of a right form 16 pairs of neighbouring k
// x 16 lanes. Lanes and k that are missing are zeros.
//
// Forms are made from blocks of 32 x 32 elements, each of which is read once for all forms of its matrix: rows in pairs
// are a right form as they lie, neighbours in a row are a left form, and turned tiles are those of the transpose.
//
// Everything here is in a namespace without a name: files that are compiled for different processors must
// not share functions, of which the linker would keep one.
#pragma once

#include <immintrin.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "amx_tiles.h"
#include "descent_cpu.h"
#include "flush.h"
#include "form_blocks.h"
#ifdef __AVX512F__
#include "transpose.h"
#endif

namespace {

using descent::form::kPanelColumns;
using descent::form::kTileK;
using descent::form::strip_bytes;
using descent::form::units;

constexpr int kStrip = descent::form::kLanes;
constexpr int kLanes16 = 16;

using Floats = float __attribute__((vector_size(64), aligned(4)));
using Bits = uint32_t __attribute__((vector_size(64), aligned(4)));
using Halves = uint16_t __attribute__((vector_size(32), aligned(2)));

inline int least(int a, int b) { return a < b ? a : b; }

#ifdef __AVX512F__
inline __mmask16 first_lanes(int n) { return static_cast<__mmask16>((1 << (n > 0 ? n : 0)) - 1); }
#endif

// The first n of 16 floats, then zeros.
inline __attribute__((always_inline)) Floats some(const float *from, int n) {
  Floats x = {};
  if (n >= kLanes16) {
    memcpy(&x, from, sizeof x);
  } else {
#ifdef __AVX512F__
    x = (Floats)_mm512_maskz_loadu_ps(first_lanes(n), from);
#else
    for (int i = 0; i < n; i++) x[i] = from[i];
#endif
  }
  return x;
}

// Stores the first n of 16 floats.
inline __attribute__((always_inline)) void put(float *to, Floats x, int n) {
  if (n >= kLanes16) {
    memcpy(to, &x, sizeof x);
  } else {
#ifdef __AVX512F__
    _mm512_mask_storeu_ps(to, first_lanes(n), (__m512)x);
#else
    for (int i = 0; i < n; i++) to[i] = x[i];
#endif
  }
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

// A number as the sum of `Parts` of 8 significant bits, the largest first. The differences are exact. One part is left to
// `pairs` and `neighbours` to round where those do.
template <int Parts>
inline __attribute__((always_inline)) void split(Floats x, Floats part[Parts]) {
#ifdef __AVX512BF16__
  part[0] = Parts == 1 ? x : rounded(x);
#else
  part[0] = rounded(x);
#endif
  if constexpr (Parts == 3) {
    Floats rest = x - part[0];
    part[1] = rounded(rest);
    part[2] = rounded(rest - part[1]);
  }
}

// Of 16 + 16 numbers that split has made: pairs (low, high).
inline __attribute__((always_inline)) Bits pairs(Floats low, Floats high) {
#ifdef __AVX512BF16__
  const __m512i order = _mm512_set_epi16(
      31, 15, 30, 14, 29, 13, 28, 12, 27, 11, 26, 10, 25, 9, 24, 8, 23, 7, 22, 6, 21, 5, 20, 4, 19,
      3, 18, 2, 17, 1, 16, 0);
  return (Bits)_mm512_permutexvar_epi16(order, (__m512i)_mm512_cvtne2ps_pbh((__m512)high, (__m512)low));
#else
  return ((Bits)low >> 16) | ((Bits)high & 0xFFFF0000);
#endif
}

// The same side by side.
inline __attribute__((always_inline)) Bits neighbours(Floats low, Floats high) {
#ifdef __AVX512BF16__
  return (Bits)_mm512_cvtne2ps_pbh((__m512)high, (__m512)low);
#else
  Halves half[2] = {__builtin_convertvector((Bits)low >> 16, Halves), __builtin_convertvector((Bits)high >> 16, Halves)};
  Bits both;
  memcpy(&both, half, sizeof both);
  return both;
#endif
}

inline __attribute__((always_inline)) Bits larger(Bits x, Bits y) {
  Bits more = (Bits)(x > y);
  return (more & x) | (~more & y);
}

// 16 x 16 elements of 32 bits, rows become columns.
inline __attribute__((always_inline)) void turn(Bits v[kLanes16]) {
#ifdef __AVX512F__
  __m512 r[kLanes16];
#pragma GCC unroll 16
  for (int i = 0; i < kLanes16; i++) r[i] = (__m512)v[i];
  transpose16(r);
#pragma GCC unroll 16
  for (int i = 0; i < kLanes16; i++) v[i] = (Bits)r[i];
#else
  for (int i = 0; i < kLanes16; i++) {
    for (int j = 0; j < i; j++) {
      uint32_t e = v[i][j];
      v[i][j] = v[j][i];
      v[j][i] = e;
    }
  }
#endif
}

// What is known of 32 neighbouring k of a strip's lanes.
struct Record {
  Bits largest[2];  // each lane's largest magnitude
  Bits low;         // all numbers' bits
};
static_assert(sizeof(Record) == descent::form::record_bytes(3));

// What is known of a strip.
struct Known {
  bool exact;        // the second and third parts are zero
  uint32_t outside;  // a bit for each lane for which parts do not give float32's accuracy: see form_blocks.h
};

// A lane is outside where it is so in any kMaxK of its k, however many of them a form holds.
inline Known known(const char *strip, int k_tiles) {
  using namespace descent::form;
  Bits outside[2] = {}, low = {};
  for (int first = 0; first < k_tiles; first += kMaxK / kTileK) {
    Bits largest[2] = {};
    for (int k = first; k < least(k_tiles, first + kMaxK / kTileK); k++) {
      Record record;
      memcpy(&record, strip + k * static_cast<ptrdiff_t>(sizeof record), sizeof record);
      for (int i = 0; i < 2; i++) largest[i] = larger(largest[i], record.largest[i]);
      low |= record.low;
    }
    for (int i = 0; i < 2; i++) {
      outside[i] |= (Bits)((largest[i] != 0) & ((largest[i] < kLeastBits) | (largest[i] >= kMostBits)));
    }
  }
  Known all{true, 0};
  for (int i = 0; i < kLanes16; i++) {
    all.exact = all.exact && (low[i] & 0xFFFF) == 0;
    all.outside |= (outside[0][i] & 1) << i | (outside[1][i] & 1) << (kLanes16 + i);
  }
  return all;
}

// A form of `count` k.
template <int Parts>
struct Strips {
  char *at;
  int count;

  char *strip(int lane) const { return at + lane / kStrip * strip_bytes(count, Parts); }
  char *record(int lane, int k) const { return strip(lane) + k / kTileK * sizeof(Record); }
  // Of 16 lanes and 32 k.
  char *tile(int part, int lane, int k) const {
    int k_tiles = units(count, kTileK);
    return strip(lane) + k_tiles * descent::form::record_bytes(Parts) +
           ((static_cast<ptrdiff_t>(part) * 2 + lane % kStrip / kLanes16) * k_tiles + k / kTileK) * kTileBytes;
  }
};

// Where the tiles of a block go: to a form, or to memory from which they are turned.
template <int Parts>
struct Tiles32 {
  char *tile[Parts][2];

  Tiles32(void *form, int count, int lane, int k, char *spare) {
    for (int p = 0; p < Parts; p++) {
      for (int half = 0; half < 2; half++) {
        tile[p][half] = form != nullptr ? Strips<Parts>{static_cast<char *>(form), count}.tile(p, lane + half * kLanes16, k)
                                        : spare + (p * 2 + half) * kTileBytes;
      }
    }
  }
};

__attribute__((noinline)) void turn_tile(const char *from, char *to) {
  Bits v[kLanes16];
  memcpy(v, from, kTileBytes);
  turn(v);
  memcpy(to, v, kTileBytes);
}

// Up to 32 x 32 elements of a matrix from element (row, column) on, both multiples of 32, in all its forms.
//   source(i, j, n): up to n of 16 elements from (row + i, column + j) on, then zeros; called once for each that there are
//   between(): called 16 times, among the rows
template <int Parts, class Source, class Between>
inline __attribute__((always_inline)) void make_block(const descent_cpu_forms &forms, int row, int column, int height,
                                                      int width, const Source &source, const Between &between) {
  alignas(64) char spare[2][Parts * 2 * kTileBytes];
  bool by_columns = forms.right != nullptr || forms.left_turned != nullptr;
  bool by_rows = forms.left != nullptr || forms.right_turned != nullptr;
  Tiles32<Parts> down(forms.right, forms.rows, column, row, spare[0]);
  Tiles32<Parts> along(forms.left, forms.columns, row, column, spare[1]);
  Bits low = {}, columns_largest[2] = {}, rows_largest[Parts > 1 ? kStrip : 1] = {};
  for (int pair = 0; pair < kStrip / 2; pair++) {
    Floats x[2][2][Parts];  // row, half of it
    for (int i = 0; i < 2; i++) {
      int at = 2 * pair + i;
      for (int half = 0; half < 2; half++) {
        int n = at < height ? width - half * kLanes16 : 0;
        Floats e = {};
        if (n > 0) e = source(at, half * kLanes16, n);
        if constexpr (Parts > 1) {
          Bits magnitude = (Bits)e & 0x7FFFFFFF;
          low |= (Bits)e;
          columns_largest[half] = larger(columns_largest[half], magnitude);
          rows_largest[at] = larger(rows_largest[at], magnitude);
        }
        split<Parts>(e, x[i][half]);
      }
    }
    for (int p = 0; p < Parts; p++) {
      for (int i = 0; i < 2; i++) {
        if (by_columns) {
          Bits line = pairs(x[0][i][p], x[1][i][p]);
          memcpy(down.tile[p][i] + pair * kTileRowBytes, &line, sizeof line);
        }
        if (by_rows) {
          Bits line = neighbours(x[i][0][p], x[i][1][p]);
          int at = 2 * pair + i;
          memcpy(along.tile[p][at / kLanes16] + at % kLanes16 * kTileRowBytes, &line, sizeof line);
        }
      }
    }
    between();
  }
  for (int p = 0; p < Parts; p++) {
    for (int half = 0; half < 2; half++) {
      int lane = half * kLanes16;
      if (forms.left_turned != nullptr && lane < width) {
        Strips<Parts> to{static_cast<char *>(forms.left_turned), forms.rows};
        turn_tile(down.tile[p][half], to.tile(p, column + lane, row));
      }
      if (forms.right_turned != nullptr && lane < height) {
        Strips<Parts> to{static_cast<char *>(forms.right_turned), forms.columns};
        turn_tile(along.tile[p][half], to.tile(p, row + lane, column));
      }
    }
  }
  if constexpr (Parts > 1) {
    Record by_row{{}, low}, by_column{{columns_largest[0], columns_largest[1]}, low};
    for (int half = 0; half < 2; half++) {
      turn(rows_largest + half * kLanes16);
      for (int i = 0; i < kLanes16; i++) by_row.largest[half] = larger(by_row.largest[half], rows_largest[half * kLanes16 + i]);
    }
    auto tell = [](void *form, int count, int lane, int k, const Record &record) {
      if (form != nullptr) memcpy(Strips<Parts>{static_cast<char *>(form), count}.record(lane, k), &record, sizeof record);
    };
    tell(forms.left, forms.columns, row, column, by_row);
    tell(forms.right_turned, forms.columns, row, column, by_row);
    tell(forms.right, forms.rows, column, row, by_column);
    tell(forms.left_turned, forms.rows, column, row, by_column);
  }
}

// Any part of a matrix; source as above, from the part's first element on.
template <int Parts, class Source>
inline __attribute__((always_inline)) void make_forms(const descent_cpu_forms &forms, int row, int column, int rows,
                                                      int columns, const Source &source) {
  for (int i = 0; i < rows; i += kStrip) {
    for (int j = 0; j < columns; j += kStrip) {
      make_block<Parts>(
          forms, row + i, column + j, least(kStrip, rows - i), least(kStrip, columns - j),
          [=](int r, int c, int n) { return source(i + r, j + c, n); }, [] {});
    }
  }
}

// --- what products and stages convert -------------------------------------------------------------

template <int Parts>
void convert(const float *x, ptrdiff_t ldx, int row, int column, int rows, int columns, const descent_cpu_forms &forms) {
  make_forms<Parts>(forms, row, column, rows, columns, [=](int i, int j, int n) { return some(x + i * ldx + j, n); });
}

// A left operand, any strides.
template <int Parts>
void convert_left(const float *a, ptrdiff_t row_stride, ptrdiff_t k_stride, int rows, int count, char *form) {
  if (k_stride == 1) {
    convert<Parts>(a, row_stride, 0, 0, rows, count, {form, nullptr, nullptr, nullptr, rows, count, Parts});
  } else if (row_stride == 1) {
    convert<Parts>(a, k_stride, 0, 0, count, rows, {nullptr, form, nullptr, nullptr, count, rows, Parts});
  } else {
    make_forms<Parts>({form, nullptr, nullptr, nullptr, rows, count, Parts}, 0, 0, rows, count, [=](int i, int k, int n) {
      Floats x = {};
      for (int l = 0; l < least(n, kLanes16); l++) x[l] = a[i * row_stride + (k + l) * k_stride];
      return x;
    });
  }
}

template <int Parts>
void convert_right(const float *b, ptrdiff_t ldb, int count, int columns, char *form) {
  convert<Parts>(b, ldb, 0, 0, count, columns, {nullptr, nullptr, form, nullptr, count, columns, Parts});
}

// --- what follows a product -----------------------------------------------------------------------

// The steps of kernels.h's add_bias, relu and relu_backward for any 16 elements.
struct Epilogue {
  const float *bias;   // or null
  bool relu;
  const float *saved;  // or null
  float *out;          // or null
  ptrdiff_t ld;

  // What becomes of the sums from element (row, column) on, of which the first n count; the others are zeros.
  inline __attribute__((always_inline)) Floats finish(int row, int column, Floats x, int n) const {
    ptrdiff_t at = row * ld + column;
    if (bias != nullptr) x = x + some(bias + column, n);
    if (relu) x = (Floats)(~(Bits)(x <= 0) & (Bits)x);
    if (saved != nullptr) x = x * (Floats)((Bits)(some(saved + at, n) > 0) & (Bits)(Floats{} + 1));
    if (out != nullptr) put(out + at, x, n);
    return x;
  }
};

// --- Adam -----------------------------------------------------------------------------------------

inline __attribute__((always_inline)) Floats root(Floats x) {
#ifdef __AVX512F__
  return (Floats)_mm512_sqrt_ps((__m512)x);
#else
  __m256 half[2];
  memcpy(half, &x, sizeof x);
  half[0] = _mm256_sqrt_ps(half[0]), half[1] = _mm256_sqrt_ps(half[1]);
  memcpy(&x, half, sizeof x);
  return x;
#endif
}

// The steps of kernels.h's adam for any 16 elements.
struct AdamRun {
  float *p, *m, *v;
  float shrink, step_size, scale, beta1, beta2, epsilon;

  // The new parameters at these, of which the first n count.
  inline __attribute__((always_inline)) Floats step(ptrdiff_t at, Floats g, int n) const {
    float rest1 = static_cast<float>(1 - static_cast<double>(beta1));
    float rest2 = static_cast<float>(1 - static_cast<double>(beta2));
    Floats first = some(m + at, n) * beta1 + g * rest1;
    Floats second = some(v + at, n) * beta2 + (g * rest2) * g;
    put(m + at, first, n);
    put(v + at, second, n);
    Floats x = some(p + at, n) * shrink - (first * step_size) / (root(second) * scale + epsilon);
    put(p + at, x, n);
    return n < kLanes16 ? some(p + at, n) : x;
  }
};

// A function of its own, so that no arithmetic moves out of reach of the caller's FlushToZero.
template <int Parts>
__attribute__((noinline)) void update(const AdamRun &adam, const float *g, ptrdiff_t ld, int row, int column, int rows,
                                      int columns, const descent_cpu_forms &forms) {
  make_forms<Parts>(forms, row, column, rows, columns, [=](int i, int j, int n) {
    ptrdiff_t at = i * ld + j;
    return adam.step(at, some(g + at, n), n);
  });
}

}  // namespace

// The C functions of products by forms, for files that set parts to what is meant.
#define DESCENT_CPU_FORMS(set, multiply, convert, update, multiply_epilogue)                           \
  int32_t descent_cpu_##set##_multiply_forms(                                                         \
      int32_t columns, int32_t rows, int32_t count, const void *left, const void *right, float *c,    \
      int32_t c0, int32_t ldc, const float *p, const float *m, const float *v, int32_t at,            \
      int32_t parts) {                                                                                 \
    const float *const partners[3] = {p, m, v};                                                       \
    (void)parts;                                                                                       \
    auto *run = multiply;                                                                              \
    return run(columns, rows, count, static_cast<const char *>(left), static_cast<const char *>(right), c + c0, ldc, \
               partners, at);                                                                          \
  }                                                                                                    \
  void descent_cpu_##set##_convert(                                                                    \
      const float *x, int32_t x0, int32_t ldx, int32_t row, int32_t column, int32_t rows,             \
      int32_t columns, const struct descent_cpu_forms *forms) {                                        \
    int parts = forms->parts;                                                                          \
    (void)parts;                                                                                       \
    auto *run = convert;                                                                               \
    run(x + x0, ldx, row, column, rows, columns, *forms);                                              \
  }                                                                                                    \
  void descent_cpu_##set##_adam_forms(                                                                 \
      float *p, float *m, float *v, int32_t at, const float *g, int32_t g0, int32_t rows,             \
      int32_t columns, float shrink, float step_size, float scale, float beta1, float beta2,          \
      float epsilon, int32_t row, int32_t column, const struct descent_cpu_forms *forms) {             \
    int parts = forms->parts;                                                                          \
    (void)parts;                                                                                       \
    FlushToZero flush;                                                                                 \
    auto *run = update;                                                                                \
    run({p + at, m + at, v + at, shrink, step_size, scale, beta1, beta2, epsilon}, g + g0, columns, row, column, rows, \
        columns, *forms);                                                                              \
  }                                                                                                    \
  int32_t descent_cpu_##set##_multiply_epilogue(                                                      \
      int32_t columns, int32_t rows, int32_t count, const void *left, const void *right,              \
      const float *bias, int32_t bias0, int32_t relu, const float *saved, int32_t saved0, float *out, \
      int32_t out0, int32_t ld, int32_t row, int32_t column, const struct descent_cpu_forms *forms) { \
    int parts = forms->parts;                                                                          \
    (void)parts;                                                                                       \
    auto from = [](auto *x, int32_t first) { return x == nullptr ? x : x + first; };                   \
    auto *run = multiply_epilogue;                                                                     \
    return run(columns, rows, count, static_cast<const char *>(left), static_cast<const char *>(right), \
               {from(bias, bias0), relu != 0, from(saved, saved0), from(out, out0), ld}, row, column, *forms); \
  }
