// Sums of columns whose rows several blocks share: blockIdx.x says which 32 columns are a block's, blockIdx.y which
// rows. Each block leaves its sums in memory; the one that comes last adds up all of them, in the order of the rows
// whichever comes last. One launch, no float atomics, the same bits each time.
#pragma once
#include "common.cuh"

struct Slabs {
  float *parts;        // 32 of each value of each block; see `at`
  unsigned *tickets;   // one for each 32 columns, 0 before and after
  int rows;            // of a block, the last perhaps fewer

  __device__ __forceinline__ int first() const { return blockIdx.y * rows; }
  __device__ __forceinline__ int end(int all) const { return min(all, first() + rows); }
  __device__ __forceinline__ int count(int slab, int all) const { return min(rows, all - slab * rows); }

  // Where the block of some rows leaves its values of a lane's column, which lie WARP apart.
  template <int VALUES>
  __device__ __forceinline__ float *at(int slab) const {
    return parts + ((int64_t)slab * gridDim.x + blockIdx.x) * VALUES * WARP + threadIdx.x % WARP;
  }
};

// Leaves the values of a block's columns, which its first warp has. Returns whether the block is the last of its
// columns, which then finds those of all blocks. All threads call it.
template <int VALUES>
static __device__ bool leave(const Slabs &slabs, const float (&values)[VALUES]) {
  if (threadIdx.x < WARP) {
#pragma unroll
    for (int v = 0; v < VALUES; v++) {
      slabs.at<VALUES>(blockIdx.y)[v * WARP] = values[v];
    }
  }
  __threadfence();
  __syncthreads();
  bool last = threadIdx.x == 0 && atomicAdd(slabs.tickets + blockIdx.x, 1u) == gridDim.y - 1;
  if (last) {
    slabs.tickets[blockIdx.x] = 0;
  }
  bool all = __syncthreads_or(last);
  __threadfence();
  return all;
}
