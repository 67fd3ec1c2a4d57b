// Matrix products on the tensor cores of compute capability 9.0 at their full rate: wgmma, fed by bulk copies.
//
// A block is three warpgroups. One of them gives up its registers; a thread of it starts the copies of the next slices
// of k into a ring in shared memory, wherever there is room, and goes on to the next tile while the others still
// finish one. The two others have 64 rows of a tile each, keep their 256 sums a row in registers and let the tensor
// cores read the ring. Two barriers a place in the ring carry it: full, which the copies' bytes complete, and empty,
// which both consumers complete. Blocks stay and take tile after tile.
//
// Tensor cores read operands where they lie in shared memory, so these must have their precision there already:
// - bf16 copies of the operands are made first, in their own layout, with rows that start on 16 bytes. wgmma takes
//   bf16 along k and across it.
// - float32 is rounded to TF32 by the copy. wgmma takes TF32 along k only: of an operand that lies across k a
//   transposed copy is made first.
// Either takes memory traffic in proportion to the operands, the product time in proportion to them times a side.
//
// k is not split: this is for products that fill the device.
#include "tiles.cuh"

constexpr int GROUP = 128;  // threads of a warpgroup
constexpr int CONSUMERS = 2;
constexpr int ROWS = 64;  // of a consumer
constexpr int TILE_M = CONSUMERS * ROWS, TILE_N = 256;
constexpr int LINE = 128;  // bytes: what the swizzle spans
constexpr int STAGES = 4;
constexpr int A_BYTES = TILE_M * LINE, STAGE_BYTES = A_BYTES + TILE_N * LINE;
// On its way out a warp has 16 rows of so many columns in shared memory.
struct Strip {
  static constexpr int N = 64;
};
constexpr int STRIP_FLOATS = 16 * Strip::N;
constexpr int BARRIERS_AT = STAGES * STAGE_BYTES + CONSUMERS * 4 * STRIP_FLOATS * 4;

// Each precision has 128 bytes of k in a slice, and 32 in a step of wgmma.
template <bool ACROSS_A, bool ACROSS_B>
struct Bf16 {
  static constexpr int DEPTH = LINE / 2;
  static constexpr bool A_ACROSS_K = ACROSS_A, B_ACROSS_K = ACROSS_B;
  static __device__ __forceinline__ void multiply(float (&sums)[128], uint64_t a, uint64_t b, bool accumulate) {
    wgmma_bf16<A_ACROSS_K, B_ACROSS_K>(sums, a, b, accumulate);
  }
};

struct Tf32 {
  static constexpr int DEPTH = LINE / 4;
  static constexpr bool A_ACROSS_K = false, B_ACROSS_K = false;
  static __device__ __forceinline__ void multiply(float (&sums)[128], uint64_t a, uint64_t b, bool accumulate) {
    wgmma_tf32(sums, a, b, accumulate);
  }
};

// An operand's slice in shared memory. Along k it is a box of all lines, each with its k in a row of 128 bytes. Across k
// it is boxes of 64 lines, each k with these lines in a row.
template <class P, bool ACROSS_K, int LINES>
struct Operand {
  static constexpr int BOX_BYTES = P::DEPTH * LINE;

  static __device__ __forceinline__ void copy(
      unsigned char *to, const TensorMap &map, uint64_t *barrier, int line, int k) {
    if constexpr (ACROSS_K) {
#pragma unroll
      for (int box = 0; box < LINES / P::DEPTH; box++) {
        tensor_copy(to + box * BOX_BYTES, map, barrier, line + box * P::DEPTH, k);
      }
    } else {
      tensor_copy(to, map, barrier, k, line);
    }
  }

  // From 64 lines of it on, or from its first; 64 lines have as many bytes either way.
  static __device__ __forceinline__ uint64_t step(const unsigned char *from, int step) {
    return wgmma_operand(from + step * (ACROSS_K ? BOX_BYTES / 4 : LINE / 4), 8 * LINE, BOX_BYTES);
  }
};

// A place in the ring and the parity of its phase, which turns each time round.
struct Place {
  int at = 0;
  unsigned parity = 0;

  __device__ __forceinline__ void next() {
    if (++at == STAGES) {
      at = 0;
      parity ^= 1;
    }
  }
};

struct Ring {
  unsigned char *stages;
  uint64_t *full;
  uint64_t *empty;
};

