// Mathematical functions, conversions and bit operations.
//
// Rounded-to-nearest operations give the device's bits. The fast ones (__expf, __fdividef, ...) are
// exact here and good to a few units in the last place there: a tolerance must allow for that.
#pragma once
#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <limits>
#include <type_traits>

// glibc declares functions of these names, so they are macros.
#define __expf(x) expf(x)
#define __exp10f(x) exp10f(x)
#define __logf(x) logf(x)
#define __log2f(x) log2f(x)
#define __log10f(x) log10f(x)
#define __sinf(x) sinf(x)
#define __cosf(x) cosf(x)
#define __tanf(x) tanf(x)
#define __powf(x, y) powf(x, y)

inline float rsqrtf(float x) { return 1.0f / sqrtf(x); }
inline float __frsqrt_rn(float x) { return float(1.0 / sqrt(double(x))); }
inline float __frcp_rn(float x) { return 1.0f / x; }
inline float __fsqrt_rn(float x) { return sqrtf(x); }
inline float __fdividef(float a, float b) { return a / b; }
inline float fdividef(float a, float b) { return a / b; }
inline float __fdiv_rn(float a, float b) { return a / b; }
inline float __fmaf_rn(float a, float b, float c) { return fmaf(a, b, c); }
inline double __fma_rn(double a, double b, double c) { return fma(a, b, c); }
inline float __saturatef(float x) { return fminf(fmaxf(x, 0.0f), 1.0f); }
inline float normcdff(float x) { return 0.5f * erfcf(-x * 0.70710678118654752f); }

// Never contracted into a multiply-add: that is what they are for. An empty instruction that takes
// the value keeps the compiler from seeing through it.
#if defined(__x86_64__)
#define CUDASIM_OPAQUE(value) asm("" : "+x"(value))
#elif defined(__aarch64__)
#define CUDASIM_OPAQUE(value) asm("" : "+w"(value))
#else
#define CUDASIM_OPAQUE(value) asm("" : "+m"(value))
#endif
inline float __fmul_rn(float a, float b) {
  float product = a * b;
  CUDASIM_OPAQUE(product);
  return product;
}
inline float __fadd_rn(float a, float b) {
  CUDASIM_OPAQUE(a);
  CUDASIM_OPAQUE(b);
  float sum = a + b;
  CUDASIM_OPAQUE(sum);
  return sum;
}
inline float __fsub_rn(float a, float b) { return __fadd_rn(a, -b); }
inline double __dmul_rn(double a, double b) {
  double product = a * b;
  CUDASIM_OPAQUE(product);
  return product;
}

namespace cudasim {

// A float as an integer: not a number is 0, and what is too large becomes the largest, as on the
// device.
template <typename I>
I to_integer(double x) {
  if (x != x) return 0;
  if (x <= double(std::numeric_limits<I>::min())) return std::numeric_limits<I>::min();
  if (x >= double(std::numeric_limits<I>::max())) return std::numeric_limits<I>::max();
  return I(x);
}

}  // namespace cudasim

inline int __float2int_rn(float x) { return cudasim::to_integer<int>(nearbyint(double(x))); }
inline int __float2int_rz(float x) { return cudasim::to_integer<int>(trunc(double(x))); }
inline int __float2int_ru(float x) { return cudasim::to_integer<int>(ceil(double(x))); }
inline int __float2int_rd(float x) { return cudasim::to_integer<int>(floor(double(x))); }
inline unsigned __float2uint_rn(float x) {
  return cudasim::to_integer<unsigned>(nearbyint(double(x)));
}
inline unsigned __float2uint_rz(float x) { return cudasim::to_integer<unsigned>(trunc(double(x))); }
inline unsigned __float2uint_ru(float x) { return cudasim::to_integer<unsigned>(ceil(double(x))); }
inline unsigned __float2uint_rd(float x) { return cudasim::to_integer<unsigned>(floor(double(x))); }
inline float __int2float_rn(int x) { return float(x); }
inline float __uint2float_rn(unsigned x) { return float(x); }
inline float __ll2float_rn(long long x) { return float(x); }
inline float __ull2float_rn(unsigned long long x) { return float(x); }
inline float __double2float_rn(double x) { return float(x); }

