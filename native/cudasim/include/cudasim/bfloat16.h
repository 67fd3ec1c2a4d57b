// bfloat16 as the toolkit's cuda_bf16.h has it: storage, conversion, pairs.
#pragma once
#include <cstdint>

#include "math.h"

struct __nv_bfloat16_raw { uint16_t x; };

struct alignas(2) __nv_bfloat16 {
  uint16_t x;
  __nv_bfloat16() = default;
  constexpr __nv_bfloat16(__nv_bfloat16_raw raw) : x(raw.x) {}
  // Rounds to the nearest, ties to even; what is not a number stays so.
  __nv_bfloat16(float value) {
    uint32_t bits = std::bit_cast<uint32_t>(value);
    x = value != value ? uint16_t(0x7fff)
                       : uint16_t((bits + 0x7fffu + (bits >> 16 & 1)) >> 16);
  }
  operator float() const { return std::bit_cast<float>(uint32_t(x) << 16); }
};
struct alignas(4) __nv_bfloat162 { __nv_bfloat16 x, y; };

using nv_bfloat16 = __nv_bfloat16;
using nv_bfloat162 = __nv_bfloat162;

inline float __bfloat162float(__nv_bfloat16 value) { return float(value); }
inline __nv_bfloat16 __float2bfloat16(float value) { return __nv_bfloat16(value); }
inline __nv_bfloat16 __float2bfloat16_rn(float value) { return __nv_bfloat16(value); }
inline __nv_bfloat162 __floats2bfloat162_rn(float x, float y) {
  return {__nv_bfloat16(x), __nv_bfloat16(y)};
}
inline float2 __bfloat1622float2(__nv_bfloat162 value) {
  return make_float2(float(value.x), float(value.y));
}
inline uint16_t __bfloat16_as_ushort(__nv_bfloat16 value) { return value.x; }
inline __nv_bfloat16 __ushort_as_bfloat16(uint16_t bits) { return __nv_bfloat16_raw{bits}; }
