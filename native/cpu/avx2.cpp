// The kernels for AVX2 with FMA: vectors of 8 floats, 16 registers.
#include <immintrin.h>

#include "exports.h"
#include "kernels.h"

namespace {

struct Avx2 {
  using Reg = __m256;
  using Int = __m256i;
  using Mask = __m256i;
  static constexpr int kLanes = 8;
  // 6 x 2 sums, two vectors of b and one of a are 15 of the 16 registers.
  static constexpr int kTileVectors = 2;

  // The first n lanes.
  static Mask first(int n) {
    return _mm256_cmpgt_epi32(_mm256_set1_epi32(n), _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7));
  }
  static Reg zero() { return _mm256_setzero_ps(); }
  static Reg set(float x) { return _mm256_set1_ps(x); }
  static Reg load(const float *p) { return _mm256_loadu_ps(p); }
  static Reg load(const float *p, Mask m) { return _mm256_maskload_ps(p, m); }
  static void store(float *p, Reg x) { _mm256_storeu_ps(p, x); }
  static void store(float *p, Reg x, Mask m) { _mm256_maskstore_ps(p, m, x); }
  static Reg fma(Reg a, Reg b, Reg c) { return _mm256_fmadd_ps(a, b, c); }
  static Reg add(Reg a, Reg b) { return _mm256_add_ps(a, b); }
  static Reg sub(Reg a, Reg b) { return _mm256_sub_ps(a, b); }
  static Reg mul(Reg a, Reg b) { return _mm256_mul_ps(a, b); }
  static Reg div(Reg a, Reg b) { return _mm256_div_ps(a, b); }
  static Reg sqrt(Reg a) { return _mm256_sqrt_ps(a); }
  // b where either is not a number.
  static Reg min(Reg a, Reg b) { return _mm256_min_ps(a, b); }
  static Reg max(Reg a, Reg b) { return _mm256_max_ps(a, b); }
  // x where it is above zero or not a number, else +0.
  static Reg rectify(Reg x) { return _mm256_and_ps(x, _mm256_cmp_ps(x, zero(), _CMP_NLE_UQ)); }
  // x where y > 0, else +0.
  static Reg where_positive(Reg y, Reg x) {
    return _mm256_and_ps(x, _mm256_cmp_ps(y, zero(), _CMP_GT_OQ));
  }
  // x where not y < bound, else +0.
  static Reg unless_below(Reg y, Reg bound, Reg x) {
    return _mm256_and_ps(x, _mm256_cmp_ps(y, bound, _CMP_NLT_UQ));
  }
  static Int bits(Reg x) { return _mm256_castps_si256(x); }
  static Int sub(Int a, Int b) { return _mm256_sub_epi32(a, b); }
  static Int half(Int a) { return _mm256_srai_epi32(a, 1); }
  static Reg power_of_two(Int exponent) {
    return _mm256_castsi256_ps(
        _mm256_slli_epi32(_mm256_add_epi32(exponent, _mm256_set1_epi32(127)), 23));
  }

  // Rows become columns: pairs, then fours, then halves change places.
  static void transpose(Reg r[8]) {
    Reg t[8];
    for (int i = 0; i < 8; i += 2) {
      t[i] = _mm256_unpacklo_ps(r[i], r[i + 1]);
      t[i + 1] = _mm256_unpackhi_ps(r[i], r[i + 1]);
    }
    for (int i = 0; i < 8; i += 4) {
      r[i] = _mm256_shuffle_ps(t[i], t[i + 2], 0x44);
      r[i + 1] = _mm256_shuffle_ps(t[i], t[i + 2], 0xEE);
      r[i + 2] = _mm256_shuffle_ps(t[i + 1], t[i + 3], 0x44);
      r[i + 3] = _mm256_shuffle_ps(t[i + 1], t[i + 3], 0xEE);
    }
    for (int i = 0; i < 4; i++) {
      t[i] = _mm256_permute2f128_ps(r[i], r[i + 4], 0x20);
      t[i + 4] = _mm256_permute2f128_ps(r[i], r[i + 4], 0x31);
    }
    for (int i = 0; i < 8; i++) r[i] = t[i];
  }
};

}  // namespace

DESCENT_CPU_EXPORT(avx2, Avx2)
