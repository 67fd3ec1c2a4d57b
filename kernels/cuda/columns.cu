// out[j] = sum_i x[i, j]: the rows added up, as the gradient of a bias is.
//
// A block takes 32 neighbouring columns, so that a warp reads whole cache lines; its 8 warps take the
// rows in turns, and their sums meet in shared memory in the order of the warps: no atomics, the same
// bits each time.
#include "common.cuh"

#define SLICES 8

extern "C" __global__ void __launch_bounds__(WARP * SLICES) sum_rows(
    int rows, int columns, const float *x, float *out) {
  __shared__ float parts[SLICES][WARP];
  int lane = threadIdx.x % WARP;
  int slice = threadIdx.x / WARP;
  int j = blockIdx.x * WARP + lane;
  float sum = 0.0f;
  if (j < columns) {
    for (int i = slice; i < rows; i += SLICES) {
      sum += x[(int64_t)i * columns + j];
    }
  }
  parts[slice][lane] = sum;
  __syncthreads();
  if (slice == 0 && j < columns) {
    for (int s = 1; s < SLICES; s++) {
      sum += parts[s][lane];
    }
    out[j] = sum;
  }
}
