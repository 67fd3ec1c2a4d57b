// The matrix product by tiles, over one to three parts of each number.
//
// Everything here is in a namespace without a name: files that are compiled for different processors must
// not share functions, of which the linker would keep one.
#pragma once

#include "forms.h"

namespace {

// Which parts are multiplied.
enum class Kind {
  kOne,         // the first of both
  kLeftExact,   // the first of a with all three of b
  kRightExact,  // all three of a with the first of b
  kSix          // what is not below 2^-24 of the product
};

// Asks for what is taken together with the result, some lines at a time.
class Ahead {
 public:
  // at: where the columns begin, of up to three arrays, behind which is null
  Ahead(const float *const at[3], ptrdiff_t ld, int rows, int columns)
      : at_{at[0], at[1], at[2]}, ld_(ld), rows_(rows), columns_(columns) {
    while (arrays_ < 3 && at[arrays_] != nullptr) arrays_++;
  }
  int lines() const { return arrays_ * rows_ * ((columns_ + kLine - 1) / kLine); }
  inline __attribute__((always_inline)) void some(int lines) {
    for (; lines > 0 && which_ < arrays_; lines--) {
      __builtin_prefetch(at_[which_] + row_ * ld_ + column_, 1);
      column_ += kLine;
      if (column_ < columns_) continue;
      column_ = 0;
      if (++row_ < rows_) continue;
      row_ = 0;
      which_++;
    }
  }

 private:
  static constexpr int kLine = 16;
  const float *at_[3];
  ptrdiff_t ld_;
  int rows_;
  int columns_;
  int arrays_ = 0, which_ = 0, row_ = 0, column_ = 0;
};

// 16 x 16 elements of c, or as many as there are.
struct Corner {
  float *c;
  ptrdiff_t ldc;
  int rows;
  int columns;

  bool whole() const { return rows >= kTileRows16 && columns >= kLanes16; }
  template <int T>
  void load(Tiles &tiles) const {
    if (whole()) {
      tiles.load<T>(c, ldc * 4);
      return;
    }
    alignas(64) float part[kTileRows16][kLanes16] = {};
    for (int i = 0; i < least(rows, kTileRows16); i++) {
      memcpy(part[i], c + i * ldc, sizeof(float) * static_cast<size_t>(least(columns, kLanes16)));
    }
    tiles.load<T>(part, kTileRowBytes);
  }
  template <int T>
  void store(Tiles &tiles) const {
    if (whole()) {
      tiles.store<T>(c, ldc * 4);
      return;
    }
    alignas(64) float part[kTileRows16][kLanes16];
    tiles.store<T>(part, kTileRowBytes);
    for (int i = 0; i < least(rows, kTileRows16); i++) {
      memcpy(c + i * ldc, part[i], sizeof(float) * static_cast<size_t>(least(columns, kLanes16)));
    }
  }
};

template <int N>
struct Constant {
  constexpr operator int() const { return N; }
};

// R x C tiles of the result: sums in tiles 0 to 3, a in 4 and 5, b in 6 and 7.
template <Kind K, int R, int C>
struct Block {
  Tiles &tiles;
  const char *a;  // the first tile of a strip
  const char *b;
  ptrdiff_t k_tiles;

  void left(int part, ptrdiff_t k) {
    tiles.load<4>(a + (part * 2 * k_tiles + k) * kTileBytes, kTileRowBytes);
    if constexpr (R == 2) tiles.load<5>(a + ((part * 2 + 1) * k_tiles + k) * kTileBytes, kTileRowBytes);
  }
  void right(int part, ptrdiff_t k) {
    tiles.load<6>(b + (part * 2 * k_tiles + k) * kTileBytes, kTileRowBytes);
    if constexpr (C == 2) tiles.load<7>(b + ((part * 2 + 1) * k_tiles + k) * kTileBytes, kTileRowBytes);
  }
  void multiply() {
    tiles.product<0, 4, 6>();
    if constexpr (C == 2) tiles.product<1, 4, 7>();
    if constexpr (R == 2) tiles.product<2, 5, 6>();
    if constexpr (R == 2 && C == 2) tiles.product<3, 5, 7>();
  }

