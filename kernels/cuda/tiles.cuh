// What all matrix products share: the tiles, the way from global to shared memory, the pipeline over
// k, and the split-K reduction.
//
// A block computes a tile of the result, a warp a part of that, a thread TM x TN elements, which it
// keeps in registers over the whole of k. k goes by in slices of DEPTH. While one slice is multiplied,
// the next STAGES - 1 are on their way into shared memory by asynchronous copies of 16 bytes, which
// pass no register and fill with zeros what lies beyond an edge; so no size needs a special case. Where
// rows do not start on 16 bytes, copies are of 4.
//
// An operand lies in shared memory the way it lies in global memory, so that copies need not
// transpose: along k (a, or a transposed b) or across it. Lines are padded so that the threads of a
// warp read different banks.
//
// Where the result has too few tiles to fill the device, k is split: block z of a tile sums up its part of k
// and leaves it in the workspace; the block that comes last adds up all parts, in their order whichever
// comes last, and goes on to the epilogue. One launch, no float atomics, the same bits each time.
#pragma once
#include "epilogue.cuh"
#include "ptx.cuh"
#include "update.cuh"

template <int WARPS_M_, int WARPS_N_, int TM_, int TN_, int STAGES_>
struct Tile {
  static constexpr int WARPS_N = WARPS_N_;
  static constexpr int TM = TM_;
  static constexpr int TN = TN_;
  static constexpr int STAGES = STAGES_;
  static constexpr int DEPTH = 16;
  // A warp's 32 threads are 8 down and 4 across.
  static constexpr int WARP_M = 8 * TM;
  static constexpr int WARP_N = 4 * TN;
  static constexpr int M = WARPS_M_ * WARP_M;
  static constexpr int N = WARPS_N_ * WARP_N;
  static constexpr int THREADS = WARP * WARPS_M_ * WARPS_N_;
};

// 128 x 128 by 256 threads: two reads of shared memory for each four multiply-adds, for results that
// fill the device with such tiles.
using Tile128 = Tile<2, 4, 8, 8, 3>;
// 64 x 64 by 128 threads.
using Tile64 = Tile<2, 2, 4, 8, 4>;
// 32 x 32 by 64 threads: for the small products of small networks, k split.
using Tile32 = Tile<1, 2, 4, 4, 4>;

// A slice of an operand in shared memory: LINES rows of a or columns of b, DEPTH deep.
template <int LINES, int DEPTH, bool ALONG_K>
struct Panel {
  static constexpr int PITCH = ALONG_K ? DEPTH + 4 : LINES + 8;
  static constexpr int SIZE = (ALONG_K ? LINES : DEPTH) * PITCH;

  static __device__ __forceinline__ int at(int line, int k) {
    return ALONG_K ? line * PITCH + k : k * PITCH + line;
  }

  // Starts the copies of one slice.
  //
  // source: lines x depth, or depth x lines, of which `line` and `k` are where the slice starts
  static __device__ __forceinline__ void copy(
      float *shared, const float *source, int lines, int pitch, int line, int k, int k_end, bool whole,
      int threads) {
    constexpr int RUNS = ALONG_K ? LINES : DEPTH;
    constexpr int CHUNKS = (ALONG_K ? DEPTH : LINES) / 4;
    int run0 = ALONG_K ? line : k;
    int at0 = ALONG_K ? k : line;
    int runs = ALONG_K ? lines : k_end;
    int length = ALONG_K ? k_end : lines;
#pragma unroll
    for (int c = threadIdx.x; c < RUNS * CHUNKS; c += threads) {
      int run = c / CHUNKS;
      int at = c % CHUNKS * 4;
      int left = run0 + run < runs ? min(4, max(0, length - at0 - at)) : 0;
      const float *from = left > 0 ? source + (int64_t)(run0 + run) * pitch + at0 + at : source;
      float *to = shared + run * PITCH + at;
      if (whole) {
        cp_async<16>(to, from, 4 * left);
      } else {
#pragma unroll
        for (int l = 0; l < 4; l++) {
          cp_async<4>(to + l, l < left ? from + l : source, l < left ? 4 : 0);
        }
      }
    }
  }
};

