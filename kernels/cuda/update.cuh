// The optimizers: what they get, and their formulas, element by element. They stand here once, for the
// update of a whole buffer (updates.cu) and for the kernels that update parameters as they make the
// gradient (tiles.cuh, columns.cu): both give the same bits. To that end each multiply-add is written out,
// which the compiler might else choose here and not there.
//
// The learning rate and the step's number are read from the device's memory, so that a recorded step
// can be replayed. A slot outside the learning rates is reported, and nothing is updated then.
#pragma once
#include "common.cuh"

// The numbers that the host gives them.
enum { SGD = 0, MOMENTUM = 1, NESTEROV = 2, ADAGRAD = 3, RMS_PROP = 4, ADAM = 5 };

// What an optimizer gets. The n elements of each array belong together.
struct Update {
  float *p;            // parameters
  float *g;            // their gradients
  float *first;        // velocity, mean of gradients or, of Adagrad and RMSprop, squares; or null
  float *second;       // Adam's mean of squares, or null
  const float *rates;
  const int *state;
  int *status;
  int n;
  int rates_size;
  int place;           // the command's, for reports
  int rule;            // which optimizer
  int keep;            // whether the kernel that makes the gradient stores it too
  float beta1;         // momentum, or Adam's
  float beta2;         // Adam's, or RMSprop's rho
  float rest1;         // 1 - beta1, rounded once
  float rest2;         // 1 - beta2, rounded once
  float epsilon;
  float decay;

  // Whether vectors of four can be moved at once, if their index is a multiple of four.
  __device__ bool whole() const {
    return aligned16(p) && aligned16(g) && aligned16(first) && aligned16(second);
  }
};

// What is the same for all elements of a step.
struct Rate {
  float rate;
  float step_size;  // Adam's rate, corrected for the bias of its mean
  float scale;      // what corrects the root of its squares
  float shrink;     // the share of a parameter that decays
};

// 1 - beta^t, by squaring.
static __device__ double bias_correction(float beta, uint32_t t) {
  double power = 1.0;
  for (double square = beta; t != 0; t >>= 1, square *= square) {
    if (t & 1) {
      power = __dmul_rn(power, square);
    }
  }
  return 1.0 - power;
}

// What takes float64, which is slow on many devices: of Adam, a block's first thread finds the step size and its
// second one what corrects the root of the squares. All others get 0.
static __device__ float find_correction(const Update &u) {
  int slot = u.state[SLOT];
  if (u.rule != ADAM || threadIdx.x > 1 || slot < 0 || slot >= u.rates_size) {
    return 0.0f;
  }
  uint32_t t = (uint32_t)u.state[STEP] + 1u;
  return threadIdx.x == 0
      ? (float)(u.rates[slot] / bias_correction(u.beta1, t))
      : (float)(1.0 / sqrt(bias_correction(u.beta2, t)));
}

// Finds out what is the same for all elements; or reports the slot, and false. All threads of a block call
// it.
//
// correction: what find_correction said
// shared: two floats, free before and after
static __device__ __forceinline__ bool find_rate(const Update &u, float correction, float *shared, Rate &r) {
  int slot = u.state[SLOT];
  if (slot < 0 || slot >= u.rates_size) {
    if (threadIdx.x == 0) {
      report(u.status, u.place, FAULT_SLOT);
    }
    return false;
  }
  r.rate = u.rates[slot];
  r.shrink = r.rate * u.decay;
  if (u.rule == ADAM) {
    if (threadIdx.x < 2) {
      shared[threadIdx.x] = correction;
    }
    __syncthreads();
    r.step_size = shared[0];
    r.scale = shared[1];
    __syncthreads();
  }
  return true;
}

// For kernels that have nothing to do meanwhile.
static __device__ __forceinline__ bool find_rate(const Update &u, Rate &r) {
  __shared__ float corrections[2];
  return find_rate(u, find_correction(u), corrections, r);
}