  // The small terms first; of two neighbours one operand stays. All kinds take their terms in the same order: so those
  // left out, which are zeros, make no difference to the others.
  void step(ptrdiff_t k) {
    if constexpr (K == Kind::kOne) {
      left(0, k), right(0, k), multiply();
    } else if constexpr (K == Kind::kLeftExact) {
      left(0, k), right(1, k), multiply();
      right(2, k), multiply();
      right(0, k), multiply();
    } else if constexpr (K == Kind::kRightExact) {
      right(0, k), left(2, k), multiply();
      left(1, k), multiply();
      left(0, k), multiply();
    } else {
      left(2, k), right(0, k), multiply();
      left(1, k), multiply();
      right(1, k), multiply();
      left(0, k), multiply();
      right(2, k), multiply();
      right(0, k), multiply();
    }
  }

  void run(float *c, ptrdiff_t ldc, int rows, int columns, bool add, Ahead ahead) {
    Corner corner[4];
    for (int i = 0; i < 4; i++) {
      int row = i / 2 * kTileRows16, column = i % 2 * kLanes16;
      corner[i] = {c + row * ldc + column, ldc, rows - row, columns - column};
    }
    if (add) {
      each([&](auto t) { corner[t].template load<t>(tiles); });
    } else {
      zero();
    }
    int lines = (ahead.lines() + static_cast<int>(k_tiles) - 1) / static_cast<int>(k_tiles);
    for (ptrdiff_t k = 0; k < k_tiles; k++) {
      ahead.some(lines);
      step(k);
    }
    each([&](auto t) { corner[t].template store<t>(tiles); });
  }

  void zero() {
    each([&](auto t) { tiles.template zero<t>(); });
  }

