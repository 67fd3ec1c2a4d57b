// Matrix products in float32 on the CUDA cores, in all layouts.
//
// The ladder that leads here, with the share of the vendor's library that others published for each
// rung at 4096^3: one result a thread 1 %; neighbouring threads on neighbouring columns 9 %; tiles in
// shared memory 13 %; several results a thread in registers 37 to 69 %; 128-bit loads 78 %; a part of
// the tile for each warp 94 %. This is the last rung, with asynchronous copies in several stages
// instead of loads through registers, see tiles.cuh. Not measured on a device yet.
//
// The names say which operand is transposed: nn, nt (b), tn (a), tt.
#include "convolution.cuh"
#include "gathered.cuh"

// Multiply-adds of a slice on the CUDA cores, four or two steps of k at a time. Where an operand lies along k, a
// thread's lines are 8 or 4 apart and it reads these steps of one line at once; where it lies across k,
// a thread has four neighbouring lines and reads these at once.
template <class T, bool A_ALONG_K, bool B_ALONG_K>
struct Fma {
  using Sums = float[T::TM][T::TN];
  static constexpr int PACKED = 0;

  static __device__ __forceinline__ int row(int i) {
    int down = threadIdx.x % WARP / 4;
    return A_ALONG_K ? down + 8 * i : 4 * down + i % 4 + 32 * (i / 4);
  }

  static __device__ __forceinline__ int column(int j) {
    int across = threadIdx.x % 4;
    return B_ALONG_K ? across + 4 * j : 4 * across + j % 4 + 16 * (j / 4);
  }

  template <class A, class B>
  static __device__ __forceinline__ void arrive(float *, float *, float *) {}

  // Puts a thread's sums where `at` says, four neighbours at once where it has them.
  template <class At>
  static __device__ __forceinline__ void leave(
      int warp_i, int warp_j, const Sums &sums, At at) {
#pragma unroll
    for (int i = 0; i < T::TM; i++) {
#pragma unroll
      for (int j = 0; j < T::TN; j += B_ALONG_K ? 1 : 4) {
        float *to = at(warp_i + row(i), warp_j + column(j));
        if (B_ALONG_K) {
          *to = sums[i][j];
        } else {
          *(float4 *)to = make_float4(sums[i][j], sums[i][j + 1], sums[i][j + 2], sums[i][j + 3]);
        }
      }
    }
  }

  static __device__ __forceinline__ float4 read(const float *p) { return *(const float4 *)p; }

  // Some steps of one line.
  static __device__ __forceinline__ void read_line(const float *p, float (&to)[4]) {
    float4 four = read(p);
    to[0] = four.x, to[1] = four.y, to[2] = four.z, to[3] = four.w;
  }

  static __device__ __forceinline__ void read_line(const float *p, float (&to)[2]) {
    float2 two = *(const float2 *)p;
    to[0] = two.x, to[1] = two.y;
  }

  static __device__ __forceinline__ void multiply(
      const float *a, const float *b, const float *, int warp_i, int warp_j, Sums &sums) {
    using PanelA = Panel<T::M, T::DEPTH, A_ALONG_K>;
    using PanelB = Panel<T::N, T::DEPTH, B_ALONG_K>;
    // Where both lie along k, elements of four steps would take most of the registers.
    constexpr int STEP = A_ALONG_K && B_ALONG_K ? 2 : 4;
#pragma unroll
    for (int k = 0; k < T::DEPTH; k += STEP) {
      float left[T::TM][STEP];
      float right[T::TN][STEP];
      if (A_ALONG_K) {
#pragma unroll
        for (int i = 0; i < T::TM; i++) {
          read_line(a + PanelA::at(warp_i + row(i), k), left[i]);
        }
      }
      if (B_ALONG_K) {
#pragma unroll
        for (int j = 0; j < T::TN; j++) {
          read_line(b + PanelB::at(warp_j + column(j), k), right[j]);
        }
      }
#pragma unroll
      for (int l = 0; l < STEP; l++) {
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

// Where both operands lie along k, a thread of the largest tile has too much in registers for two blocks.
#define BLOCKS(size, transpose_a, transpose_b) \
  (!transpose_a && transpose_b && size == 128 ? 1 : Tile##size::BLOCKS)

#define MATMUL(size, layout, transpose_a, transpose_b)                           \
  extern "C" __global__ void                                                     \
  __launch_bounds__(Tile##size::THREADS, BLOCKS(size, transpose_a, transpose_b)) \
      matmul_##size##_##layout(Product p) {                                      \
    product<Tile##size, transpose_a, transpose_b, Fma>(Store<Tile##size>(p));    \
  }

// The first layer, whose samples the product gathers itself.
#define MATMUL_GATHER(size)                                                             \
  extern "C" __global__ void __launch_bounds__(Tile##size::THREADS, Tile##size::BLOCKS) \
      matmul_##size##_nn_gather(Product p, Gather g) {                                  \
    product<Tile##size, false, false, Fma>(Store<Tile##size>(p), Gathered(g));          \
  }

// Gradients of weights, each the product of activations and the gradients of what they lead to. With each goes that of
// the biases.
#define MATMUL_UPDATE(size)                                                             \
  extern "C" __global__ void __launch_bounds__(Tile##size::THREADS, Tile##size::BLOCKS) \
      matmul_##size##_tn_update(Gradients g) {                                          \
    product<Tile##size, true, false, Fma>(Apply<Tile##size>(g));                        \
    advance_last(g.advance, g.ticket);                                                  \
  }

// Convolutions: forward nn, by input nt, by weights tn. What the first two know of their rows takes the largest tile
// beyond the registers of two blocks.
#define CONVOLVE(size, layout, transpose_a, transpose_b, operands)                             \
  extern "C" __global__ void                                                                   \
  __launch_bounds__(Tile##size::THREADS, !transpose_a && size == 128 ? 1 : Tile##size::BLOCKS) \
      matmul_##size##_##layout##_convolve(Product p, Convolution c) {                          \
    product<Tile##size, transpose_a, transpose_b, Fma>(Store<Tile##size>(p), operands(c));     \
  }

#define MATMULS(size)                       \
  MATMUL(size, nn, false, false)            \
  MATMUL(size, nt, false, true)             \
  MATMUL(size, tn, true, false)             \
  MATMUL(size, tt, true, true)              \
  MATMUL_GATHER(size)                       \
  MATMUL_UPDATE(size)                       \
  CONVOLVE(size, nn, false, false, Forward) \
  CONVOLVE(size, nt, false, true, ByInput)  \
  CONVOLVE(size, tn, true, false, ByWeights)

MATMULS(128)
MATMULS(64)
MATMULS(32)
