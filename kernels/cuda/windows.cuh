// What kernels over the neighbourhoods of positions share. A batch of images is rows of positions, columns of
// channels; the places of a window are rows of the result.
#pragma once
#include "common.cuh"

// Threads take elements in turns.
#define WALK(e, n)                                                               \
  for (int e = blockIdx.x * blockDim.x + threadIdx.x, e##_step = gridDim.x * blockDim.x; \
       e < (n); e = e > (n) - e##_step ? (n) : e + e##_step)

// How the kernel moves: see the host's Window.
#define WINDOW                                                                             \
  int height, int width, int kernel_height, int kernel_width, int stride, int top, int left, \
      int out_height, int out_width

// The row of the position that tap (i, j) is over at a place (y, x) of an image, or -1 outside it.
#define POSITION(image, y, x, i, j) \
  (inside((y) * stride + (i) - top, height) && inside((x) * stride + (j) - left, width) \
       ? ((image) * height + (y) * stride + (i) - top) * width + (x) * stride + (j) - left \
       : -1)

static __device__ int inside(int index, int size) {
  return index >= 0 && index < size;
}

// The place at which a tap is over a line or column, or -1. What lies before the image is counted.
static __device__ int place_over(int index, int tap, int stride, int places) {
  int distance = index - tap;
  int place = distance / stride;
  return distance >= 0 && place * stride == distance && place < places ? place : -1;
}

// Whether a value takes the place of the largest before it, of tap `best_tap`, -1 if there is none. The first NaN
// stays: nothing is above it.
static __device__ __forceinline__ bool is_larger(float value, float best, int best_tap) {
  return best_tap < 0 || value > best || (isnan(value) && !isnan(best));
}