  // Calls f with the constants of the tiles of sums that there are.
  template <class F>
  static inline __attribute__((always_inline)) void each(const F &f) {
    f(Constant<0>());
    if constexpr (C == 2) f(Constant<1>());
    if constexpr (R == 2) f(Constant<2>());
    if constexpr (R == 2 && C == 2) f(Constant<3>());
  }
};

template <Kind K>
void run_block(Tiles &tiles, const char *a, const char *b, int k_tiles, float *c, ptrdiff_t ldc, int rows, int columns,
               bool add, Ahead ahead) {
  bool tall = rows > kTileRows16, wide = columns > kLanes16;
  if (tall && wide) {
    Block<K, 2, 2>{tiles, a, b, k_tiles}.run(c, ldc, rows, columns, add, ahead);
  } else if (tall) {
    Block<K, 2, 1>{tiles, a, b, k_tiles}.run(c, ldc, rows, columns, add, ahead);
  } else if (wide) {
    Block<K, 1, 2>{tiles, a, b, k_tiles}.run(c, ldc, rows, columns, add, ahead);
  } else {
    Block<K, 1, 1>{tiles, a, b, k_tiles}.run(c, ldc, rows, columns, add, ahead);
  }
}

// A strip of rows times a strip of columns, where parts do for both.
template <int Parts>
void run_strips(Tiles &tiles, const char *left, Known left_known, const char *right, Known right_known, int k_tiles,
                float *c, ptrdiff_t ldc, int rows, int columns, bool add, Ahead ahead) {
  const char *a = left + k_tiles * descent::form::record_bytes(Parts);
  const char *b = right + k_tiles * descent::form::record_bytes(Parts);
  if (Parts == 1 || (left_known.exact && right_known.exact)) {
    run_block<Kind::kOne>(tiles, a, b, k_tiles, c, ldc, rows, columns, add, ahead);
  } else if constexpr (Parts > 1) {
    if (left_known.exact) {
      run_block<Kind::kLeftExact>(tiles, a, b, k_tiles, c, ldc, rows, columns, add, ahead);
    } else if (right_known.exact) {
      run_block<Kind::kRightExact>(tiles, a, b, k_tiles, c, ldc, rows, columns, add, ahead);
    } else {
      run_block<Kind::kSix>(tiles, a, b, k_tiles, c, ldc, rows, columns, add, ahead);
    }
  }
}

template <int Parts>
Known known_of(const char *strip, int k_tiles) {
  return Parts == 1 ? Known{true, 0} : known(strip, k_tiles);
}

inline Ahead ahead_of(const float *const partners[3], ptrdiff_t at, ptrdiff_t ldc, int rows, int columns) {
  const float *moved[3] = {};
  for (int i = 0; i < 3 && partners[i] != nullptr; i++) moved[i] = partners[i] + at;
  return {moved, ldc, rows, columns};
}

using Product = void(DESCENT_CPU_PRODUCT);

// Runs of set bits among the first n: calls f(first, length).
template <class F>
void each_run(uint32_t bits, int n, const F &f) {
  for (int i = 0; i < n; i++) {
    int first = i;
    while (i < n && (bits >> i & 1) != 0) i++;
    if (i > first) f(first, i - first);
  }
}

// A strip of rows times a strip of columns of which parts do not do for some: those go by fused multiply-adds, the others
// by `tiles`, so that the bits of an element depend on its own row and column alone.
//   tiles(): the product by parts
//   floats(row, rows, column, columns): a rectangle of it in float32
template <class ByTiles, class ByFma>
void run_apart(uint32_t rows_outside, uint32_t columns_outside, float *c, ptrdiff_t ldc, int rows, int columns,
               const ByTiles &tiles, const ByFma &floats) {
  auto all = [](uint32_t bits, int n) { return n == 32 ? bits == ~0u : (~bits & ((1u << n) - 1)) == 0; };
  if (all(rows_outside, rows) || all(columns_outside, columns)) {
    floats(0, rows, 0, columns);
    return;
  }
  float before[kStrip][kStrip];
  for (int i = 0; i < rows; i++) memcpy(before[i], c + i * ldc, sizeof(float) * static_cast<size_t>(columns));
  tiles();
  auto again = [&](int row, int height, int column, int width) {
    for (int i = row; i < row + height; i++) {
      memcpy(c + i * ldc + column, before[i] + column, sizeof(float) * static_cast<size_t>(width));
    }
    floats(row, height, column, width);
  };
  each_run(rows_outside, rows, [&](int row, int height) { again(row, height, 0, columns); });
  each_run(columns_outside, columns, [&](int column, int width) { again(0, rows, column, width); });
}

// fma: the product for numbers that have no parts
template <int Parts>
void multiply_by_tiles(Product *fma, DESCENT_CPU_PRODUCT, char *left, char *right, int ready) {
  using namespace descent::form;
  if (count == 0) {
    if (add) return;
    for (int i = 0; i < rows; i++) {
      memset(c + c0 + i * static_cast<ptrdiff_t>(ldc), 0, sizeof(float) * static_cast<size_t>(columns));
    }
    return;
  }
  const float *const partners[3] = {p, m, v};
  Tiles tiles;
  for (int j = 0; j < columns; j += kPanelColumns) {
    int width = least(kPanelColumns, columns - j);
    for (int k = 0; k < count; k += kMaxK) {
      int some = least(kMaxK, count - k);
      int k_tiles = units(some, kTileK);
      size_t strip = strip_bytes(some, Parts);
      ptrdiff_t b_at = b0 + k * static_cast<ptrdiff_t>(ldb) + j;
      if ((ready & DESCENT_CPU_RIGHT_READY) == 0) convert_right<Parts>(b + b_at, ldb, some, width, right);
      for (int i = 0; i < rows; i += kStrip) {
        int height = least(kStrip, rows - i);
        ptrdiff_t a_at = a0 + i * static_cast<ptrdiff_t>(a_row_stride) + k * static_cast<ptrdiff_t>(a_k_stride);
        char *block = left + static_cast<size_t>(i % kGroupRows / kStrip) * strip;
        if ((ready & DESCENT_CPU_LEFT_READY) == 0) {
          convert_left<Parts>(a + a_at, a_row_stride, a_k_stride, height, some, block);
        }
        Known left_known = known_of<Parts>(block, k_tiles);
        for (int n = 0; n < width; n += kStrip) {
          int across = least(kStrip, width - n);
          const char *panel = right + static_cast<size_t>(n / kStrip) * strip;
          Known right_known = known_of<Parts>(panel, k_tiles);
          ptrdiff_t to = i * static_cast<ptrdiff_t>(ldc) + j + n;
          bool more = add != 0 || k > 0;
          auto by_tiles = [&] {
            run_strips<Parts>(tiles, block, left_known, panel, right_known, k_tiles, c + c0 + to, ldc, height, across,
                              more, ahead_of(partners, at + to, ldc, height, across));
          };
          if ((left_known.outside | right_known.outside) == 0) {
            by_tiles();
          } else {
            run_apart(left_known.outside, right_known.outside, c + c0 + to, ldc, height, across, by_tiles,
                      [&](int row, int high, int column, int wide) {
                        fma(wide, high, some, a + a_at + row * static_cast<ptrdiff_t>(a_row_stride), 0, a_row_stride,
                            a_k_stride, b + b_at + n + column, 0, ldb, c + c0 + to + row * static_cast<ptrdiff_t>(ldc) + column,
                            0, ldc, more, nullptr, nullptr, nullptr, 0);
                      });
          }
        }
      }
    }
  }
}

constexpr const float *kNothing[3] = {};

// Whether parts do for these strips of rows and of columns.
template <int Parts>
bool parts_do(const char *left, int left_strips, const char *right, int right_strips, int k_tiles, size_t strip) {
  if constexpr (Parts > 1) {
    for (int i = 0; i < left_strips; i++) {
      if (known(left + i * strip, k_tiles).outside != 0) return false;
    }
    for (int j = 0; j < right_strips; j++) {
      if (known(right + j * strip, k_tiles).outside != 0) return false;
    }
  }
  return true;
}

template <int Parts>
int32_t multiply_forms(int columns, int rows, int count, const char *left, const char *right, float *c, ptrdiff_t ldc,
                       const float *const partners[3], ptrdiff_t at) {
  int k_tiles = units(count, kTileK);
  size_t strip = strip_bytes(count, Parts);
  if (!parts_do<Parts>(left, units(rows, kStrip), right, units(columns, kStrip), k_tiles, strip)) return 0;
  Tiles tiles;
  for (int i = 0; i < rows; i += kStrip) {
    int height = least(kStrip, rows - i);
    const char *a = left + i / kStrip * strip;
    Known left_known = known_of<Parts>(a, k_tiles);
    for (int j = 0; j < columns; j += kStrip) {
      int across = least(kStrip, columns - j);
      const char *b = right + j / kStrip * strip;
      ptrdiff_t to = i * ldc + j;
      run_strips<Parts>(tiles, a, left_known, b, known_of<Parts>(b, k_tiles), k_tiles, c + to, ldc, height, across, false,
                        ahead_of(partners, at + to, ldc, height, across));
    }
  }
  return 1;
}

// A block whose product goes on between the steps of something else.
class Meanwhile {
 public:
  static constexpr int kSide = kStrip;

