// What all kernel files share: the step's counters and fault reports, guarded access to vectors of
// four floats, the activation functions, and reductions over a warp or a block in an order that is
// always the same.
//
// Every kernel takes any size and any alignment: where rows do not start on 16 bytes it goes element
// by element.
#pragma once
#include <math.h>
#include <stdint.h>

#define WARP 32
#define ALL_LANES 0xffffffffu

// Where the step state keeps its counters.
enum { CURSOR = 0, SLOT = 1, STEP = 2 };

// What a kernel reports where data are not what they must be; the first report of a run stays. A
// report is the command's place times 4 plus the fault.
enum { FAULT_ROW = 1, FAULT_LABEL = 2, FAULT_SLOT = 3 };

static __device__ void report(int *status, int place, int fault) {
  atomicCAS(status, 0, place * 4 + fault);
}

// --- the end of a step ----------------------------------------------------------------------------

// Moves the step's counters on.
struct Advance {
  int *state;  // null: this is not the end
  int rows;
  int training;
};

static __device__ __forceinline__ void move_on(const Advance &a) {
  a.state[CURSOR] += a.rows;
  a.state[SLOT] += 1;
  a.state[STEP] += a.training;
}

// The same at the end of a kernel that reads the counters itself: the block that comes last does it. A barrier of
// the block stands between its last look at them and this.
//
// ticket: 0 before and after
static __device__ __forceinline__ void advance_last(const Advance &a, unsigned *ticket) {
  if (a.state == nullptr || threadIdx.x != 0) {
    return;
  }
  __threadfence();
  if (atomicAdd(ticket, 1u) == gridDim.x * gridDim.z - 1) {
    *ticket = 0;
    move_on(a);
  }
}

// --- vectors ------------------------------------------------------------------------------------

static __device__ __forceinline__ bool aligned16(const void *p) {
  return ((uintptr_t)p & 15) == 0;
}

// Elements i to i + 3 of an array of n, zeros beyond its end. `whole` says that the array is aligned.
static __device__ __forceinline__ float4 load4(const float *p, int64_t i, int64_t n, bool whole) {
  if (whole && i + 4 <= n) {
    return *(const float4 *)(p + i);
  }
  return make_float4(
      i < n ? p[i] : 0.0f,
      i + 1 < n ? p[i + 1] : 0.0f,
      i + 2 < n ? p[i + 2] : 0.0f,
      i + 3 < n ? p[i + 3] : 0.0f);
}

static __device__ __forceinline__ void store4(
    float *p, int64_t i, int64_t n, bool whole, float4 value) {
  if (whole && i + 4 <= n) {
    *(float4 *)(p + i) = value;
    return;
  }
  if (i < n) p[i] = value.x;
  if (i + 1 < n) p[i + 1] = value.y;
  if (i + 2 < n) p[i + 2] = value.z;
  if (i + 3 < n) p[i + 3] = value.w;
}

template <class F>
static __device__ __forceinline__ float4 map4(float4 a, F f) {
  return make_float4(f(a.x), f(a.y), f(a.z), f(a.w));
}

template <class F>
static __device__ __forceinline__ float4 map4(float4 a, float4 b, F f) {
  return make_float4(f(a.x, b.x), f(a.y, b.y), f(a.z, b.z), f(a.w, b.w));
}

// A thread's first element and the way to its next, where threads take vectors of four in turns.
static __device__ __forceinline__ int64_t first4() {
  return 4 * ((int64_t)blockIdx.x * blockDim.x + threadIdx.x);
}

static __device__ __forceinline__ int64_t stride4() {
  return 4 * (int64_t)gridDim.x * blockDim.x;
}

// --- activation functions -----------------------------------------------------------------------

// The numbers that the host gives them.
enum { LINEAR = 0, RELU = 1, LEAKY_RELU = 2, SIGMOID = 3, TANH = 4, GELU = 5 };

#define LEAK 0.01f
#define ONE_OVER_SQRT_2 0.70710678118654752f
#define ONE_OVER_SQRT_2_PI 0.39894228040143268f

// Which function is the same for all threads of a launch, so the branch costs next to nothing.
// Comparisons are written so that NaN stays NaN.
static __device__ __forceinline__ float activation(int which, float x) {
  switch (which) {
    case RELU:
      return x < 0.0f ? 0.0f : x;
    case LEAKY_RELU:
      return x < 0.0f ? LEAK * x : x;
    case SIGMOID: {
      // From the side on which the exponential does not overflow.
      float e = expf(-fabsf(x));
      return (x < 0.0f ? e : 1.0f) / (1.0f + e);
    }
    case TANH:
      return tanhf(x);
    case GELU:
      // Below -15 the result is 0 in float32, and minus infinity times 0 would not be.
      return x < -15.0f ? -0.0f : x * (0.5f * erfcf(-ONE_OVER_SQRT_2 * x));
    default:
      return x;
  }
}

// The derivative, computed from the result y, but GELU's from the argument.
static __device__ __forceinline__ float slope(int which, float y) {
  switch (which) {
    case RELU:
      return y > 0.0f ? 1.0f : 0.0f;
    case LEAKY_RELU:
      return y > 0.0f ? 1.0f : LEAK;
    case SIGMOID:
      return y * (1.0f - y);
    case TANH:
      return 1.0f - y * y;
    case GELU:
      return 0.5f * erfcf(-ONE_OVER_SQRT_2 * y) + y * (ONE_OVER_SQRT_2_PI * expf(-0.5f * y * y));
    default:
      return 1.0f;
  }
}

// --- reductions ---------------------------------------------------------------------------------

template <class T>
static __device__ __forceinline__ T from_lane(T value, int distance) {
  return __shfl_xor_sync(ALL_LANES, value, distance);
}

// All values of a row's threads in one, known to all of them: LANES is 32, a warp, or a multiple of
// it, the whole block. Each half of a butterfly adds the same two values, so every thread has the same bits.
// All threads of the block must call it if LANES is more than a warp.
template <int LANES, class T, class F>
static __device__ T reduce(T value, F join) {
  for (int distance = WARP / 2; distance > 0; distance /= 2) {
    value = join(value, from_lane(value, distance));
  }
  if (LANES > WARP) {
    __shared__ T parts[LANES / WARP];
    if (threadIdx.x % WARP == 0) {
      parts[threadIdx.x / WARP] = value;
    }
    __syncthreads();
    value = parts[0];
    for (int i = 1; i < LANES / WARP; i++) {
      value = join(value, parts[i]);
    }
    __syncthreads();
  }
  return value;
}

struct Add {
  template <class T>
  __device__ T operator()(T a, T b) const {
    return a + b;
  }
};

struct Largest {
  __device__ float operator()(float a, float b) const { return fmaxf(a, b); }
};
