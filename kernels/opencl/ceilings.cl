// What a device can do at best: what the times of other kernels are held against. The results mean
// nothing; they are stored so that no compiler may leave the work out.
//
// Macros: CHAINS, sums that do not wait for each other: enough of them hide how long one takes.

// Each round of each chain is VW multiply-adds. The values stay near 1.
kernel void multiply_adds(int rounds, float factor, float addend, global float *out) {
  REAL chains[CHAINS];
#pragma unroll
  for (int c = 0; c < CHAINS; c++) {
    chains[c] = (REAL)(1.0f + (float)c);
  }
  for (int r = 0; r < rounds; r++) {
#pragma unroll
    for (int c = 0; c < CHAINS; c++) {
      chains[c] = MULTIPLY_ADD(chains[c], (REAL)(factor), (REAL)(addend));
    }
  }
  REAL sum = chains[0];
#pragma unroll
  for (int c = 1; c < CHAINS; c++) {
    sum += chains[c];
  }
  out[get_global_id(0)] = ADD_LANES(sum);
}

// Copies `count` vectors of VW floats.
kernel void copy(int count, const global float *source, global float *target) {
  WALK(i, count, 0) { VSTORE(VLOAD(source + (size_t)i * VW), target + (size_t)i * VW); }
}
