// What a device can do at best: what the times of other kernels are held against. The results mean
// nothing; they are stored so that no compiler may leave the work out.
#include "common.cuh"
#include "ptx.cuh"

#define BLOCK 256

// Sums that do not wait for each other: with the device full of threads, fewer would do.
#define CHAINS 16
// The same for tensor cores, whose sums take four registers each.
#define TILES 8

// Each round of each chain is one multiply-add. With a factor below 1 the values stay near
// addend / (1 - factor).
extern "C" __global__ void __launch_bounds__(BLOCK) multiply_adds(
    int rounds, float factor, float addend, float *out) {
  float chains[CHAINS];
#pragma unroll
  for (int c = 0; c < CHAINS; c++) {
    chains[c] = (float)c;
  }
#pragma unroll 4
  for (int r = 0; r < rounds; r++) {
#pragma unroll
    for (int c = 0; c < CHAINS; c++) {
      chains[c] = fmaf(chains[c], factor, addend);
    }
  }
  float sum = 0.0f;
#pragma unroll
  for (int c = 0; c < CHAINS; c++) {
    sum += chains[c];
  }
  out[blockIdx.x * BLOCK + threadIdx.x] = sum;
}

// The same in tensor cores through mma.sync, as the products in tf32 use them: each round adds a product of
// 16 x 8 by 8 x 8 to each of a warp's tiles. A Hopper's wgmma, which takes its operands from shared
// memory, can do more. Needs compute capability 8.0.
extern "C" __global__ void __launch_bounds__(BLOCK) multiply_adds_tf32(
    int rounds, float factor, float addend, float *out) {
  uint32_t left[4];
  uint32_t right[2];
#pragma unroll
  for (int i = 0; i < 4; i++) {
    left[i] = to_tf32(factor);
  }
  right[0] = right[1] = to_tf32(addend);
  float tiles[TILES][4] = {};
#pragma unroll 2
  for (int r = 0; r < rounds; r++) {
#pragma unroll
    for (int t = 0; t < TILES; t++) {
      mma_tf32(tiles[t], left, right);
    }
  }
  float sum = 0.0f;
#pragma unroll
  for (int t = 0; t < TILES; t++) {
    sum += tiles[t][0] + tiles[t][1] + tiles[t][2] + tiles[t][3];
  }
  out[blockIdx.x * BLOCK + threadIdx.x] = sum;
}

// The same in bf16, whose products are of 16 x 16 by 16 x 8.
extern "C" __global__ void __launch_bounds__(BLOCK) multiply_adds_bf16(
    int rounds, float factor, float addend, float *out) {
  uint32_t left[4];
  uint32_t right[2];
#pragma unroll
  for (int i = 0; i < 4; i++) {
    left[i] = to_bf16(factor, factor);
  }
  right[0] = right[1] = to_bf16(addend, addend);
  float tiles[TILES][4] = {};
#pragma unroll 2
  for (int r = 0; r < rounds; r++) {
#pragma unroll
    for (int t = 0; t < TILES; t++) {
      mma_bf16(tiles[t], left, right);
    }
  }
  float sum = 0.0f;
#pragma unroll
  for (int t = 0; t < TILES; t++) {
    sum += tiles[t][0] + tiles[t][1] + tiles[t][2] + tiles[t][3];
  }
  out[blockIdx.x * BLOCK + threadIdx.x] = sum;
}

// Copies `count` vectors of four floats; a thread has four loads under way before it stores.
extern "C" __global__ void __launch_bounds__(BLOCK) copy(
    int count, const float4 *source, float4 *target) {
  constexpr int EACH = 4;
  int first = blockIdx.x * (EACH * BLOCK) + threadIdx.x;
  float4 values[EACH];
#pragma unroll
  for (int l = 0; l < EACH; l++) {
    if (first + l * BLOCK < count) {
      values[l] = source[first + l * BLOCK];
    }
  }
#pragma unroll
  for (int l = 0; l < EACH; l++) {
    if (first + l * BLOCK < count) {
      target[first + l * BLOCK] = values[l];
    }
  }
}
