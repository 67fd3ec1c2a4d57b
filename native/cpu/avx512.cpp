// The kernels for AVX-512: vectors of 16 floats, 32 registers, masks.
#include <immintrin.h>

#include "exports.h"
#include "kernels.h"
#include "transpose.h"

namespace {

struct Avx512 {
  using Reg = __m512;
  using Int = __m512i;
  using Mask = __mmask16;
  static constexpr int kLanes = 16;
  // 6 x 4 sums, four vectors of b and one of a are 29 of the 32 registers.
  static constexpr int kTileVectors = 4;

  // The first n lanes.
  static Mask first(int n) { return static_cast<Mask>(0xFFFF >> (16 - n)); }
  static Reg zero() { return _mm512_setzero_ps(); }
  static Reg set(float x) { return _mm512_set1_ps(x); }
  static Reg load(const float *p) { return _mm512_loadu_ps(p); }
  static Reg load(const float *p, Mask m) { return _mm512_maskz_loadu_ps(m, p); }
  static void store(float *p, Reg x) { _mm512_storeu_ps(p, x); }
  static void store(float *p, Reg x, Mask m) { _mm512_mask_storeu_ps(p, m, x); }
  static Reg fma(Reg a, Reg b, Reg c) { return _mm512_fmadd_ps(a, b, c); }
  static Reg add(Reg a, Reg b) { return _mm512_add_ps(a, b); }
  static Reg sub(Reg a, Reg b) { return _mm512_sub_ps(a, b); }
  static Reg mul(Reg a, Reg b) { return _mm512_mul_ps(a, b); }
  static Reg div(Reg a, Reg b) { return _mm512_div_ps(a, b); }
  static Reg sqrt(Reg a) { return _mm512_sqrt_ps(a); }
  // b where either is not a number.
  static Reg min(Reg a, Reg b) { return _mm512_min_ps(a, b); }
  static Reg max(Reg a, Reg b) { return _mm512_max_ps(a, b); }
  // x where it is above zero or not a number, else +0.
  static Reg rectify(Reg x) {
    return _mm512_maskz_mov_ps(_mm512_cmp_ps_mask(x, zero(), _CMP_NLE_UQ), x);
  }
  // x where y > 0, else +0.
  static Reg where_positive(Reg y, Reg x) {
    return _mm512_maskz_mov_ps(_mm512_cmp_ps_mask(y, zero(), _CMP_GT_OQ), x);
  }
  // x where not y < bound, else +0.
  static Reg unless_below(Reg y, Reg bound, Reg x) {
    return _mm512_maskz_mov_ps(_mm512_cmp_ps_mask(y, bound, _CMP_NLT_UQ), x);
  }
  static Int bits(Reg x) { return _mm512_castps_si512(x); }
  static Int sub(Int a, Int b) { return _mm512_sub_epi32(a, b); }
  static Int half(Int a) { return _mm512_srai_epi32(a, 1); }
  static Reg power_of_two(Int exponent) {
    return _mm512_castsi512_ps(
        _mm512_slli_epi32(_mm512_add_epi32(exponent, _mm512_set1_epi32(127)), 23));
  }

  static void transpose(Reg r[16]) { transpose16(r); }
};

}  // namespace

DESCENT_CPU_EXPORT(avx512, Avx512)
DESCENT_CPU_EXPORT_PRODUCT(avx512_multiply_tall, Avx512, kTallRows, Avx512::kTileVectors / 2)
