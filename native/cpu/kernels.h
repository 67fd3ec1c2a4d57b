// The kernels, written once for vectors V of any instruction set: see Avx2 and Avx512.
//
// Everything here is in a namespace without a name: files that are compiled for different processors must
// not share functions, of which the linker would keep one.
#pragma once

#include <immintrin.h>
#include <stddef.h>

#include "flush.h"
#include "partners.h"
#include "peak.h"
#include "tiles.h"

namespace {

// A matrix of any strides.
struct Left {
  const float *at;
  ptrdiff_t row_stride;
  ptrdiff_t k_stride;
};

// What sums add up: `number` runs of products, which lie apart in a and b.
struct Runs {
  int number;
  ptrdiff_t a_stride;
  ptrdiff_t b_stride;
};

// Multiply-adds with nothing but registers.
template <class V>
double peak() {
  auto a = V::set(kPeakLeft), b = V::set(kPeakRight);
  repeat_in_registers(V::zero(), [=](typename V::Reg sum) { return V::fma(a, b, sum); });
  return 2.0 * V::kLanes * kPeakChains * kPeakRounds;
}

// --- matrix product -----------------------------------------------------------------------------

// The prefetch distance of a's elements, in k. Where they lie a stride apart the processor does not
// foresee them; where they lie side by side this does no harm.
constexpr int kAhead = 12;

// c (+)= a b + bias for some vectors of columns, the last of which may be a part of one. There may be no bias.
template <class V, bool Whole>
struct FloatTiles {
  int count;  // of a run
  Left a;
  const float *b;
  ptrdiff_t ldb;
  float *c;
  ptrdiff_t ldc;
  bool add;
  typename V::Mask last;
  Partners partners;
  Runs runs;
  const float *bias;

  template <int C>
  typename V::Reg load(const float *p, int j) const {
    return Whole || j < C - 1 ? V::load(p + j * V::kLanes) : V::load(p + j * V::kLanes, last);
  }

  template <int C>
  void store(float *p, int j, typename V::Reg x) const {
    if (Whole || j < C - 1) {
      V::store(p + j * V::kLanes, x);
    } else {
      V::store(p + j * V::kLanes, x, last);
    }
  }

