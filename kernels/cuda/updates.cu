// The optimizers over flat buffers: memory traffic is all that they cost (Adam: 28 bytes a parameter), so
// threads move four floats at a time and nothing is read twice. Where a gradient is made by one kernel
// and no other operation reads it, that kernel updates as it goes instead (tiles.cuh, columns.cu).
#include "update.cuh"

template <int RULE>
static __device__ void update(const Update &u) {
  Rate r;
  if (!find_rate(u, r)) {
    return;
  }
  bool whole = u.whole();
  for (int64_t i = first4(); i < u.n; i += stride4()) {
    update4<RULE>(u, r, i, u.n, whole, load4(u.g, i, u.n, whole));
  }
}

#define UPDATE(name, rule)                                           \
  extern "C" __global__ void __launch_bounds__(256) name(Update u) { \
    update<rule>(u);                                                 \
  }

UPDATE(sgd, SGD)
UPDATE(momentum, MOMENTUM)
UPDATE(nesterov, NESTEROV)
UPDATE(adagrad, ADAGRAD)
UPDATE(rms_prop, RMS_PROP)
UPDATE(adam, ADAM)

// The end of a step whose last kernel does not bring it about.
extern "C" __global__ void advance(int *state, int rows, int training) {
  move_on(Advance{state, rows, training});
}
