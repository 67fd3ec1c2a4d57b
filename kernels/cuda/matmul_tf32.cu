// Matrix products with operands rounded to TF32 (11 significant bits) on tensor cores, sums in float32.
// Needs compute capability 8.0.
//
// mma.sync takes any layout of the operands, since each thread reads its own elements from shared memory;
// by publications it ends near 63 % of what a Hopper's tensor cores can do. The rung above, wgmma
// fed by TMA, stands in matmul_wgmma.sm_90a.cu.
#include "fragments.cuh"
#include "tensor_products.cuh"

// Each mma.sync multiplies 16 x 8 of a by 8 x 8 of b. Pitches of the panels are such that the 32
// threads' single elements lie in 32 banks, whichever way the operand lies.
template <class T, bool A_ALONG_K, bool B_ALONG_K>
struct Tf32 : Fragments<T> {
  using typename Fragments<T>::Sums;
  static constexpr int PACKED = 0;

  // Each element is rounded once, by the thread that copied it.
  template <class A, class B>
  static __device__ __forceinline__ void arrive(float *a, float *b, float *) {
#pragma unroll
    for (int c = 0; c < A::EACH; c++) {
      round(a + A::chunk(c));
    }
#pragma unroll
    for (int c = 0; c < B::EACH; c++) {
      round(b + B::chunk(c));
    }
  }

  static __device__ __forceinline__ void round(float *four) {
    float4 values = *(const float4 *)four;
    *(uint4 *)four = make_uint4(to_tf32(values.x), to_tf32(values.y), to_tf32(values.z), to_tf32(values.w));
  }

  // Rows `line` to `line + 15` of an operand that lies along k, k to k + 7, as mma_tf32 takes a; of b these are
  // two times eight columns. ldmatrix knows 16-bit elements: to it these are pairs.
  static __device__ __forceinline__ void load(uint32_t (&four)[4], const float *panel, int pitch, int line, int k) {
    int lane = threadIdx.x % WARP;
    ldmatrix<4>(four, panel + (line + lane % 16) * pitch + k + lane / 16 * 4);
  }

  static __device__ __forceinline__ void multiply(
      const float *a, const float *b, const float *, int warp_i, int warp_j, Sums &sums) {
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
        if (A_ALONG_K) {
          load(left[i], a, PanelA::PITCH, warp_i + i * 16, k);
        } else {
#pragma unroll
          for (int r = 0; r < 4; r++) {
            int line = warp_i + i * 16 + group + r % 2 * 8;
            left[i][r] = __float_as_uint(a[PanelA::at(line, k + place + r / 2 * 4)]);
          }
        }
      }
#pragma unroll
      for (int j = 0; j < T::TN / 2; j += 2) {
        if (B_ALONG_K) {
          uint32_t four[4];
          load(four, b, PanelB::PITCH, warp_j + j * 8, k);
          right[j][0] = four[0], right[j + 1][0] = four[1];
          right[j][1] = four[2], right[j + 1][1] = four[3];
        } else {
#pragma unroll
          for (int r = 0; r < 4; r++) {
            right[j + r / 2][r % 2] =
                __float_as_uint(b[PanelB::at(warp_j + (j + r / 2) * 8 + group, k + place + r % 2 * 4)]);
          }
        }
      }
#pragma unroll
      for (int i = 0; i < T::TM / 2; i++) {
#pragma unroll
        for (int j = 0; j < T::TN / 2; j++) {
          mma_tf32(sums[i][j], left[i], right[j]);
        }
      }
    }
  }
};

TENSOR_PRODUCTS(tf32, Tf32)
