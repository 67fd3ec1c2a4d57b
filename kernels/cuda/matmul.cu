// Matrix products in float32 on the CUDA cores, in all layouts.
//
// The ladder that leads here, with the share of the vendor's library that others published for each
// rung at 4096^3: one result a thread 1 %; neighbouring threads on neighbouring columns 9 %; tiles in
// shared memory 13 %; several results a thread in registers 37 to 69 %; 128-bit loads 78 %; a part of
// the tile for each warp 94 %. This is the last rung, with asynchronous copies in several stages
// instead of loads through registers, see tiles.cuh. Not measured on a device yet.
//
// The names say which operand is transposed: nn, nt (b), tn (a), tt.
#include "tiles.cuh"

// Multiply-adds of a slice in the CUDA cores, four steps of k at a time. Where an operand lies along k, a
// thread's lines are 8 or 4 apart and it reads four steps of one line at once; where it lies across k,
// a thread has four neighbouring lines and reads these at once. Either way a read is of 16 bytes.
template <class T, bool A_ALONG_K, bool B_ALONG_K>
struct Fma {
  static __device__ __forceinline__ int row(int i) {
    int down = threadIdx.x % WARP / 4;
    return A_ALONG_K ? down + 8 * i : 4 * down + i % 4 + 32 * (i / 4);
  }

  static __device__ __forceinline__ int column(int j) {
    int across = threadIdx.x % 4;
    return B_ALONG_K ? across + 4 * j : 4 * across + j % 4 + 16 * (j / 4);
  }

  static __device__ __forceinline__ float4 read(const float *p) { return *(const float4 *)p; }

  static __device__ __forceinline__ void multiply(
      const float *a, const float *b, int warp_i, int warp_j, float (&sums)[T::TM][T::TN]) {
    using PanelA = Panel<T::M, T::DEPTH, A_ALONG_K>;
    using PanelB = Panel<T::N, T::DEPTH, B_ALONG_K>;
#pragma unroll
    for (int k = 0; k < T::DEPTH; k += 4) {
      float left[T::TM][4];
      float right[T::TN][4];
      if (A_ALONG_K) {
#pragma unroll
        for (int i = 0; i < T::TM; i++) {
          float4 four = read(a + PanelA::at(warp_i + row(i), k));
          left[i][0] = four.x, left[i][1] = four.y, left[i][2] = four.z, left[i][3] = four.w;
        }
      }
      if (B_ALONG_K) {
#pragma unroll
        for (int j = 0; j < T::TN; j++) {
          float4 four = read(b + PanelB::at(warp_j + column(j), k));
          right[j][0] = four.x, right[j][1] = four.y, right[j][2] = four.z, right[j][3] = four.w;
        }
      }
#pragma unroll
      for (int l = 0; l < 4; l++) {
        if (!A_ALONG_K) {
#pragma unroll
          for (int i = 0; i < T::TM; i += 4) {
            float4 four = read(a + PanelA::at(warp_i + row(i), k + l));
            left[i][l] = four.x, left[i + 1][l] = four.y;
            left[i + 2][l] = four.z, left[i + 3][l] = four.w;
          }
        }
        if (!B_ALONG_K) {
#pragma unroll
          for (int j = 0; j < T::TN; j += 4) {
            float4 four = read(b + PanelB::at(warp_j + column(j), k + l));
            right[j][l] = four.x, right[j + 1][l] = four.y;
            right[j + 2][l] = four.z, right[j + 3][l] = four.w;
          }
        }
#pragma unroll
        for (int i = 0; i < T::TM; i++) {
#pragma unroll
          for (int j = 0; j < T::TN; j++) {
            sums[i][j] = fmaf(left[i][l], right[j][l], sums[i][j]);
          }
        }
      }
    }
  }
};

#define MATMUL(size, layout, transpose_a, transpose_b)              \
  extern "C" __global__ void __launch_bounds__(Tile##size::THREADS) \
      matmul_##size##_##layout(Product p) {                         \
    product<Tile##size, transpose_a, transpose_b, Fma>(p);          \
  }

// A gradient of weights, which is the product of activations and the gradients of what they lead to.
#define MATMUL_UPDATE(size)                                         \
  extern "C" __global__ void __launch_bounds__(Tile##size::THREADS) \
      matmul_##size##_tn_update(Product p, Update u) {              \
    product<Tile##size, true, false, Fma>(p, u);                    \
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
