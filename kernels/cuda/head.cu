// The head of a classifier in one launch: the last product with its bias, softmax with cross-entropy and its gradient,
// and the gradient of what goes in, times the derivative of the activation that made it. The three kernels that do it
// otherwise are small, and each waits for the one before.
//
// A block takes ROWS samples through all of it; their scores never leave the chip on the way. Threads share a product
// by classes, the first powers of two that hold them, and by steps of k: each reads an element of w once for all
// ROWS samples. The second time w comes out of the cache. Sums are in float32 whatever the precision of products, in
// an order that does not depend on how many samples there are.
#include "losses.cuh"

#define ROWS 4
// Of k at a time.
#define PART 1024

struct Head {
  const float *x;       // rows x k
  const float *w;       // k x classes
  const float *bias;    // 1 x classes, or null
  float *scores;        // rows x classes, where they are wanted; or null
  const float *saved;   // rows x k, of which the derivative is taken; or null
  float *d_x;           // rows x k, or null where it is not wanted
  int k;
  int which;            // the activation function whose derivative is taken
};

static __device__ __forceinline__ void add_scaled(float4 &sum, float4 four, float factor) {
  sum.x = fmaf(four.x, factor, sum.x);
  sum.y = fmaf(four.y, factor, sum.y);
  sum.z = fmaf(four.z, factor, sum.z);
  sum.w = fmaf(four.w, factor, sum.w);
}

// Element `at` of a row's elements, zero where there is no such row.
static __device__ __forceinline__ float4 of_rows(const float *p, int64_t pitch, int64_t at, int rows) {
  return make_float4(
      rows > 0 ? p[at] : 0.0f,
      rows > 1 ? p[pitch + at] : 0.0f,
      rows > 2 ? p[2 * pitch + at] : 0.0f,
      rows > 3 ? p[3 * pitch + at] : 0.0f);
}

static __device__ __forceinline__ void to_rows(float *p, int64_t pitch, int64_t at, int rows, float4 value) {
  if (rows > 0) p[at] = value.x;
  if (rows > 1) p[pitch + at] = value.y;
  if (rows > 2) p[2 * pitch + at] = value.z;
  if (rows > 3) p[3 * pitch + at] = value.w;
}

// The scores of up to ROWS samples from `first` on, into `scores`, a sample in each place of a vector.
static __device__ __forceinline__ void find_scores(
    const Head &h, int first, int rows, int classes, float4 (&x)[PART], float4 (&parts)[BLOCK], float4 (&scores)[FEW]) {
  int across = 1;
  while (across < classes) {
    across *= 2;
  }
  int apart = BLOCK / across;
  int j = threadIdx.x % across;
  int step = threadIdx.x / across;
  const float *from = h.x + (int64_t)first * h.k;
  float4 sum = make_float4(0.0f, 0.0f, 0.0f, 0.0f);
  for (int start = 0; start < h.k; start += PART) {
    int size = min(PART, h.k - start);
    __syncthreads();
    for (int k = threadIdx.x; k < size; k += BLOCK) {
      x[k] = of_rows(from, h.k, start + k, rows);
    }
    __syncthreads();
    const float *w = h.w + (int64_t)start * classes;
    if (j < classes) {
#pragma unroll 8
      for (int k = step; k < size; k += apart) {
        add_scaled(sum, x[k], w[k * classes + j]);
      }
    }
  }
  parts[threadIdx.x] = sum;
  __syncthreads();
  if (step == 0 && j < classes) {
    for (int s = 1; s < apart; s++) {
      sum = map4(sum, parts[s * across + j], Add());
    }
    float shift = h.bias == nullptr ? 0.0f : h.bias[j];
    sum = map4(sum, [=](float v) { return v + shift; });
    scores[j] = sum;
    if (h.scores != nullptr) {
      to_rows(h.scores + (int64_t)first * classes, classes, j, rows, sum);
    }
  }
  __syncthreads();
}

extern "C" __global__ void __launch_bounds__(BLOCK) softmax_head(Head h, Metrics m) {
  __shared__ float4 x[PART];
  __shared__ float4 parts[BLOCK];
  // The scores, then what the loss's gradient is there.
  __shared__ float4 scores[FEW];
  int lane = threadIdx.x % WARP;
  int warp = threadIdx.x / WARP;
  double loss = 0.0;
  int count = 0;
  for (int first = blockIdx.x * ROWS; first < m.rows; first += gridDim.x * ROWS) {
    int rows = min(ROWS, m.rows - first);
    int label = warp < rows ? label_of(m, first + warp) : 0;
    find_scores(h, first, rows, m.columns, x, parts, scores);
    if (warp < rows) {
      float score[FEW / WARP];
#pragma unroll
      for (int l = 0; l < FEW / WARP; l++) {
        int j = lane + l * WARP;
        score[l] = j < m.columns ? ((const float *)&scores[j])[warp] : -INFINITY;
      }
      softmax_row(m, first + warp, label, score, loss, count);
#pragma unroll
      for (int l = 0; l < FEW / WARP; l++) {
        int j = lane + l * WARP;
        if (j < m.columns && m.gradient != nullptr) {
          ((float *)&scores[j])[warp] = score[l];
          m.gradient[(int64_t)(first + warp) * m.columns + j] = score[l];
        }
      }
    }
    if (h.d_x != nullptr) {
      __syncthreads();
      int64_t start = (int64_t)first * h.k;
      for (int k = threadIdx.x; k < h.k; k += BLOCK) {
        const float *w = h.w + (int64_t)k * m.columns;
        float4 sum = make_float4(0.0f, 0.0f, 0.0f, 0.0f);
#pragma unroll 8
        for (int j = 0; j < m.columns; j++) {
          add_scaled(sum, scores[j], w[j]);
        }
        if (h.saved != nullptr) {
          sum = map4(sum, of_rows(h.saved + start, h.k, k, rows), [&](float d, float y) {
            return d * slope(h.which, y);
          });
        }
        to_rows(h.d_x + start, h.k, k, rows, sum);
      }
    }
    // Before the next samples' scores take the place of these.
    __syncthreads();
  }
  total(m, loss, count);
}
