// Matrix products with operands rounded to TF32 (11 significant bits) on tensor cores, sums in float32.
// Needs compute capability 8.0.
//
// mma.sync takes any layout of the operands, since each thread reads its own elements from shared memory;
// by publications it ends near 63 % of what a Hopper's tensor cores can do. The rungs above, wgmma
// fed by TMA, take operands along k only, and bf16 products will stand beside this file too.
#include "tiles.cuh"

// Each mma.sync multiplies 16 x 8 of a by 8 x 8 of b. Pitches of the panels are such that the 32
// threads' single elements lie in 32 banks, whichever way the operand lies.
template <class T, bool A_ALONG_K, bool B_ALONG_K>
struct Tf32 {
  static __device__ __forceinline__ int row(int i) {
    return i / 2 * 16 + threadIdx.x % WARP / 4 + i % 2 * 8;
  }

  static __device__ __forceinline__ int column(int j) {
    return j / 2 * 8 + threadIdx.x % 4 * 2 + j % 2;
  }

  static __device__ __forceinline__ void multiply(
      const float *a, const float *b, int warp_i, int warp_j, float (&sums)[T::TM][T::TN]) {
    using PanelA = Panel<T::M, T::DEPTH, A_ALONG_K>;
    using PanelB = Panel<T::N, T::DEPTH, B_ALONG_K>;
    int group = threadIdx.x % WARP / 4;
    int place = threadIdx.x % 4;
#pragma unroll
    for (int k = 0; k < T::DEPTH; k += 8) {
      uint32_t left[T::TM / 2][4];
      uint32_t right[T::TN / 2][2];
#pragma unroll
      for (int i = 0; i < T::TM / 2; i++) {
#pragma unroll
        for (int r = 0; r < 4; r++) {
          int line = warp_i + i * 16 + group + r % 2 * 8;
          left[i][r] = to_tf32(a[PanelA::at(line, k + place + r / 2 * 4)]);
        }
      }
#pragma unroll
      for (int j = 0; j < T::TN / 2; j++) {
#pragma unroll
        for (int r = 0; r < 2; r++) {
          right[j][r] = to_tf32(b[PanelB::at(warp_j + j * 8 + group, k + place + r * 4)]);
        }
      }
#pragma unroll
      for (int i = 0; i < T::TM / 2; i++) {
#pragma unroll
        for (int j = 0; j < T::TN / 2; j++) {
          float part[4] = {
              sums[2 * i][2 * j], sums[2 * i][2 * j + 1], sums[2 * i + 1][2 * j],
              sums[2 * i + 1][2 * j + 1]};
          mma_tf32(part, left[i], right[j]);
          sums[2 * i][2 * j] = part[0];
          sums[2 * i][2 * j + 1] = part[1];
          sums[2 * i + 1][2 * j] = part[2];
          sums[2 * i + 1][2 * j + 1] = part[3];
        }
      }
    }
  }
};

#define MATMUL(size, layout, transpose_a, transpose_b)              \
  extern "C" __global__ void __launch_bounds__(Tile##size::THREADS) \
      matmul_tf32_##size##_##layout(Product p) {                    \
    product<Tile##size, transpose_a, transpose_b, Tf32>(p);         \
  }

// A gradient of weights, which is the product of activations and the gradients of what they lead to.
#define MATMUL_UPDATE(size)                                         \
  extern "C" __global__ void __launch_bounds__(Tile##size::THREADS) \
      matmul_tf32_##size##_tn_update(Product p, Update u) {         \
    product<Tile##size, true, false, Tf32>(p, u);                   \
  }

#define MATMULS(size)            \
  MATMUL(size, nn, false, false) \
  MATMUL(size, nt, false, true)  \
  MATMUL(size, tn, true, false)  \
  MATMUL(size, tt, true, true)   \
  MATMUL_UPDATE(size)

MATMULS(128)
MATMULS(64)
MATMULS(32)
