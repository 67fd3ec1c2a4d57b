// The optimizers, over flat buffers, element by element.
//
// A slot outside the learning rates is reported, and nothing is updated then.

// Reads this step's learning rate into `rate`, or leaves the kernel.
#define RATE_OR_RETURN                                  \
  state += state_offset;                                \
  int slot = state[SLOT];                               \
  if (slot < 0 || slot >= rates_size) {                 \
    if (get_global_id(0) == 0) {                        \
      report(status, place, FAULT_SLOT);                \
    }                                                   \
    return;                                             \
  }                                                     \
  float rate = rates[rates_offset + slot];              \
  p += p_offset;                                        \
  g += g_offset;

#define UPDATE_ARGUMENTS                                                                        \
  int n, global float *p, ulong p_offset, const global float *g, ulong g_offset,                \
      const global float *rates, ulong rates_offset, int rates_size, const global int *state,   \
      ulong state_offset, volatile global int *status, int place

#define FOR_VECTORS WALK(v, (n + VW - 1) / VW, 0)
#define AT (v * VW)

kernel void sgd(UPDATE_ARGUMENTS) {
  RATE_OR_RETURN
  FOR_VECTORS { put(fetch(p, AT, n) - rate * fetch(g, AT, n), p, AT, n); }
}

kernel void momentum(UPDATE_ARGUMENTS, global float *velocity, ulong velocity_offset, float keep) {
  RATE_OR_RETURN
  velocity += velocity_offset;
  FOR_VECTORS {
    REAL speed = keep * fetch(velocity, AT, n) + fetch(g, AT, n);
    put(speed, velocity, AT, n);
    put(fetch(p, AT, n) - rate * speed, p, AT, n);
  }
}

kernel void nesterov(UPDATE_ARGUMENTS, global float *velocity, ulong velocity_offset, float keep) {
  RATE_OR_RETURN
  velocity += velocity_offset;
  FOR_VECTORS {
    REAL slope = fetch(g, AT, n);
    REAL speed = keep * fetch(velocity, AT, n) + slope;
    put(speed, velocity, AT, n);
    put(fetch(p, AT, n) - rate * (slope + keep * speed), p, AT, n);
  }
}

kernel void adagrad(UPDATE_ARGUMENTS, global float *squares, ulong squares_offset, float epsilon) {
  RATE_OR_RETURN
  squares += squares_offset;
  FOR_VECTORS {
    REAL slope = fetch(g, AT, n);
    REAL sum = fetch(squares, AT, n) + slope * slope;
    put(sum, squares, AT, n);
    put(fetch(p, AT, n) - rate * slope / (sqrt(sum) + epsilon), p, AT, n);
  }
}

kernel void rms_prop(
    UPDATE_ARGUMENTS,
    global float *squares,
    ulong squares_offset,
    float rho,
    float rest,
    float epsilon) {
  RATE_OR_RETURN
  squares += squares_offset;
  FOR_VECTORS {
    REAL slope = fetch(g, AT, n);
    REAL mean = rho * fetch(squares, AT, n) + rest * slope * slope;
    put(mean, squares, AT, n);
    put(fetch(p, AT, n) - rate * slope / (sqrt(mean) + epsilon), p, AT, n);
  }
}

// 1 - beta^t to nearly twice float's precision, without float64. `powers` holds beta^(2^i) for i = 0
// to 31, each as the sum of two floats; those of t's binary digits are multiplied, and the rounding
// errors of each product are carried along.
float bias_correction(constant float *powers, uint t) {
  float high = 1.0f;
  float low = 0.0f;
  for (int bit = 0; t >> bit != 0 && bit < 32; bit++) {
    if ((t >> bit & 1u) != 0) {
      float factor = powers[2 * bit];
      float product = high * factor;
      float error = fma(high, factor, -product) + (high * powers[2 * bit + 1] + low * factor);
      high = product + error;
      low = error - (high - product);
    }
    if (bit == 31) {
      break;
    }
  }
  float rest = 1.0f - high;
  return rest + ((1.0f - rest) - high - low);
}

kernel void adam(
    UPDATE_ARGUMENTS,
    global float *first,
    ulong first_offset,
    global float *second,
    ulong second_offset,
    constant float *powers1,
    constant float *powers2,
    float beta1,
    float beta2,
    float rest1,
    float rest2,
    float epsilon,
    float decay) {
  RATE_OR_RETURN
  first += first_offset;
  second += second_offset;
  uint t = (uint)state[STEP] + 1u;
  float step_size = rate / bias_correction(powers1, t);
  float scale = 1.0f / sqrt(bias_correction(powers2, t));
  float shrink = rate * decay;
  FOR_VECTORS {
    REAL slope = fetch(g, AT, n);
    REAL mean = beta1 * fetch(first, AT, n) + rest1 * slope;
    REAL square = beta2 * fetch(second, AT, n) + rest2 * slope * slope;
    // Denormal numbers, which a unit without gradients would keep for ever, are slow on processors.
    mean = fabs(mean) < FLT_MIN ? (REAL)(0.0f) : mean;
    put(mean, first, AT, n);
    put(square, second, AT, n);
    REAL old = fetch(p, AT, n);
    put(old - shrink * old - step_size * mean / (sqrt(square) * scale + epsilon), p, AT, n);
  }
}

// The end of a step.
kernel void advance(global int *state, ulong state_offset, int rows, int training) {
  if (get_global_id(0) == 0) {
    state += state_offset;
    state[CURSOR] += rows;
    state[SLOT] += 1;
    state[STEP] += training;
  }
}
