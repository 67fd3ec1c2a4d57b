// What checks of products and of convolutions, which are products, share.
#pragma once
#include "checks.h"

// After the C++ library's headers, with whose words it plays.
#include "cudasim.h"

#include "../../kernels/cuda/tiles.cuh"

namespace checks {

template <class T, bool TRANSPOSE_A, bool TRANSPOSE_B>
unsigned shared_bytes(bool packs) {
  int stage = Panel<T::M, T::DEPTH, !TRANSPOSE_A>::SIZE + Panel<T::N, T::DEPTH, TRANSPOSE_B>::SIZE;
  // Two slices in bf16, in rows with a padding of eight.
  auto packed = [](int lines, bool along_k) {
    return along_k ? lines * (T::DEPTH + 8) : T::DEPTH * (lines + 8);
  };
  int extra = packs ? packed(T::M, !TRANSPOSE_A) + packed(T::N, TRANSPOSE_B) : 0;
  return unsigned(4 * max(T::STAGES * stage + extra, T::M * T::N));
}

inline bool packs(const std::string& family) { return family == "matmul_bf16"; }

// A product of m x k and k x n in `parts` or fewer parts of a whole number of slices.
template <class T>
Product product_of(int m, int n, int k, int parts) {
  Product p{};
  p.m = m;
  p.n = n;
  p.k = k;
  p.k_part = ((k + parts - 1) / parts + T::DEPTH - 1) / T::DEPTH * T::DEPTH;
  return p;
}

// rounding: how far a term may be off because its factors are rounded, relative
void convolutions(Device&, const std::string& family, double rounding);

}  // namespace checks
