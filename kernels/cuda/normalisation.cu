// Batch normalisation of columns. A block takes 32 neighbouring columns, so that a warp reads whole cache
// lines; its 32 warps take the rows in turns, and their sums meet in shared memory in the order of the
// warps. Many rows are shared by several blocks.
#include "slabs.cuh"

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
  sum = total(sum);
  products = total(products);
  if (gridDim.y > 1) {
    if (!leave(slabs, {sum, products})) {
      return;
    }
    sum = 0.0f;
    products = 0.0f;
    for (int s = slice; s < gridDim.y; s += SLICES) {
      const float *part = slabs.at<2>(s);
      sum += __ldcg(part);
      products += __ldcg(part + WARP);
    }
    sum = total(sum);
    products = total(products);
  }
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