  // R rows from this one on, C vectors.
  template <int R, int C>
  __attribute__((noinline)) void run(int row) const {
    using Reg = typename V::Reg;
    float *to = c + row * ldc;
    Reg sum[R][C];
#pragma GCC unroll 14
    for (int i = 0; i < R; i++) {
#pragma GCC unroll 14
      for (int j = 0; j < C; j++) {
        if (add) {
          sum[i][j] = load<C>(to + i * ldc, j);
        } else {
          // What is going to be overwritten is on its way while the sums are made.
          __builtin_prefetch(to + i * ldc + j * V::kLanes, 1);
          sum[i][j] = V::zero();
        }
      }
    }
    // Of three rows each, which an address reaches by a base and one or two strides: a pointer a row would not fit
    // the registers.
    const float *x[(R + 2) / 3];
#pragma GCC unroll 14
    for (int i = 0; i < R; i += 3) x[i / 3] = a.at + (row + i) * a.row_stride;
    const float *y = b;
    auto multiply = [&]() __attribute__((always_inline)) {
      __builtin_prefetch(x[0] + kAhead * a.k_stride);
      Reg right[C];
#pragma GCC unroll 14
      for (int j = 0; j < C; j++) right[j] = load<C>(y, j);
#pragma GCC unroll 14
      for (int i = 0; i < R; i++) {
        Reg left = V::set(x[i / 3][i % 3 * a.row_stride]);
#pragma GCC unroll 14
        for (int j = 0; j < C; j++) sum[i][j] = V::fma(left, right[j], sum[i][j]);
      }
#pragma GCC unroll 14
      for (int i = 0; i < R; i += 3) x[i / 3] += a.k_stride;
      y += ldb;
    };
    int k = partners.ask_for(R, C * V::kLanes, ldc, row, count, 1, multiply);
    for (int n = 1;; n++) {
      for (; k < count; k++) multiply();
      if (n >= runs.number) break;
#pragma GCC unroll 14
      for (int i = 0; i < R; i += 3) x[i / 3] += runs.a_stride - count * a.k_stride;
      y += runs.b_stride - count * ldb;
      k = 0;
    }
    if (bias != nullptr) {
#pragma GCC unroll 14
      for (int j = 0; j < C; j++) {
        Reg some = load<C>(bias, j);
#pragma GCC unroll 14
        for (int i = 0; i < R; i++) sum[i][j] = V::add(sum[i][j], some);
      }
    }
#pragma GCC unroll 14
    for (int i = 0; i < R; i++) {
#pragma GCC unroll 14
      for (int j = 0; j < C; j++) store<C>(to + i * ldc, j, sum[i][j]);
    }
  }
};

// By tiles of at most Vectors vectors of columns, of Rows rows where they have so many.
template <class V, int Rows, int Vectors>
void multiply(int columns, int rows, int count, Left a, const float *b, ptrdiff_t ldb, float *c,
              ptrdiff_t ldc, bool add, Partners partners, Runs runs, const float *bias) {
  constexpr int kWidth = Vectors * V::kLanes;
  for (int j = 0; j < columns; j += kWidth) {
    int width = columns - j < kWidth ? columns - j : kWidth;
    int vectors = (width + V::kLanes - 1) / V::kLanes;
    int in_last = width - (vectors - 1) * V::kLanes;
    auto last = V::first(in_last);
    const float *some = bias == nullptr ? nullptr : bias + j;
    if (in_last == V::kLanes) {
      FloatTiles<V, true> tiles{count, a, b + j, ldb, c + j, ldc, add, last, partners.from(j), runs, some};
      run_columns<Vectors, Vectors * Rows, kNarrowRows>(tiles, vectors, rows);
    } else {
      FloatTiles<V, false> tiles{count, a, b + j, ldb, c + j, ldc, add, last, partners.from(j), runs, some};
      run_columns<Vectors, Vectors * Rows, kNarrowRows>(tiles, vectors, rows);
    }
  }
}

// The same for lines of rows, which lie apart in a and b and follow each other in c.
template <class V, int Rows, int Vectors>
void multiply_runs(int columns, int lines, int rows, int count, Left a, ptrdiff_t a_line, const float *b,
                   ptrdiff_t b_line, ptrdiff_t ldb, float *c, ptrdiff_t ldc, bool add, Runs runs, const float *bias) {
  for (int n = 0; n < lines; n++, a.at += a_line, b += b_line, c += rows * ldc) {
    multiply<V, Rows, Vectors>(columns, rows, count, a, b, ldb, c, ldc, add, {}, runs, bias);
  }
}

// --- element by element -------------------------------------------------------------------------

// Calls `f(j)` for whole vectors of columns and `f(j, mask)` for what is left.
template <class V, class F>
inline void over(int columns, const F &f) {
  int j = 0;
  for (; j + V::kLanes <= columns; j += V::kLanes) f(j);
  if (j < columns) f(j, V::first(columns - j));
}

template <class V>
void add_bias(const float *x, ptrdiff_t ldx, const float *bias, float *out, ptrdiff_t ldout, int rows,
              int columns) {
  for (int i = 0; i < rows; i++, x += ldx, out += ldout) {
    over<V>(columns, [=](int j, auto... m) {
      V::store(out + j, V::add(V::load(x + j, m...), V::load(bias + j, m...)), m...);
    });
  }
}

template <class V>
void relu(const float *x, ptrdiff_t ldx, float *out, ptrdiff_t ldout, int rows, int columns) {
  for (int i = 0; i < rows; i++, x += ldx, out += ldout) {
    over<V>(columns, [=](int j, auto... m) {
      V::store(out + j, V::rectify(V::load(x + j, m...)), m...);
    });
  }
}

template <class V>
void relu_backward(const float *saved, ptrdiff_t ldsaved, const float *dout, ptrdiff_t lddout,
                   float *dx, ptrdiff_t lddx, int rows, int columns) {
  auto one = V::set(1);
  for (int i = 0; i < rows; i++, saved += ldsaved, dout += lddout, dx += lddx) {
    // A product rather than a choice: zero times infinity is not zero.
    over<V>(columns, [=](int j, auto... m) {
      auto slope = V::where_positive(V::load(saved + j, m...), one);
      V::store(dx + j, V::mul(V::load(dout + j, m...), slope), m...);
    });
  }
}

template <class V>
void copy(const float *x, ptrdiff_t ldx, float *out, ptrdiff_t ldout, int rows, int columns) {
  for (int i = 0; i < rows; i++, x += ldx, out += ldout) {
    over<V>(columns, [=](int j, auto... m) { V::store(out + j, V::load(x + j, m...), m...); });
  }
}

// e^x by 2^n e^r with a whole n and |r| <= ln 2 / 2: the formula and the constants of the engine's
// FloatMath, so that bits are the same.
template <class V>
typename V::Reg exponential(typename V::Reg x) {
  constexpr float kRounder = 0x1.8p23f;
  auto one = V::set(1);
  auto clamped = V::max(V::set(-104), V::min(V::set(89), x));
  auto shifted = V::fma(clamped, V::set(1.44269504f), V::set(kRounder));
  auto n = V::sub(shifted, V::set(kRounder));
  auto r = V::fma(n, V::set(2.12194440e-4f), V::fma(n, V::set(-0.693359375f), clamped));
  auto p = V::fma(r, V::set(1.0f / 5040), V::set(1.0f / 720));
  p = V::fma(r, p, V::set(1.0f / 120));
  p = V::fma(r, p, V::set(1.0f / 24));
  p = V::fma(r, p, V::set(1.0f / 6));
  p = V::fma(r, p, V::set(1.0f / 2));
  p = V::fma(r, p, one);
  p = V::fma(r, p, one);
  auto exponent = V::sub(V::bits(shifted), V::bits(V::set(kRounder)));
  auto half = V::half(exponent);
  return V::mul(V::mul(p, V::power_of_two(half)), V::power_of_two(V::sub(exponent, half)));
}

// The difference's rounding error is made good, but where the result is 0: there it may be infinite.
template <class V>
void exponentials(const float *x, float shift, float *out, int count) {
  auto s = V::set(shift);
  over<V>(count, [=](int j, auto... m) {
    auto a = V::load(x + j, m...);
    auto d = V::sub(a, s);
    auto v = V::sub(d, a);
    auto error = V::sub(V::sub(a, V::sub(d, v)), V::add(s, v));
    auto e = exponential<V>(d);
    V::store(out + j, V::fma(e, V::unless_below(d, V::set(-104), error), e), m...);
  });
}

template <class V>
void transpose(const float *x, ptrdiff_t ldx, float *out, ptrdiff_t ldout, int rows, int columns) {
  constexpr int kLanes = V::kLanes;
  for (int i = 0; i < rows; i += kLanes) {
    int height = rows - i < kLanes ? rows - i : kLanes;
    for (int j = 0; j < columns; j += kLanes) {
      int width = columns - j < kLanes ? columns - j : kLanes;
      const float *from = x + i * ldx + j;
      float *to = out + j * ldout + i;
      typename V::Reg r[kLanes];
      if (height == kLanes && width == kLanes) {
#pragma GCC unroll 16
        for (int n = 0; n < kLanes; n++) r[n] = V::load(from + n * ldx);
        V::transpose(r);
#pragma GCC unroll 16
        for (int n = 0; n < kLanes; n++) V::store(to + n * ldout, r[n]);
      } else {
        auto across = V::first(width);
        auto down = V::first(height);
#pragma GCC unroll 16
        for (int n = 0; n < kLanes; n++) r[n] = n < height ? V::load(from + n * ldx, across) : V::zero();
        V::transpose(r);
#pragma GCC unroll 16
        for (int n = 0; n < kLanes; n++) {
          if (n < width) V::store(to + n * ldout, r[n], down);
        }
      }
    }
  }
}

// --- optimizer ----------------------------------------------------------------------------------

struct Adam {
  float shrink, step_size, scale, beta1, beta2, epsilon;
};

// The prefetch distance in elements: four streams of short runs end before the processor has
// foreseen them.
constexpr int kAdamAhead = 128;

// A function of its own, so that no arithmetic moves out of reach of FlushToZero.
template <class V>
__attribute__((noinline)) void adam(float *p, float *m, float *v, const float *g, int count, Adam o) {
  auto beta1 = V::set(o.beta1), rest1 = V::set(static_cast<float>(1 - static_cast<double>(o.beta1)));
  auto beta2 = V::set(o.beta2), rest2 = V::set(static_cast<float>(1 - static_cast<double>(o.beta2)));
  auto shrink = V::set(o.shrink), step_size = V::set(o.step_size);
  auto scale = V::set(o.scale), epsilon = V::set(o.epsilon);
  over<V>(count, [=](int i, auto... mask) {
    __builtin_prefetch(p + i + kAdamAhead, 1);
    __builtin_prefetch(m + i + kAdamAhead, 1);
    __builtin_prefetch(v + i + kAdamAhead, 1);
    auto gradient = V::load(g + i, mask...);
    auto first = V::add(V::mul(V::load(m + i, mask...), beta1), V::mul(gradient, rest1));
    auto second = V::add(V::mul(V::load(v + i, mask...), beta2),
                         V::mul(V::mul(gradient, rest2), gradient));
    V::store(m + i, first, mask...);
    V::store(v + i, second, mask...);
    auto root = V::add(V::mul(V::sqrt(second), scale), epsilon);
    auto step = V::div(V::mul(first, step_size), root);
    V::store(p + i, V::sub(V::mul(V::load(p + i, mask...), shrink), step), mask...);
  });
}

}  // namespace
