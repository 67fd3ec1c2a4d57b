// out[j] = sum_i x[i, j]: the rows added up, as the gradient of a bias is.
//
// A block takes 32 neighbouring columns, so that a warp reads whole cache lines; its 8 warps take the
// rows in turns, and their sums meet in shared memory in the order of the warps. Many rows are shared
// by several blocks.
#include "slabs.cuh"
#include "update.cuh"

#define SLICES 8

// A sum of the block's warps; the first one has it.
static __device__ float total(float part) {
  __shared__ float parts[SLICES][WARP];
  int lane = threadIdx.x % WARP;
  int slice = threadIdx.x / WARP;
  __syncthreads();
  parts[slice][lane] = part;
  __syncthreads();
  if (slice == 0) {
    for (int s = 1; s < SLICES; s++) {
      part += parts[s][lane];
    }
  }
  return part;
}

// The sum of column j, which the first warp of the last of its blocks has. Returns whether this is the last.
static __device__ bool sum_of_column(int rows, int columns, const float *x, int j, const Slabs &slabs, float &sum) {
  int slice = threadIdx.x / WARP;
  sum = 0.0f;
  if (j < columns) {
    for (int i = slabs.first() + slice; i < slabs.end(rows); i += SLICES) {
      sum += x[(int64_t)i * columns + j];
    }
  }
  sum = total(sum);
  if (gridDim.y == 1) {
    return true;
  }
  if (!leave(slabs, {sum})) {
    return false;
  }
  sum = 0.0f;
  for (int s = slice; s < gridDim.y; s += SLICES) {
    sum += __ldcg(slabs.at<1>(s));
  }
  sum = total(sum);
  return true;
}

extern "C" __global__ void __launch_bounds__(WARP * SLICES) sum_rows(
    int rows, int columns, const float *x, float *out, Slabs slabs) {
  int j = blockIdx.x * WARP + threadIdx.x % WARP;
  float sum;
  if (sum_of_column(rows, columns, x, j, slabs, sum) && threadIdx.x < WARP && j < columns) {
    out[j] = sum;
  }
}

// The sums are gradients, and the parameters are updated at once.
extern "C" __global__ void __launch_bounds__(WARP * SLICES) sum_rows_update(
    int rows, int columns, const float *x, Update u, Slabs slabs) {
  Rate r;
  bool known = find_rate(u, r);
  int j = blockIdx.x * WARP + threadIdx.x % WARP;
  float sum;
  if (!sum_of_column(rows, columns, x, j, slabs, sum)) {
    return;
  }
  if (threadIdx.x < WARP && j < columns) {
    use_element(u, r, known, j, sum);
  }
  if (known && blockIdx.x == 0) {
    update_rest(u, r, columns);
  }
}