  template <int Parts>
  void begin(Tiles &tiles, const char *left, const char *right, int k_tiles, int rows, int columns) {
    a_ = left + k_tiles * descent::form::record_bytes(Parts);
    b_ = right + k_tiles * descent::form::record_bytes(Parts);
    k_tiles_ = k_tiles;
    k_ = 0;
    run_ = choose(kind<Parts>(left, right, k_tiles), rows > kTileRows16, columns > kLanes16);
    run_(tiles, a_, b_, k_tiles_, -1, 0, nullptr);
  }
  // A sixteenth of it.
  void some(Tiles &tiles) {
    int end = least(k_tiles_, k_ + (k_tiles_ + 15) / 16);
    if (k_ < end) run_(tiles, a_, b_, k_tiles_, k_, end, nullptr);
    k_ = end;
  }
  // What is left, and its sums to kSide x kSide floats.
  void end(Tiles &tiles, float *to) { run_(tiles, a_, b_, k_tiles_, k_, k_tiles_, to); }

 private:
  // Begins where k is negative; else k-steps from k to end, and stores the sums where `to` is not null.
  using Run = void(Tiles &tiles, const char *a, const char *b, int k_tiles, int k, int end, float *to);

  template <Kind K, int R, int C>
  static void run(Tiles &tiles, const char *a, const char *b, int k_tiles, int k, int end, float *to) {
    Block<K, R, C> block{tiles, a, b, k_tiles};
    if (k < 0) {
      block.zero();
      return;
    }
    for (; k < end; k++) block.step(k);
    if (to != nullptr) {
      block.each([&](auto t) {
        tiles.template store<t>(to + t / 2 * kTileRows16 * kSide + t % 2 * kLanes16, kSide * sizeof(float));
      });
    }
  }
  template <Kind K>
  static Run *choose(bool tall, bool wide) {
    return tall ? (wide ? run<K, 2, 2> : run<K, 2, 1>) : (wide ? run<K, 1, 2> : run<K, 1, 1>);
  }
  static Run *choose(Kind kind, bool tall, bool wide) {
    switch (kind) {
      case Kind::kOne: return choose<Kind::kOne>(tall, wide);
      case Kind::kLeftExact: return choose<Kind::kLeftExact>(tall, wide);
      case Kind::kRightExact: return choose<Kind::kRightExact>(tall, wide);
      default: return choose<Kind::kSix>(tall, wide);
    }
  }
  template <int Parts>
  static Kind kind(const char *left, const char *right, int k_tiles) {
    if (Parts == 1) return Kind::kOne;
    bool left_exact = known(left, k_tiles).exact, right_exact = known(right, k_tiles).exact;
    return left_exact ? (right_exact ? Kind::kOne : Kind::kLeftExact) : right_exact ? Kind::kRightExact : Kind::kSix;
  }

