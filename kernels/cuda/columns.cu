// out[j] = sum_i x[i, j]: the rows added up, as the gradient of a bias is.
//
// A block takes 32 neighbouring columns, so that a warp reads whole cache lines; its 8 warps take the
// rows in turns, and their sums meet in shared memory in the order of the warps: no atomics, the same
// bits each time.
#include "update.cuh"

#define SLICES 8

// The sum of column j; of all threads that have the same column, the block's first warp gets it.
static __device__ float sum_of_column(int rows, int columns, const float *x, int j) {
  __shared__ float parts[SLICES][WARP];
  int lane = threadIdx.x % WARP;
  int slice = threadIdx.x / WARP;
  float sum = 0.0f;
  if (j < columns) {
    for (int i = slice; i < rows; i += SLICES) {
      sum += x[(int64_t)i * columns + j];
    }
  }
  parts[slice][lane] = sum;
  __syncthreads();
  if (slice == 0) {
    for (int s = 1; s < SLICES; s++) {
      sum += parts[s][lane];
    }
  }
  return sum;
}

extern "C" __global__ void __launch_bounds__(WARP * SLICES) sum_rows(
    int rows, int columns, const float *x, float *out) {
  int j = blockIdx.x * WARP + threadIdx.x % WARP;
  float sum = sum_of_column(rows, columns, x, j);
  if (threadIdx.x < WARP && j < columns) {
    out[j] = sum;
  }
}

// The sums are gradients, and the parameters are updated at once.
extern "C" __global__ void __launch_bounds__(WARP * SLICES) sum_rows_update(
    int rows, int columns, const float *x, Update u) {
  Rate r;
  bool known = find_rate(u, r);
  int j = blockIdx.x * WARP + threadIdx.x % WARP;
  float sum = sum_of_column(rows, columns, x, j);
  if (threadIdx.x < WARP && j < columns) {
    use4(u, r, known, j, j + 1, false, make_float4(sum, 0.0f, 0.0f, 0.0f));
  }
  if (known && blockIdx.x == 0) {
    update_rest(u, r, columns);
  }
}