// Where a block's tile starts. Blocks go down 8 tiles before they go across, so that those that run
// at the same time read the same rows and columns, which the cache then has.
static __device__ __forceinline__ void place(int tile, int down, int across, int &i, int &j) {
  constexpr int GROUP = 8;
  int group = tile / (GROUP * across);
  int first = group * GROUP;
  int height = min(GROUP, down - first);
  int within = tile - group * GROUP * across;
  i = first + within % height;
  j = within / height;
}

// Where an element of the tile lies in shared memory on its way out: groups of four columns change
// places within eight from row to row, so that the threads of a warp, who have neighbouring rows, write to
// different banks.
template <class T>
static __device__ __forceinline__ int outgoing(int row, int column) {
  return row * T::N + (column ^ (row % 8 * 4));
}

// Stores the tile that lies in shared memory: neighbouring threads take neighbouring columns, whatever the
// threads had that computed them.
template <class T>
static __device__ __forceinline__ void finish(const Product &p, const float *shared, int i0, int j0) {
  constexpr int ACROSS = T::N / 4;
  Epilogue epilogue(p);
#pragma unroll 1
  for (int e = threadIdx.x; e < T::M * ACROSS; e += T::THREADS) {
    int row = e / ACROSS;
    int column = e % ACROSS * 4;
    epilogue.store4(i0 + row, j0 + column, *(const float4 *)(shared + outgoing<T>(row, column)));
  }
}

// The same where the product is a gradient that only the optimizer reads: its elements update the
// parameters that they belong to, and are stored only if `keep` says so.
template <class T>
static __device__ __forceinline__ void finish(
    const Product &p, const Update &u, const float *shared, int i0, int j0) {
  constexpr int ACROSS = T::N / 4;
  Rate r;
  bool known = find_rate(u, r);
  bool whole = p.n % 4 == 0 && u.whole();
#pragma unroll 1
  for (int e = threadIdx.x; e < T::M * ACROSS; e += T::THREADS) {
    int row = e / ACROSS;
    int column = e % ACROSS * 4;
    if (i0 + row < p.m && j0 + column < p.n) {
      int64_t start = (int64_t)(i0 + row) * p.n;
      float4 g = *(const float4 *)(shared + outgoing<T>(row, column));
      use4(u, r, known, start + j0 + column, start + p.n, whole, g);
    }
  }
  if (known && blockIdx.x == 0) {
    update_rest(u, r, (int64_t)p.m * p.n);
  }
}

// Leaves a part of a split k in the workspace. Returns false for all blocks of the tile but the last to
// come, which then has the sums of all parts in shared memory.
template <class T>
static __device__ bool meet(const Product &p, float *shared) {
  constexpr int SIZE = T::M * T::N;
  float *parts = p.workspace + (int64_t)blockIdx.x * gridDim.z * SIZE;
#pragma unroll 1
  for (int e = 4 * threadIdx.x; e < SIZE; e += 4 * T::THREADS) {
    *(float4 *)(parts + blockIdx.z * SIZE + e) = *(const float4 *)(shared + e);
  }
  __threadfence();
  __syncthreads();
  bool last = threadIdx.x == 0 && atomicAdd(p.tickets + blockIdx.x, 1u) == gridDim.z - 1;
  if (last) {
    p.tickets[blockIdx.x] = 0;
  }
  if (!__syncthreads_or(last)) {
    return false;
  }
  __threadfence();
#pragma unroll 1
  for (int e = 4 * threadIdx.x; e < SIZE; e += 4 * T::THREADS) {
    float4 sum = make_float4(0.0f, 0.0f, 0.0f, 0.0f);
    for (unsigned z = 0; z < gridDim.z; z++) {
      sum = map4(sum, __ldcg((const float4 *)(parts + z * SIZE + e)), Add());
    }
    *(float4 *)(shared + e) = sum;
  }
  __syncthreads();
  return true;
}

