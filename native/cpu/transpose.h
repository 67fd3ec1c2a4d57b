// The transposition of 16 x 16 elements by AVX-512.
//
// Everything here is in a namespace without a name: files that are compiled for different processors must
// not share functions, of which the linker would keep one.
#pragma once

#include <immintrin.h>

namespace {

// Rows become columns: within each quarter of the vectors 4 x 4 elements, then the quarters.
inline __attribute__((always_inline)) void transpose16(__m512 r[16]) {
  __m512 t[16];
#pragma GCC unroll 16
  for (int i = 0; i < 16; i += 2) {
    t[i] = _mm512_unpacklo_ps(r[i], r[i + 1]);
    t[i + 1] = _mm512_unpackhi_ps(r[i], r[i + 1]);
  }
#pragma GCC unroll 16
  for (int i = 0; i < 16; i += 4) {
    r[i] = _mm512_shuffle_ps(t[i], t[i + 2], 0x44);
    r[i + 1] = _mm512_shuffle_ps(t[i], t[i + 2], 0xEE);
    r[i + 2] = _mm512_shuffle_ps(t[i + 1], t[i + 3], 0x44);
    r[i + 3] = _mm512_shuffle_ps(t[i + 1], t[i + 3], 0xEE);
  }
  // Now quarter q of r[4 p + c] holds rows 4 p to 4 p + 3 of column 4 q + c.
#pragma GCC unroll 4
  for (int c = 0; c < 4; c++) {
    __m512 even01 = _mm512_shuffle_f32x4(r[c], r[4 + c], 0x88);
    __m512 odd01 = _mm512_shuffle_f32x4(r[c], r[4 + c], 0xDD);
    __m512 even23 = _mm512_shuffle_f32x4(r[8 + c], r[12 + c], 0x88);
    __m512 odd23 = _mm512_shuffle_f32x4(r[8 + c], r[12 + c], 0xDD);
    t[c] = _mm512_shuffle_f32x4(even01, even23, 0x88);
    t[4 + c] = _mm512_shuffle_f32x4(odd01, odd23, 0x88);
    t[8 + c] = _mm512_shuffle_f32x4(even01, even23, 0xDD);
    t[12 + c] = _mm512_shuffle_f32x4(odd01, odd23, 0xDD);
  }
#pragma GCC unroll 16
  for (int i = 0; i < 16; i++) r[i] = t[i];
}

}  // namespace
