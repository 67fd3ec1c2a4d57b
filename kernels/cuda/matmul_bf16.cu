// Matrix products with operands rounded to bfloat16 (8 significant bits) on tensor cores, sums in float32.
// Needs compute capability 8.0.
//
// Operands lie in global memory in float32, as everything does. Each thread rounds the chunks that it has copied
// and packs them, in the layout that they came in; ldmatrix reads either layout, transposing where it must. So
// there is one kernel for all layouts, and no copy in another precision has to be kept.
#include "fragments.cuh"
#include "tensor_products.cuh"

// A packed slice of an operand. Rows are padded so that the eight rows that ldmatrix reads at once lie in different
// banks.
template <class T, int LINES, bool ALONG_K>
struct PackedPanel {
  static constexpr int PITCH = (ALONG_K ? T::DEPTH : LINES) + 8;
  static constexpr int SIZE = (ALONG_K ? LINES : T::DEPTH) * PITCH;

  // Brings a thread's chunks from a slice in float32.
  template <class From>
  static __device__ __forceinline__ void pack(const float *slice, uint16_t *packed) {
#pragma unroll
    for (int c = 0; c < From::EACH; c++) {
      float4 four = *(const float4 *)(slice + From::chunk(c));
      int run = threadIdx.x / From::CHUNKS + c * From::APART;
      int at = threadIdx.x % From::CHUNKS * 4;
      *(uint2 *)(packed + run * PITCH + at) = make_uint2(to_bf16(four.x, four.y), to_bf16(four.z, four.w));
    }
  }

  // Lines `line` to `line + 15`, all 16 of k, as mma_bf16 takes a; of b these are two times eight columns.
  static __device__ __forceinline__ void load(uint32_t (&four)[4], const uint16_t *packed, int line) {
    int lane = threadIdx.x % WARP;
    if (ALONG_K) {
      ldmatrix<4>(four, packed + (line + lane % 16) * PITCH + lane / 16 * 8);
    } else {
      ldmatrix<4, true>(four, packed + (lane % 8 + lane / 16 * 8) * PITCH + line + lane / 8 % 2 * 8);
    }
  }
};

// Each mma.sync multiplies 16 x 16 of a by 16 x 8 of b: a slice is one step of k.
template <class T, bool A_ALONG_K, bool B_ALONG_K>
struct Bf16 : Fragments<T> {
  using typename Fragments<T>::Sums;
  using PackedA = PackedPanel<T, T::M, A_ALONG_K>;
  using PackedB = PackedPanel<T, T::N, B_ALONG_K>;
  static_assert(T::DEPTH == 16, "a slice is one step of mma.sync");
  // In floats, of two values each.
  static constexpr int PACKED = (PackedA::SIZE + PackedB::SIZE) / 2;

  template <class A, class B>
  static __device__ __forceinline__ void arrive(const float *a, const float *b, float *packed) {
    uint16_t *to = (uint16_t *)packed;
    PackedA::template pack<A>(a, to);
    PackedB::template pack<B>(b, to + PackedA::SIZE);
  }

  static __device__ __forceinline__ void multiply(
      const float *, const float *, const float *packed, int warp_i, int warp_j, Sums &sums) {
    const uint16_t *a = (const uint16_t *)packed;
    const uint16_t *b = a + PackedA::SIZE;
    uint32_t left[T::TM / 2][4];
    uint32_t right[T::TN / 2][2];
#pragma unroll
    for (int i = 0; i < T::TM / 2; i++) {
      PackedA::load(left[i], a, warp_i + i * 16);
    }
#pragma unroll
    for (int j = 0; j < T::TN / 2; j += 2) {
      uint32_t four[4];
      PackedB::load(four, b, warp_j + j * 8);
      right[j][0] = four[0], right[j + 1][0] = four[1];
      right[j][1] = four[2], right[j + 1][1] = four[3];
    }
#pragma unroll
    for (int i = 0; i < T::TM / 2; i++) {
#pragma unroll
      for (int j = 0; j < T::TN / 2; j++) {
        mma_bf16(sums[i][j], left[i], right[j]);
      }
    }
  }
};

TENSOR_PRODUCTS(bf16, Bf16)