// All but the end: true where the block has a tile of the result in shared memory, which starts at i0
// and j0. `Math` multiplies slices and knows which elements of a warp's part are a thread's.
template <class T, bool TRANSPOSE_A, bool TRANSPOSE_B, template <class, bool, bool> class MathOf>
static __device__ __forceinline__ bool multiply(
    const Product &p, float *shared, int &i0, int &j0) {
  using Math = MathOf<T, !TRANSPOSE_A, TRANSPOSE_B>;
  using PanelA = Panel<T::M, T::DEPTH, !TRANSPOSE_A>;
  using PanelB = Panel<T::N, T::DEPTH, TRANSPOSE_B>;
  constexpr int STAGE = PanelA::SIZE + PanelB::SIZE;
  int down = (p.m + T::M - 1) / T::M;
  int across = (p.n + T::N - 1) / T::N;
  int tile_i, tile_j;
  place(blockIdx.x, down, across, tile_i, tile_j);
  i0 = tile_i * T::M;
  j0 = tile_j * T::N;
  int k0 = blockIdx.z * p.k_part;
  int k_end = min(p.k, k0 + p.k_part);
  int slices = (k_end - k0 + T::DEPTH - 1) / T::DEPTH;

  int pitch_a = TRANSPOSE_A ? p.m : p.k;
  int pitch_b = TRANSPOSE_B ? p.k : p.n;
  bool whole_a = aligned16(p.a) && pitch_a % 4 == 0;
  bool whole_b = aligned16(p.b) && pitch_b % 4 == 0;
  auto copy = [&](int slice) {
    if (slice < slices) {
      float *stage = shared + slice % T::STAGES * STAGE;
      int k = k0 + slice * T::DEPTH;
      PanelA::copy(stage, p.a, p.m, pitch_a, i0, k, k_end, whole_a, T::THREADS);
      PanelB::copy(stage + PanelA::SIZE, p.b, p.n, pitch_b, j0, k, k_end, whole_b, T::THREADS);
    }
    // Also where there is none, so that the count of groups stays in step.
    cp_async_commit_group();
  };

  int warp = threadIdx.x / WARP;
  int warp_i = warp / T::WARPS_N * T::WARP_M;
  int warp_j = warp % T::WARPS_N * T::WARP_N;
  float sums[T::TM][T::TN] = {};
#pragma unroll 1
  for (int s = 0; s < T::STAGES - 1; s++) {
    copy(s);
  }
  for (int slice = 0; slice < slices; slice++) {
    cp_async_wait_group<T::STAGES - 2>();
    // All have this slice now, and are done with the one before, whose place the next copy takes.
    __syncthreads();
    copy(slice + T::STAGES - 1);
    const float *stage = shared + slice % T::STAGES * STAGE;
    Math::multiply(stage, stage + PanelA::SIZE, warp_i, warp_j, sums);
  }

  // What was under way is nothing, and all are done with the last slice: its place is free.
  cp_async_wait_group<0>();
  __syncthreads();
#pragma unroll
  for (int i = 0; i < T::TM; i++) {
#pragma unroll
    for (int j = 0; j < T::TN; j++) {
      shared[outgoing<T>(warp_i + Math::row(i), warp_j + Math::column(j))] = sums[i][j];
    }
  }
  __syncthreads();
  return gridDim.z == 1 || meet<T>(p, shared);
}

// The kernel; `u` is what its end needs besides, nothing or an Update.
template <
    class T, bool TRANSPOSE_A, bool TRANSPOSE_B, template <class, bool, bool> class MathOf, class... U>
static __device__ __forceinline__ void product(const Product &p, const U &...u) {
  extern __shared__ __align__(16) unsigned char dyn_smem[];
  float *shared = (float *)dyn_smem;
  int i0, j0;
  if (multiply<T, TRANSPOSE_A, TRANSPOSE_B, MathOf>(p, shared, i0, j0)) {
    finish<T>(p, u..., shared, i0, j0);
  }
}