inline int __float_as_int(float x) { return std::bit_cast<int>(x); }
inline unsigned __float_as_uint(float x) { return std::bit_cast<unsigned>(x); }
inline float __int_as_float(int x) { return std::bit_cast<float>(x); }
inline float __uint_as_float(unsigned x) { return std::bit_cast<float>(x); }
inline long long __double_as_longlong(double x) { return std::bit_cast<long long>(x); }
inline double __longlong_as_double(long long x) { return std::bit_cast<double>(x); }

inline int __popc(unsigned x) { return std::popcount(x); }
inline int __popcll(unsigned long long x) { return std::popcount(x); }
inline int __clz(int x) { return std::countl_zero(unsigned(x)); }
inline int __clzll(long long x) { return std::countl_zero((unsigned long long)(x)); }
inline int __ffs(int x) { return __builtin_ffs(x); }
inline int __ffsll(long long x) { return __builtin_ffsll(x); }
inline unsigned __brev(unsigned x) {
  unsigned result = 0;
  for (int i = 0; i < 32; i++) result |= (x >> i & 1) << (31 - i);
  return result;
}
inline int __mulhi(int a, int b) { return int((int64_t(a) * b) >> 32); }
inline unsigned __umulhi(unsigned a, unsigned b) { return unsigned((uint64_t(a) * b) >> 32); }
inline unsigned long long __umul64hi(unsigned long long a, unsigned long long b) {
  return (unsigned long long)(((unsigned __int128)a * b) >> 64);
}
inline int __mul24(int a, int b) { return (a << 8 >> 8) * (b << 8 >> 8); }
inline unsigned __funnelshift_l(unsigned low, unsigned high, unsigned shift) {
  return unsigned(((uint64_t(high) << 32 | low) << (shift & 31)) >> 32);
}
inline unsigned __funnelshift_r(unsigned low, unsigned high, unsigned shift) {
  return unsigned((uint64_t(high) << 32 | low) >> (shift & 31));
}
inline unsigned __byte_perm(unsigned low, unsigned high, unsigned selector) {
  uint64_t bytes = uint64_t(high) << 32 | low;
  unsigned result = 0;
  for (int i = 0; i < 4; i++) {
    unsigned choice = selector >> (4 * i) & 15;
    unsigned byte = unsigned(bytes >> (8 * (choice & 7))) & 255;
    if (choice & 8) byte = byte & 128 ? 255 : 0;
    result |= byte << (8 * i);
  }
  return result;
}

// Of mixed types too, as nvcc has them.
template <typename A, typename B>
constexpr std::common_type_t<A, B> min(A a, B b) {
  using C = std::common_type_t<A, B>;
  return C(b) < C(a) ? C(b) : C(a);
}
template <typename A, typename B>
constexpr std::common_type_t<A, B> max(A a, B b) {
  using C = std::common_type_t<A, B>;
  return C(a) < C(b) ? C(b) : C(a);
}

// Loads and stores with a hint for the caches.
template <typename T> T __ldg(const T* p) { return *p; }
template <typename T> T __ldcg(const T* p) { return *p; }
template <typename T> T __ldca(const T* p) { return *p; }
template <typename T> T __ldcs(const T* p) { return *p; }
template <typename T> T __ldlu(const T* p) { return *p; }
template <typename T> T __ldcv(const T* p) { return *const_cast<const volatile T*>(p); }
template <typename T> void __stwb(T* p, std::type_identity_t<T> value) { *p = value; }
template <typename T> void __stcg(T* p, std::type_identity_t<T> value) { *p = value; }
template <typename T> void __stcs(T* p, std::type_identity_t<T> value) { *p = value; }
template <typename T> void __stwt(T* p, std::type_identity_t<T> value) { *p = value; }
