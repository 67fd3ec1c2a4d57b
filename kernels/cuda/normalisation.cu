// Batch normalisation of columns. A block takes 32 neighbouring columns, so that a warp reads whole cache
// lines; its 32 warps take the rows in turns, and their sums meet in shared memory in the order of the
// warps: no atomics, the same bits each time.
#include "common.cuh"

#define SLICES 32

// Threads take elements in turns.
#define WALK(e, n)                                                               \
  for (int e = blockIdx.x * blockDim.x + threadIdx.x, e##_step = gridDim.x * blockDim.x; \
       e < (n); e = e > (n) - e##_step ? (n) : e + e##_step)

// The sum of a column's slices, known to all of them. All threads of a block call it.
static __device__ float total(float part) {
  __shared__ float parts[SLICES][WARP];
  int lane = threadIdx.x % WARP;
  __syncthreads();
  parts[threadIdx.x / WARP][lane] = part;
  __syncthreads();
  float sum = parts[0][lane];
  for (int s = 1; s < SLICES; s++) {
    sum += parts[s][lane];
  }
  return sum;
}

// Mean and variance, and their running values. Distances from the first row keep the digits of
// values that are far from 0.
extern "C" __global__ void __launch_bounds__(WARP * SLICES) batch_statistics(
    int rows,
    int columns,
    const float *x,
    float *mean,
    float *variance,
    float *running_mean,
    float *running_variance,
    float momentum) {
  int slice = threadIdx.x / WARP;
  int j = blockIdx.x * WARP + threadIdx.x % WARP;
  int known = j < columns;
  float origin = known ? x[j] : 0.0f;
  float sum = 0.0f;
  for (int i = slice; known && i < rows; i += SLICES) {
    sum += x[(int64_t)i * columns + j] - origin;
  }
  float distance = total(sum) / rows;
  float squares = 0.0f;
  for (int i = slice; known && i < rows; i += SLICES) {
    float d = x[(int64_t)i * columns + j] - origin - distance;
    squares += d * d;
  }
  float v = total(squares) / rows;
  if (known && slice == 0) {
    float m = origin + distance;
    mean[j] = m;
    variance[j] = v;
    float *follows = running_mean + j;
    *follows = momentum * *follows + (1.0f - momentum) * m;
    follows = running_variance + j;
    *follows = momentum * *follows + (1.0f - momentum) * v;
  }
}

extern "C" __global__ void __launch_bounds__(256) normalise(
    int n,
    int columns,
    const float *x,
    const float *mean,
    const float *variance,
    const float *scale,
    const float *shift,
    float *out,
    float epsilon) {
  WALK(e, n) {
    int j = e % columns;
    float factor = scale[j] / sqrtf(variance[j] + epsilon);
    out[e] =
        (x[e] - mean[j]) * factor + shift[j];
  }
}

extern "C" __global__ void __launch_bounds__(WARP * SLICES) normalise_backward_weights(
    int rows,
    int columns,
    const float *x,
    const float *mean,
    const float *variance,
    const float *d_out,
    float *d_scale,
    float *d_shift,
    float epsilon) {
  int slice = threadIdx.x / WARP;
  int j = blockIdx.x * WARP + threadIdx.x % WARP;
  int known = j < columns;
  float centre = known ? mean[j] : 0.0f;
  float sum = 0.0f;
  float products = 0.0f;
  for (int i = slice; known && i < rows; i += SLICES) {
    float d = d_out[(int64_t)i * columns + j];
    sum += d;
    products += d * (x[(int64_t)i * columns + j] - centre);
  }
  sum = total(sum);
  products = total(products);
  if (known && slice == 0) {
    d_shift[j] = sum;
    d_scale[j] = products / sqrtf(variance[j] + epsilon);
  }
}

extern "C" __global__ void __launch_bounds__(256) normalise_backward(
    int n,
    int columns,
    int rows,
    const float *x,
    const float *mean,
    const float *variance,
    const float *scale,
    const float *d_scale,
    const float *d_shift,
    const float *d_out,
    float *d_x,
    float epsilon) {
  WALK(e, n) {
    int j = e % columns;
    float inverse = 1.0f / sqrtf(variance[j] + epsilon);
    float normal = (x[e] - mean[j]) * inverse;
    float d = d_out[e] - d_shift[j] / rows
        - normal * (d_scale[j] / rows);
    d_x[e] = scale[j] * inverse * d;
  }
}