  const char *a_ = nullptr, *b_ = nullptr;
  int k_tiles_ = 0, k_ = 0;
  Run *run_ = nullptr;
};

// Two blocks at a time: what follows the product is done to one while tiles sum the next, and what that takes from memory
// is prefetched at the same pace. So neither waits for the other's units (prototype on a Xeon: 784 x 32 x 512 and Adam
// 378 to 204 us, 128 x 784 x 512 with bias and ReLU 93 to 70 us).
//   partners: up to three arrays of which blocks take the elements that belong to theirs, ld apart, the first ones first;
//      the others are null
//   finish(i, j, x, n): what becomes of the n sums from element (i, j) on, and goes to the forms
template <int Parts, class Finish>
inline __attribute__((always_inline)) int32_t multiply_blocks(int columns, int rows, int count, const char *left,
                                                              const char *right, const float *const partners[3],
                                                              ptrdiff_t ld, int row, int column,
                                                              const descent_cpu_forms &forms, const Finish &finish) {
  int k_tiles = units(count, kTileK);
  size_t strip = strip_bytes(count, Parts);
  if (!parts_do<Parts>(left, units(rows, kStrip), right, units(columns, kStrip), k_tiles, strip)) return 0;
  if (rows == 0 || columns == 0) return 1;
  alignas(64) float sums[2][kStrip * kStrip];
  int across = units(columns, kStrip), blocks = units(rows, kStrip) * across;
  auto top = [=](int block) { return block / across * kStrip; };
  auto side = [=](int block) { return block % across * kStrip; };
  auto height = [=](int block) { return least(kStrip, rows - top(block)); };
  auto width = [=](int block) { return least(kStrip, columns - side(block)); };
  Tiles tiles;
  Meanwhile next;
  auto begin = [&](int block) {
    next.begin<Parts>(tiles, left + block / across * strip, right + block % across * strip, k_tiles, height(block),
                      width(block));
  };
  begin(0);
  next.end(tiles, sums[0]);
  for (int block = 0; block < blocks; block++) {
    bool more = block + 1 < blocks;
    Ahead ahead = more ? ahead_of(partners, top(block + 1) * ld + side(block + 1), ld, height(block + 1), width(block + 1))
                       : Ahead(kNothing, 0, 0, 0);
    int lines = (ahead.lines() + 15) / 16;
    if (more) begin(block + 1);
    const float *done = sums[block % 2];
    int i0 = top(block), j0 = side(block);
    make_block<Parts>(
        forms, row + i0, column + j0, height(block), width(block),
        [=](int i, int j, int n) { return finish(i0 + i, j0 + j, some(done + i * kStrip + j, n), n); },
        [&] {
          ahead.some(lines);
          if (more) next.some(tiles);
        });
    if (more) next.end(tiles, sums[(block + 1) % 2]);
  }
  return 1;
}

template <int Parts>
__attribute__((noinline)) int32_t multiply_adam(int columns, int rows, int count, const char *left, const char *right,
                                                const AdamRun &adam, int row, int column,
                                                const descent_cpu_forms &forms) {
  const float *const partners[3] = {adam.p, adam.m, adam.v};
  return multiply_blocks<Parts>(columns, rows, count, left, right, partners, columns, row, column, forms,
                                [=](int i, int j, Floats g, int n) {
                                  return adam.step(i * static_cast<ptrdiff_t>(columns) + j, g, n);
                                });
}

template <int Parts>
__attribute__((noinline)) int32_t multiply_epilogue(int columns, int rows, int count, const char *left,
                                                    const char *right, const Epilogue &epilogue, int row, int column,
                                                    const descent_cpu_forms &forms) {
  const float *const partners[3] = {epilogue.saved != nullptr ? epilogue.saved : epilogue.out,
                                    epilogue.saved != nullptr ? epilogue.out : nullptr, nullptr};
  return multiply_blocks<Parts>(columns, rows, count, left, right, partners, epilogue.ld, row, column, forms,
                                [=](int i, int j, Floats x, int n) { return epilogue.finish(i, j, x, n); });
}

// --- the most that can be done --------------------------------------------------------------------

// A tile of numbers between 0.5 and 2 of either sign, with random digits.
struct alignas(64) RandomTile {
  uint16_t numbers[kTileBytes / 2];

