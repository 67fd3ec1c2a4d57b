// Operations on a row as a whole: softmax and its backward pass.
//
// LANES threads share a row, each taking every LANES-th column: a warp, which needs no shared memory
// and no barrier, for rows of up to some hundred columns; a whole block for longer ones, so that few
// long rows still fill the device.
#include "common.cuh"

#define BLOCK 256

// The row that a thread starts with, and how many rows further its next one is.
template <int LANES>
static __device__ int first_row() {
  return blockIdx.x * (BLOCK / LANES) + threadIdx.x / LANES;
}

template <int LANES>
static __device__ int row_stride() {
  return gridDim.x * (BLOCK / LANES);
}

template <int LANES>
static __device__ void softmax(int rows, int columns, const float *x, float *out) {
  int lane = threadIdx.x % LANES;
  for (int i = first_row<LANES>(); i < rows; i += row_stride<LANES>()) {
    const float *from = x + (int64_t)i * columns;
    float *to = out + (int64_t)i * columns;
    float most = -INFINITY;
    for (int j = lane; j < columns; j += LANES) {
      most = fmaxf(most, from[j]);
    }
    most = reduce<LANES>(most, Largest());
    // Many small terms beside a large one would be lost in a sum of floats.
    double sum = 0.0;
    for (int j = lane; j < columns; j += LANES) {
      float e = expf(from[j] - most);
      to[j] = e;
      sum += e;
    }
    float total = (float)reduce<LANES>(sum, Add());
    for (int j = lane; j < columns; j += LANES) {
      to[j] /= total;
    }
  }
}

extern "C" __global__ void __launch_bounds__(BLOCK) softmax_warp(
    int rows, int columns, const float *x, float *out) {
  softmax<WARP>(rows, columns, x, out);
}

extern "C" __global__ void __launch_bounds__(BLOCK) softmax_block(
    int rows, int columns, const float *x, float *out) {
  softmax<BLOCK>(rows, columns, x, out);
}

// dX[i, j] = y[i, j] (dOut[i, j] - sum_k dOut[i, k] y[i, k])
template <int LANES>
static __device__ void softmax_backward(
    int rows, int columns, const float *saved, const float *d_out, float *d_x) {
  int lane = threadIdx.x % LANES;
  for (int i = first_row<LANES>(); i < rows; i += row_stride<LANES>()) {
    int64_t row = (int64_t)i * columns;
    double sum = 0.0;
    for (int j = lane; j < columns; j += LANES) {
      sum += (double)d_out[row + j] * saved[row + j];
    }
    float dot_product = (float)reduce<LANES>(sum, Add());
    for (int j = lane; j < columns; j += LANES) {
      d_x[row + j] = saved[row + j] * (d_out[row + j] - dot_product);
    }
  }
}

extern "C" __global__ void __launch_bounds__(BLOCK) softmax_backward_warp(
    int rows, int columns, const float *saved, const float *d_out, float *d_x) {
  softmax_backward<WARP>(rows, columns, saved, d_out, d_x);
}

extern "C" __global__ void __launch_bounds__(BLOCK) softmax_backward_block(
    int rows, int columns, const float *saved, const float *d_out, float *d_x) {
  softmax_backward<BLOCK>(rows, columns, saved, d_out, d_x);
}
