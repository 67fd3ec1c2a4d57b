// Operations on each element by itself: add_bias, activate, activate_backward, dropout.
//
// They run at the speed of memory, so all that helps is to move 16 bytes at a time, and above all not
// to run: a bias or an activation after a product is done in the product's epilogue (matmul.cu).
// Reading and writing the same place is fine: each thread reads its elements before it writes them.
#include "common.cuh"
#include "philox.cuh"

// out[i, j] = x[i, j] + bias[j]; threads take columns in x, blocks take rows in y.
extern "C" __global__ void __launch_bounds__(256) add_bias(
    int rows, int columns, const float *x, const float *bias, float *out) {
  int j = blockIdx.x * blockDim.x + threadIdx.x;
  if (j >= columns) {
    return;
  }
  float shift = bias[j];
  for (int i = blockIdx.y; i < rows; i += gridDim.y) {
    int64_t at = (int64_t)i * columns + j;
    out[at] = x[at] + shift;
  }
}

extern "C" __global__ void __launch_bounds__(256) activate(
    int n, const float *x, float *out, int which) {
  bool whole = aligned16(x) && aligned16(out);
  for (int64_t i = first4(); i < n; i += stride4()) {
    float4 value = load4(x, i, n, whole);
    store4(out, i, n, whole, map4(value, [=](float v) { return activation(which, v); }));
  }
}

extern "C" __global__ void __launch_bounds__(256) activate_backward(
    int n, const float *saved, const float *d_out, float *d_x, int which) {
  bool whole = aligned16(saved) && aligned16(d_out) && aligned16(d_x);
  for (int64_t i = first4(); i < n; i += stride4()) {
    float4 value = load4(saved, i, n, whole);
    float4 gradient = load4(d_out, i, n, whole);
    store4(d_x, i, n, whole, map4(gradient, value, [=](float d, float v) {
      return d * slope(which, v);
    }));
  }
}

// out = x keep scale; a thread's four elements draw four words at once.
extern "C" __global__ void __launch_bounds__(256) dropout(
    int n,
    const float *x,
    float *out,
    const int *state,
    uint32_t threshold,
    float scale,
    uint32_t stream,
    uint32_t seed_low,
    uint32_t seed_high) {
  bool whole = aligned16(x) && aligned16(out);
  uint32_t step = state[STEP];
  for (int64_t i = first4(); i < n; i += stride4()) {
    uint4 word = philox(make_uint4((uint32_t)(i / 4), 0u, step, stream), make_uint2(seed_low, seed_high));
    float4 value = load4(x, i, n, whole);
    store4(out, i, n, whole, make_float4(
        word.x >= threshold ? value.x * scale : 0.0f,
        word.y >= threshold ? value.y * scale : 0.0f,
        word.z >= threshold ? value.z * scale : 0.0f,
        word.w >= threshold ? value.w * scale : 0.0f));
  }
}
