// The optimizers, over flat buffers, element by element: memory traffic is all that they cost (Adam: 28
// bytes a parameter), so threads move four floats at a time and nothing is read twice.
//
// The learning rate and the step's number are read from the device's memory, so that a recorded step
// can be replayed. A slot outside the learning rates is reported, and nothing is updated then.
#include "common.cuh"

#define BLOCK 256

// What every optimizer gets. p and g are `n` parameters and their gradients.
struct Update {
  float *p;
  const float *g;
  const float *rates;
  const int *state;
  int *status;
  int n;
  int rates_size;
  int place;
};

// This step's learning rate, or a report and false.
static __device__ bool learning_rate(const Update &u, float &rate) {
  int slot = u.state[SLOT];
  if (slot < 0 || slot >= u.rates_size) {
    if (blockIdx.x == 0 && threadIdx.x == 0) {
      report(u.status, u.place, FAULT_SLOT);
    }
    return false;
  }
  rate = u.rates[slot];
  return true;
}

// Goes over all elements with one array of moments: `update(p, g, m)` changes p and m.
template <class F>
static __device__ void with_moment(const Update &u, float *moment, F update) {
  bool whole = aligned16(u.p) && aligned16(u.g) && aligned16(moment);
  for (int64_t i = first4(); i < u.n; i += stride4()) {
    float4 p = load4(u.p, i, u.n, whole);
    float4 g = load4(u.g, i, u.n, whole);
    float4 m = load4(moment, i, u.n, whole);
    update(p.x, g.x, m.x);
    update(p.y, g.y, m.y);
    update(p.z, g.z, m.z);
    update(p.w, g.w, m.w);
    store4(moment, i, u.n, whole, m);
    store4(u.p, i, u.n, whole, p);
  }
}

extern "C" __global__ void __launch_bounds__(BLOCK) sgd(Update u) {
  float rate;
  if (!learning_rate(u, rate)) {
    return;
  }
  bool whole = aligned16(u.p) && aligned16(u.g);
  for (int64_t i = first4(); i < u.n; i += stride4()) {
    float4 p = load4(u.p, i, u.n, whole);
    float4 g = load4(u.g, i, u.n, whole);
    store4(u.p, i, u.n, whole, map4(p, g, [=](float old, float slope) {
      return old - rate * slope;
    }));
  }
}

extern "C" __global__ void __launch_bounds__(BLOCK) momentum(
    Update u, float *velocity, float keep) {
  float rate;
  if (!learning_rate(u, rate)) {
    return;
  }
  with_moment(u, velocity, [=](float &p, float g, float &v) {
    v = keep * v + g;
    p -= rate * v;
  });
}

extern "C" __global__ void __launch_bounds__(BLOCK) nesterov(
    Update u, float *velocity, float keep) {
  float rate;
  if (!learning_rate(u, rate)) {
    return;
  }
  with_moment(u, velocity, [=](float &p, float g, float &v) {
    v = keep * v + g;
    p -= rate * (g + keep * v);
  });
}

extern "C" __global__ void __launch_bounds__(BLOCK) adagrad(
    Update u, float *squares, float epsilon) {
  float rate;
  if (!learning_rate(u, rate)) {
    return;
  }
  with_moment(u, squares, [=](float &p, float g, float &a) {
    a += g * g;
    p -= rate * g / (sqrtf(a) + epsilon);
  });
}

extern "C" __global__ void __launch_bounds__(BLOCK) rms_prop(
    Update u, float *squares, float rho, float rest, float epsilon) {
  float rate;
  if (!learning_rate(u, rate)) {
    return;
  }
  with_moment(u, squares, [=](float &p, float g, float &a) {
    a = rho * a + rest * g * g;
    p -= rate * g / (sqrtf(a) + epsilon);
  });
}

// 1 - beta^t, by squaring.
static __device__ double bias_correction(float beta, uint32_t t) {
  double power = 1.0;
  for (double square = beta; t != 0; t >>= 1, square *= square) {
    if (t & 1) {
      power *= square;
    }
  }
  return 1.0 - power;
}

extern "C" __global__ void __launch_bounds__(BLOCK) adam(
    Update u,
    float *first,
    float *second,
    float beta1,
    float beta2,
    float rest1,
    float rest2,
    float epsilon,
    float decay) {
  // float64 is slow on many devices: one thread of a block computes each correction for all.
  __shared__ float corrections[2];
  float rate;
  if (!learning_rate(u, rate)) {
    return;
  }
  if (threadIdx.x < 2) {
    uint32_t t = (uint32_t)u.state[STEP] + 1u;
    corrections[threadIdx.x] = threadIdx.x == 0
        ? (float)(rate / bias_correction(beta1, t))
        : (float)(1.0 / sqrt(bias_correction(beta2, t)));
  }
  __syncthreads();
  float step_size = corrections[0];
  float scale = corrections[1];
  float shrink = rate * decay;
  bool whole = aligned16(u.p) && aligned16(u.g) && aligned16(first) && aligned16(second);
  for (int64_t i = first4(); i < u.n; i += stride4()) {
    float4 p = load4(u.p, i, u.n, whole);
    float4 g = load4(u.g, i, u.n, whole);
    float4 m = load4(first, i, u.n, whole);
    float4 v = load4(second, i, u.n, whole);
    m = map4(m, g, [=](float mean, float slope) { return beta1 * mean + rest1 * slope; });
    v = map4(v, g, [=](float mean, float slope) { return beta2 * mean + rest2 * slope * slope; });
    store4(first, i, u.n, whole, m);
    store4(second, i, u.n, whole, v);
    float4 step = map4(m, v, [=](float mean, float square) {
      return step_size * mean / (sqrtf(square) * scale + epsilon);
    });
    store4(u.p, i, u.n, whole, map4(p, step, [=](float old, float by) {
      return old - shrink * old - by;
    }));
  }
}

// The end of a step.
extern "C" __global__ void advance(int *state, int rows, int training) {
  state[CURSOR] += rows;
  state[SLOT] += 1;
  state[STEP] += training;
}