// The formulas. The moments that an optimizer lacks stay as they are.
template <int RULE>
static __device__ __forceinline__ void update1(
    const Update &u, const Rate &r, float g, float &p, float &first, float &second) {
  if (RULE == SGD) {
    p = fmaf(-r.rate, g, p);
  } else if (RULE == MOMENTUM) {
    first = fmaf(u.beta1, first, g);
    p = fmaf(-r.rate, first, p);
  } else if (RULE == NESTEROV) {
    first = fmaf(u.beta1, first, g);
    p = fmaf(-r.rate, fmaf(u.beta1, first, g), p);
  } else if (RULE == ADAGRAD) {
    first = fmaf(g, g, first);
    p -= r.rate * g / (sqrtf(first) + u.epsilon);
  } else if (RULE == RMS_PROP) {
    first = fmaf(u.beta2, first, u.rest2 * g * g);
    p -= r.rate * g / (sqrtf(first) + u.epsilon);
  } else if (RULE == ADAM) {
    first = fmaf(u.beta1, first, u.rest1 * g);
    second = fmaf(u.beta2, second, u.rest2 * g * g);
    p = fmaf(-r.shrink, p, p) - r.step_size * first / fmaf(sqrtf(second), r.scale, u.epsilon);
  }
}

// Updates elements i to i + 3, those from `end` on not.
template <int RULE>
static __device__ __forceinline__ void update4(
    const Update &u, const Rate &r, int64_t i, int64_t end, bool whole, float4 g) {
  constexpr bool HAS_FIRST = RULE != SGD;
  constexpr bool HAS_SECOND = RULE == ADAM;
  float4 none = make_float4(0.0f, 0.0f, 0.0f, 0.0f);
  float4 p = load4(u.p, i, end, whole);
  float4 first = HAS_FIRST ? load4(u.first, i, end, whole) : none;
  float4 second = HAS_SECOND ? load4(u.second, i, end, whole) : none;
  update1<RULE>(u, r, g.x, p.x, first.x, second.x);
  update1<RULE>(u, r, g.y, p.y, first.y, second.y);
  update1<RULE>(u, r, g.z, p.z, first.z, second.z);
  update1<RULE>(u, r, g.w, p.w, first.w, second.w);
  if (HAS_FIRST) {
    store4(u.first, i, end, whole, first);
  }
  if (HAS_SECOND) {
    store4(u.second, i, end, whole, second);
  }
  store4(u.p, i, end, whole, p);
}

// Updates element i.
template <int RULE>
static __device__ __forceinline__ void update_element(const Update &u, const Rate &r, int64_t i, float g) {
  constexpr bool HAS_FIRST = RULE != SGD;
  constexpr bool HAS_SECOND = RULE == ADAM;
  float first = HAS_FIRST ? u.first[i] : 0.0f;
  float second = HAS_SECOND ? u.second[i] : 0.0f;
  update1<RULE>(u, r, g, u.p[i], first, second);
  if (HAS_FIRST) {
    u.first[i] = first;
  }
  if (HAS_SECOND) {
    u.second[i] = second;
  }
}

// The same where the optimizer is known only at run time; it is one for all threads.
static __device__ __forceinline__ void update_element(const Update &u, const Rate &r, int64_t i, float g) {
  switch (u.rule) {
    case SGD:
      return update_element<SGD>(u, r, i, g);
    case MOMENTUM:
      return update_element<MOMENTUM>(u, r, i, g);
    case NESTEROV:
      return update_element<NESTEROV>(u, r, i, g);
    case ADAGRAD:
      return update_element<ADAGRAD>(u, r, i, g);
    case RMS_PROP:
      return update_element<RMS_PROP>(u, r, i, g);
    case ADAM:
      return update_element<ADAM>(u, r, i, g);
  }
}

// For a kernel that makes gradients, once it has element i of them. `known` is what find_rate said.
static __device__ __forceinline__ void use_element(const Update &u, const Rate &r, bool known, int64_t i, float g) {
  if (u.keep) {
    u.g[i] = g;
  }
  if (known) {
    update_element(u, r, i, g);
  }
}

// Updates the few elements behind the `made` ones whose gradient a kernel makes: what fills up to where the
// next tensor starts. Their gradient lies in memory. One block calls it.
static __device__ __forceinline__ void update_rest(const Update &u, const Rate &r, int64_t made) {
#pragma unroll 1
  for (int64_t i = made + threadIdx.x; i < u.n; i += blockDim.x) {
    update_element(u, r, i, u.g[i]);
  }
}
