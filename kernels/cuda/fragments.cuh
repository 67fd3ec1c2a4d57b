// What products on tensor cores share: whose are the sums of mma.sync, which adds 16 x 8 elements of a warp's part at
// a time.
#pragma once
#include "tiles.cuh"

// What a kernel does that needs tensor cores. For devices that lack them it has no body, which would take as long to
// compile as all others.
#if defined(CUDASIM) || (defined(__CUDA_ARCH__) && __CUDA_ARCH__ >= 800)
#define ON_TENSOR_CORES(...) __VA_ARGS__
#else
#define ON_TENSOR_CORES(...) __trap();
#endif

template <class T>
struct Fragments {
  using Sums = float[T::TM / 2][T::TN / 2][4];

  // Puts a thread's sums where `at` says: each fragment has two of its pairs.
  template <class At>
  static __device__ __forceinline__ void leave(int warp_i, int warp_j, const Sums &sums, At at) {
    int row = warp_i + threadIdx.x % WARP / 4;
    int column = warp_j + threadIdx.x % 4 * 2;
#pragma unroll
    for (int i = 0; i < T::TM / 2; i++) {
#pragma unroll
      for (int j = 0; j < T::TN / 2; j++) {
        *(float2 *)at(row + i * 16, column + j * 8) = make_float2(sums[i][j][0], sums[i][j][1]);
        *(float2 *)at(row + i * 16 + 8, column + j * 8) = make_float2(sums[i][j][2], sums[i][j][3]);
      }
    }
  }
};