template <class P>
static __device__ __forceinline__ void produce(const TensorMap &a, const TensorMap &b, const Product &p, const Ring &ring) {
  int down = (p.m + TILE_M - 1) / TILE_M, across = (p.n + TILE_N - 1) / TILE_N;
  Place place_;
#pragma unroll 1
  for (int tile = blockIdx.x; tile < down * across; tile += gridDim.x) {
    int i, j;
    place(tile, down, across, i, j);
#pragma unroll 1
    for (int k = 0; k < p.k; k += P::DEPTH) {
      unsigned char *stage = ring.stages + place_.at * STAGE_BYTES;
      uint64_t *full = ring.full + place_.at;
      // Of a new ring all places are empty: the phase before its first is over.
      barrier_wait(ring.empty + place_.at, place_.parity ^ 1);
      barrier_arrive_expect(full, STAGE_BYTES);
      Operand<P, P::A_ACROSS_K, TILE_M>::copy(stage, a, full, i * TILE_M, k);
      Operand<P, P::B_ACROSS_K, TILE_N>::copy(stage + A_BYTES, b, full, j * TILE_N, k);
      place_.next();
    }
  }
}

// Stores a warp's strip of 16 rows and 64 columns, each thread four columns of every other row.
template <int WHICH>
static __device__ __forceinline__ void store_strip(const Epilogue &epilogue, const float *strip, int i0, int j0) {
  constexpr int ACROSS = Strip::N / 4;
#pragma unroll 1
  for (int e = threadIdx.x % WARP; e < 16 * ACROSS; e += WARP) {
    int row = e / ACROSS, column = e % ACROSS * 4;
    if (i0 + row < epilogue.p.m && j0 + column < epilogue.p.n) {
      epilogue.store4<WHICH>(i0 + row, j0 + column, *(const float4 *)(strip + outgoing<Strip>(row, column)));
    }
  }
}

static __device__ __forceinline__ void store_strip(const Epilogue &epilogue, const float *strip, int i0, int j0) {
  if (!epilogue.whole) {
#pragma unroll 1
    for (int e = threadIdx.x % WARP; e < STRIP_FLOATS; e += WARP) {
      int row = e / Strip::N, column = e % Strip::N;
      epilogue.store1(i0 + row, j0 + column, strip[outgoing<Strip>(row, column)]);
    }
    return;
  }
  switch (epilogue.p.which) {
    case LINEAR:
      return store_strip<LINEAR>(epilogue, strip, i0, j0);
    case RELU:
      return store_strip<RELU>(epilogue, strip, i0, j0);
    case LEAKY_RELU:
      return store_strip<LEAKY_RELU>(epilogue, strip, i0, j0);
    case SIGMOID:
      return store_strip<SIGMOID>(epilogue, strip, i0, j0);
    case TANH:
      return store_strip<TANH>(epilogue, strip, i0, j0);
    case GELU:
      return store_strip<GELU>(epilogue, strip, i0, j0);
  }
}

// A warp's 16 rows go out by way of shared memory, 64 columns at a time: from there whole lines are stored, and what
// follows the product is there but once.
static __device__ __forceinline__ void finish(const Product &p, const float (&sums)[128], float *strip, int i0, int j0) {
  Epilogue epilogue(p);
  int row = threadIdx.x % WARP / 4, column = threadIdx.x % 4 * 2;
#pragma unroll 1
  for (int part = 0; part < TILE_N / Strip::N; part++) {
    __syncwarp();
#pragma unroll
    for (int own = 0; own < TILE_N / Strip::N; own++) {
      // Registers have no index at run time.
      if (own != part) continue;
#pragma unroll
      for (int c = 0; c < Strip::N / 8; c++) {
        const float *four = sums + 4 * (own * Strip::N / 8 + c);
        *(float2 *)(strip + outgoing<Strip>(row, column + c * 8)) = make_float2(four[0], four[1]);
        *(float2 *)(strip + outgoing<Strip>(row + 8, column + c * 8)) = make_float2(four[2], four[3]);
      }
    }
    __syncwarp();
    store_strip(epilogue, strip, i0, j0 + part * Strip::N);
  }
}

