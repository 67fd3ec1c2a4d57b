// The kernels for AVX-512: vectors of 16 floats, 32 registers, masks.
#include <immintrin.h>

#include "exports.h"
#include "kernels.h"

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

  // Rows become columns: within each quarter of the vectors 4 x 4 elements, then the quarters.
  static void transpose(Reg r[16]) {
    Reg t[16];
    for (int i = 0; i < 16; i += 2) {
      t[i] = _mm512_unpacklo_ps(r[i], r[i + 1]);
      t[i + 1] = _mm512_unpackhi_ps(r[i], r[i + 1]);
    }
    for (int i = 0; i < 16; i += 4) {
      r[i] = _mm512_shuffle_ps(t[i], t[i + 2], 0x44);
      r[i + 1] = _mm512_shuffle_ps(t[i], t[i + 2], 0xEE);
      r[i + 2] = _mm512_shuffle_ps(t[i + 1], t[i + 3], 0x44);
      r[i + 3] = _mm512_shuffle_ps(t[i + 1], t[i + 3], 0xEE);
    }
    // Now quarter q of r[4 p + c] holds rows 4 p to 4 p + 3 of column 4 q + c.
    for (int c = 0; c < 4; c++) {
      Reg even01 = _mm512_shuffle_f32x4(r[c], r[4 + c], 0x88);
      Reg odd01 = _mm512_shuffle_f32x4(r[c], r[4 + c], 0xDD);
      Reg even23 = _mm512_shuffle_f32x4(r[8 + c], r[12 + c], 0x88);
      Reg odd23 = _mm512_shuffle_f32x4(r[8 + c], r[12 + c], 0xDD);
      t[c] = _mm512_shuffle_f32x4(even01, even23, 0x88);
      t[4 + c] = _mm512_shuffle_f32x4(odd01, odd23, 0x88);
      t[8 + c] = _mm512_shuffle_f32x4(even01, even23, 0xDD);
      t[12 + c] = _mm512_shuffle_f32x4(odd01, odd23, 0xDD);
    }
    for (int i = 0; i < 16; i++) r[i] = t[i];
  }
};

}  // namespace

DESCENT_CPU_EXPORT(avx512, Avx512)
DESCENT_CPU_EXPORT_PRODUCT(avx512_multiply_tall, Avx512, kTallRows, Avx512::kTileVectors / 2)
