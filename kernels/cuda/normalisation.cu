// Batch normalisation of columns. A block takes 32 neighbouring columns, so that a warp reads whole cache
// lines; its 32 warps take the rows in turns, and their sums meet in shared memory in the order of the
// warps. Many rows are shared by several blocks.
#include "philox.cuh"
#include "slabs.cuh"
#include "windows.cuh"

#define SLICES 32

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

// Two sums of a column over all slabs. Returns whether the block is the one that has them, in all of its threads.
static __device__ bool meet(const Slabs &slabs, float &first, float &second) {
  first = total(first);
  second = total(second);
  if (gridDim.y == 1) {
    return true;
  }
  if (!leave(slabs, {first, second})) {
    return false;
  }
  first = 0.0f;
  second = 0.0f;
  for (int s = threadIdx.x / WARP; s < gridDim.y; s += SLICES) {
    const float *part = slabs.at<2>(s);
    first += __ldcg(part);
    second += __ldcg(part + WARP);
  }
  first = total(first);
  second = total(second);
  return true;
}

// Mean and variance, and their running values. Distances from the first row keep the digits of
// values that are far from 0. Blocks have the mean distance and the squares around it of their rows,
// which the last one puts together by the mean of all.
extern "C" __global__ void __launch_bounds__(WARP * SLICES) batch_statistics(
    int rows,
    int columns,
    const float *x,
    float *mean,
    float *variance,
    float *running_mean,
    float *running_variance,
    float momentum,
    Slabs slabs) {
  int slice = threadIdx.x / WARP;
  int j = blockIdx.x * WARP + threadIdx.x % WARP;
  int known = j < columns;
  int end = slabs.end(rows);
  float origin = known ? x[j] : 0.0f;
  float sum = 0.0f;
  for (int i = slabs.first() + slice; known && i < end; i += SLICES) {
    sum += x[(int64_t)i * columns + j] - origin;
  }
  float distance = total(sum) / (end - slabs.first());
  float squares = 0.0f;
  for (int i = slabs.first() + slice; known && i < end; i += SLICES) {
    float d = x[(int64_t)i * columns + j] - origin - distance;
    squares += d * d;
  }
  squares = total(squares);
  if (gridDim.y > 1) {
    if (!leave(slabs, {distance, squares})) {
      return;
    }
    sum = 0.0f;
    for (int s = slice; s < gridDim.y; s += SLICES) {
      sum += slabs.count(s, rows) * __ldcg(slabs.at<2>(s));
    }
    distance = total(sum) / rows;
    squares = 0.0f;
    for (int s = slice; s < gridDim.y; s += SLICES) {
      const float *part = slabs.at<2>(s);
      float d = __ldcg(part) - distance;
      squares += __ldcg(part + WARP) + slabs.count(s, rows) * d * d;
    }
    squares = total(squares);
  }
  float v = squares / rows;
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

// activated: where the activation's result goes if out keeps the normal values; or null
extern "C" __global__ void __launch_bounds__(256) normalise(
    int n,
    int columns,
    const float *x,
    const float *mean,
    const float *variance,
    const float *scale,
    const float *shift,
    float *out,
    float *activated,
    int which,
    float epsilon) {
  WALK(e, n) {
    int j = e % columns;
    float factor = scale[j] / sqrtf(variance[j] + epsilon);
    float value = (x[e] - mean[j]) * factor + shift[j];
    if (activated != nullptr) {
      out[e] = value;
      activated[e] = activation(which, value);
    } else {
      out[e] = activation(which, value);
    }
  }
}

// saved: what the derivative of the activation behind is taken of, which makes d_out of d_active; or null
extern "C" __global__ void __launch_bounds__(WARP * SLICES) normalise_backward_weights(
    int rows,
    int columns,
    const float *x,
    const float *mean,
    const float *variance,
    const float *d_active,
    const float *saved,
    float *d_out,
    float *d_scale,
    float *d_shift,
    int which,
    float epsilon,
    Slabs slabs) {
  int slice = threadIdx.x / WARP;
  int j = blockIdx.x * WARP + threadIdx.x % WARP;
  int known = j < columns;
  float centre = known ? mean[j] : 0.0f;
  float sum = 0.0f;
  float products = 0.0f;
  for (int i = slabs.first() + slice; known && i < slabs.end(rows); i += SLICES) {
    int64_t at = (int64_t)i * columns + j;
    float d = d_active[at];
    if (saved != nullptr) {
      d *= slope(which, saved[at]);
      d_out[at] = d;
    }
    sum += d;
    products += d * (x[at] - centre);
  }
  if (meet(slabs, sum, products) && known && slice == 0) {
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

// --- with the largest of each window --------------------------------------------------------------------

// What lies between a normalisation and the largest of each window behind it is never stored: neither the normal
// values, nor those after ReLU and dropout, nor their gradients. Windows do not overlap, and none is outside its image.

struct Dropout {
  const int *state;  // null: there is none
  uint32_t threshold;
  float scale;
  uint32_t stream;
  uint32_t seed_low;
  uint32_t seed_high;
};

// The element's value after the dropout, as elementwise.cu has it; a block of four draws its words at once there.
static __device__ float dropped(const Dropout &dropout, uint32_t step, int64_t element, float value) {
  uint4 words = philox(
      make_uint4((uint32_t)(element / 4), 0u, step, dropout.stream),
      make_uint2(dropout.seed_low, dropout.seed_high));
  uint32_t low = element & 1 ? words.y : words.x;
  uint32_t high = element & 1 ? words.w : words.z;
  return (element & 2 ? high : low) >= dropout.threshold ? value * dropout.scale : 0.0f;
}

extern "C" __global__ void __launch_bounds__(256) normalise_pool(
    int n,
    int channels,
    WINDOW,
    const float *x,
    const float *mean,
    const float *variance,
    const float *scale,
    const float *shift,
    float *out,
    int *taps,
    int which,
    float epsilon,
    Dropout dropout) {
  uint32_t step = dropout.state == nullptr ? 0 : dropout.state[STEP];
  WALK(e, n) {
    int c = e % channels;
    int place = e / channels;
    int q = place % out_width;
    int p = place / out_width % out_height;
    int image = place / out_width / out_height;
    float centre = mean[c];
    float factor = scale[c] / sqrtf(variance[c] + epsilon);
    float base = shift[c];
    float best = 0.0f;
    int best_tap = -1;
    for (int i = 0; i < kernel_height; i++) {
      for (int j = 0; j < kernel_width; j++) {
        int row = POSITION(image, p, q, i, j);
        if (row >= 0) {
          int64_t at = (int64_t)row * channels + c;
          float value = activation(which, (x[at] - centre) * factor + base);
          if (dropout.state != nullptr) {
            value = dropped(dropout, step, at, value);
          }
          if (is_larger(value, best, best_tap)) {
            best = value;
            best_tap = i * kernel_width + j;
          }
        }
      }
    }
    out[e] = best;
    taps[e] = best_tap;
  }
}

// The gradient of what ReLU and dropout make of a window's largest value: what was dropped is not above 0.
//
// keep_scale: what the dropout multiplies by, 1 without one
static __device__ __forceinline__ float largest_gradient(
    const float *d_pooled, const float *pooled, int64_t at, int which, float keep_scale) {
  return d_pooled[at] * keep_scale * slope(which, pooled[at]);
}

// rows: the places of windows
extern "C" __global__ void __launch_bounds__(WARP * SLICES) pooled_backward_weights(
    int rows,
    int columns,
    WINDOW,
    const float *x,
    const float *mean,
    const float *variance,
    const float *d_pooled,
    const float *pooled,
    const int *taps,
    float *d_scale,
    float *d_shift,
    int which,
    float keep_scale,
    float epsilon,
    Slabs slabs) {
  int slice = threadIdx.x / WARP;
  int c = blockIdx.x * WARP + threadIdx.x % WARP;
  int known = c < columns;
  float centre = known ? mean[c] : 0.0f;
  float sum = 0.0f;
  float products = 0.0f;
  for (int place = slabs.first() + slice; known && place < slabs.end(rows); place += SLICES) {
    int64_t at = (int64_t)place * columns + c;
    int tap = taps[at];
    int q = place % out_width;
    int p = place / out_width % out_height;
    int image = place / out_width / out_height;
    int row = POSITION(image, p, q, tap / kernel_width, tap % kernel_width);
    float d = largest_gradient(d_pooled, pooled, at, which, keep_scale);
    sum += d;
    products += d * (x[(int64_t)row * columns + c] - centre);
  }
  if (meet(slabs, sum, products) && known && slice == 0) {
    d_shift[c] = sum;
    d_scale[c] = products / sqrtf(variance[c] + epsilon);
  }
}

extern "C" __global__ void __launch_bounds__(256) pooled_backward(
    int n,
    int channels,
    WINDOW,
    const float *x,
    const float *mean,
    const float *variance,
    const float *scale,
    const float *d_scale,
    const float *d_shift,
    const float *d_pooled,
    const float *pooled,
    const int *taps,
    float *d_x,
    int which,
    float keep_scale,
    float epsilon) {
  WALK(e, n) {
    int c = e % channels;
    int position = e / channels;
    int column = position % width + left;
    int line = position / width % height + top;
    int image = position / width / height;
    int p = line / stride;
    int i = line % stride;
    int q = column / stride;
    int j = column % stride;
    float d = 0.0f;
    if (i < kernel_height && p < out_height && j < kernel_width && q < out_width) {
      int64_t at = (((int64_t)image * out_height + p) * out_width + q) * channels + c;
      if (taps[at] == i * kernel_width + j) {
        d = largest_gradient(d_pooled, pooled, at, which, keep_scale);
      }
    }
    int rows = n / channels;
    float inverse = 1.0f / sqrtf(variance[c] + epsilon);
    float normal = (x[e] - mean[c]) * inverse;
    d_x[e] = scale[c] * inverse * (d - d_shift[c] / rows - normal * (d_scale[c] / rows));
  }
}