  constexpr explicit RandomTile(uint32_t seed) : numbers() {
    for (auto &number : numbers) {
      seed = seed * 1664525 + 1013904223;
      number = static_cast<uint16_t>(0x3F00 | (seed >> 16 & 0x80FF));
    }
  }
};

constexpr RandomTile kRandomLeft{1}, kRandomRight{2};

// Products of two tiles, added to each of the other six by turns.
inline double peak_by_tiles() {
  constexpr int kRounds = 300;
  Tiles tiles;
  tiles.zero<0>();
  tiles.zero<1>();
  tiles.zero<2>();
  tiles.zero<3>();
  tiles.zero<4>();
  tiles.zero<5>();
  tiles.load<6>(kRandomLeft.numbers, kTileRowBytes);
  tiles.load<7>(kRandomRight.numbers, kTileRowBytes);
  for (int n = 0; n < kRounds; n++) {
    tiles.product<0, 6, 7>();
    tiles.product<1, 6, 7>();
    tiles.product<2, 6, 7>();
    tiles.product<3, 6, 7>();
    tiles.product<4, 6, 7>();
    tiles.product<5, 6, 7>();
  }
  return 2.0 * kTileRows16 * kTileRows16 * (kTileRowBytes / 2) * 6 * kRounds;
}

}  // namespace

#define DESCENT_CPU_TILES(set, fma)                                                                    \
  double descent_cpu_##set##_peak(void) { return peak_by_tiles(); }                                   \
  void descent_cpu_##set##_multiply(DESCENT_CPU_PRODUCT, int32_t parts, void *left, void *right,      \
                                    int32_t ready) {                                                   \
    auto *multiply = parts == 1 ? multiply_by_tiles<1> : multiply_by_tiles<3>;                         \
    multiply(fma, columns, rows, count, a, a0, a_row_stride, a_k_stride, b, b0, ldb, c, c0, ldc, add, \
             p, m, v, at, static_cast<char *>(left), static_cast<char *>(right), ready);              \
  }                                                                                                    \
  DESCENT_CPU_FORMS(set, parts == 1 ? multiply_forms<1> : multiply_forms<3>, parts == 1 ? convert<1> : convert<3>, \
                    parts == 1 ? update<1> : update<3>,                                                \
                    parts == 1 ? multiply_epilogue<1> : multiply_epilogue<3>)                                    \
  int32_t descent_cpu_##set##_multiply_adam(                                                           \
      int32_t columns, int32_t rows, int32_t count, const void *left, const void *right, float *p,    \
      float *m, float *v, int32_t at, float shrink, float step_size, float scale, float beta1,        \
      float beta2, float epsilon, int32_t row, int32_t column, const struct descent_cpu_forms *forms) { \
    FlushToZero flush;                                                                                 \
    auto *run = forms->parts == 1 ? multiply_adam<1> : multiply_adam<3>;                               \
    return run(columns, rows, count, static_cast<const char *>(left), static_cast<const char *>(right), \
               {p + at, m + at, v + at, shrink, step_size, scale, beta1, beta2, epsilon}, row, column, *forms); \
  }