template <class P>
static __device__ __forceinline__ void consume(const Product &p, const Ring &ring, float *strip) {
  int down = (p.m + TILE_M - 1) / TILE_M, across = (p.n + TILE_N - 1) / TILE_N;
  int consumer = threadIdx.x / GROUP - 1;
  Place place_;
#pragma unroll 1
  for (int tile = blockIdx.x; tile < down * across; tile += gridDim.x) {
    int i, j;
    place(tile, down, across, i, j);
    float sums[128];
    int before = 0;
#pragma unroll 1
    for (int k = 0; k < p.k; k += P::DEPTH) {
      const unsigned char *a = ring.stages + place_.at * STAGE_BYTES + consumer * ROWS * LINE;
      const unsigned char *b = ring.stages + place_.at * STAGE_BYTES + A_BYTES;
      barrier_wait(ring.full + place_.at, place_.parity);
      wgmma_fence();
#pragma unroll
      for (int step = 0; step < 4; step++) {
        P::multiply(sums, Operand<P, P::A_ACROSS_K, TILE_M>::step(a, step),
                    Operand<P, P::B_ACROSS_K, TILE_N>::step(b, step), k > 0 || step > 0);
      }
      wgmma_commit_group();
      // The slice before has been read, and its place is empty.
      wgmma_wait_group<1>(sums);
      if (k > 0 && threadIdx.x % GROUP == 0) barrier_arrive(ring.empty + before);
      before = place_.at;
      place_.next();
    }
    wgmma_wait_group<0>(sums);
    if (threadIdx.x % GROUP == 0) barrier_arrive(ring.empty + before);
    int warp = threadIdx.x % GROUP / WARP;
    finish(p, sums, strip, i * TILE_M + consumer * ROWS + warp * 16, j * TILE_N);
  }
}

template <class P>
static __device__ __forceinline__ void multiply(const TensorMap &a, const TensorMap &b, const Product &p) {
  extern __shared__ __align__(1024) unsigned char dyn_smem[];
  uint64_t *barriers = (uint64_t *)(dyn_smem + BARRIERS_AT);
  Ring ring{dyn_smem, barriers, barriers + STAGES};
  if (threadIdx.x == 0) {
    for (int s = 0; s < STAGES; s++) {
      barrier_init(ring.full + s, 1);
      barrier_init(ring.empty + s, CONSUMERS);
    }
    fence_barriers();
  }
  __syncthreads();
  if (threadIdx.x < GROUP) {
    fewer_registers<40>();
    if (threadIdx.x == 0) produce<P>(a, b, p, ring);
  } else {
    more_registers<232>();
    int warp = threadIdx.x / WARP - GROUP / WARP;
    consume<P>(p, ring, (float *)(dyn_smem + STAGES * STAGE_BYTES) + warp * STRIP_FLOATS);
  }
}

// Maps of both operands, whose boxes are as Operand has them; p has the rest.
#define MATMUL(name, ...)                                                                       \
  extern "C" __global__ void __launch_bounds__((CONSUMERS + 1) * GROUP, 1) matmul_wgmma_##name( \
      const __grid_constant__ TensorMap a, const __grid_constant__ TensorMap b, Product p) {    \
    multiply<__VA_ARGS__>(a, b, p);                                                             \
  }

MATMUL(bf16_nn, Bf16<false, true>)
MATMUL(bf16_nt, Bf16<false, false>)
MATMUL(bf16_tn, Bf16<true, true>)
MATMUL(bf16_tt, Bf16<true, false>)
MATMUL(tf32_nt, Tf32)

// A copy in bf16, with rows of `pitch`, a multiple of 8.
extern "C" __global__ void pack_bf16(int rows, int columns, int pitch, const float *in, uint16_t *out) {
  bool whole = columns % 4 == 0 && aligned16(in);
  int64_t size = (int64_t)rows * pitch;
  for (int64_t i = first4(); i < size; i += stride4()) {
    int64_t row = i / pitch;
    int64_t at = row * columns + i % pitch;
    float4 four = load4(in, at, (row + 1) * columns, whole);
    *(uint2 *)(out + i) = make_uint2(to_bf16(four.x, four.y), to_bf16(four.z, four.w));
  }
}

// A transposed copy, rounded to TF32, with rows of `pitch`. A block has tiles of 32 x 32 below each other.
extern "C" __global__ void __launch_bounds__(256)
    transpose_tf32(int rows, int columns, int pitch, const float *in, float *out) {
  __shared__ float tile[WARP][WARP + 1];
  int lane = threadIdx.x % WARP, line = threadIdx.x / WARP;
  int column0 = blockIdx.x * WARP;
  for (int row0 = blockIdx.y * WARP; row0 < rows; row0 += gridDim.y * WARP) {
#pragma unroll
    for (int i = line; i < WARP; i += 8) {
      bool inside = row0 + i < rows && column0 + lane < columns;
      tile[i][lane] = inside ? __uint_as_float(to_tf32(in[(int64_t)(row0 + i) * columns + column0 + lane])) : 0.0f;
    }
    __syncthreads();
#pragma unroll
    for (int i = line; i < WARP; i += 8) {
      if (column0 + i < columns && row0 + lane < rows) {
        out[(int64_t)(column0 + i) * pitch + row0 + lane] = tile[lane][i];
      }
    }
    __syncthreads();
  }
}
