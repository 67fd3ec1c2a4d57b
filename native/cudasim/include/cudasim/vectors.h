// Vector types with CUDA's sizes and alignments.
#pragma once
#include <cstdint>

using uchar = unsigned char;
using ushort = unsigned short;
using uint = unsigned int;

#define CUDASIM_VECTORS(element, name, align2, align4)                             \
  struct name##1 { element x; };                                                   \
  struct __attribute__((aligned(align2))) name##2 { element x, y; };               \
  struct name##3 { element x, y, z; };                                             \
  struct __attribute__((aligned(align4))) name##4 { element x, y, z, w; };         \
  constexpr name##1 make_##name##1(element x) { return {x}; }                      \
  constexpr name##2 make_##name##2(element x, element y) { return {x, y}; }        \
  constexpr name##3 make_##name##3(element x, element y, element z) { return {x, y, z}; } \
  constexpr name##4 make_##name##4(element x, element y, element z, element w) {   \
    return {x, y, z, w};                                                           \
  }

CUDASIM_VECTORS(signed char, char, 2, 4)
CUDASIM_VECTORS(unsigned char, uchar, 2, 4)
CUDASIM_VECTORS(short, short, 4, 8)
CUDASIM_VECTORS(unsigned short, ushort, 4, 8)
CUDASIM_VECTORS(int, int, 8, 16)
CUDASIM_VECTORS(unsigned int, uint, 8, 16)
CUDASIM_VECTORS(long long, longlong, 16, 16)
CUDASIM_VECTORS(unsigned long long, ulonglong, 16, 16)
CUDASIM_VECTORS(float, float, 8, 16)
CUDASIM_VECTORS(double, double, 16, 16)
#undef CUDASIM_VECTORS

struct dim3 {
  unsigned x, y, z;
  constexpr dim3(unsigned x_ = 1, unsigned y_ = 1, unsigned z_ = 1) : x(x_), y(y_), z(z_) {}
};
