// Operations on each element by itself: add_bias, turn, activate, activate_backward, dropout. Reading and
// writing the same place is fine: each work-item reads its elements before it writes them.
//
// Macros: ACTIVATION, as common.cl numbers them.

#ifndef ACTIVATION
#define ACTIVATION LINEAR
#endif
#define APPLY(x) GLUE(VALUE_, ACTIVATION)(REAL, x)
#define DERIVE(x) GLUE(SLOPE_, ACTIVATION)(REAL, x)

// out[i, j] = x[i, j] + bias[j]; dimension 0 goes over vectors of a row, dimension 1 over rows.
kernel void add_bias(
    int rows,
    int columns,
    const global float *x,
    ulong x_offset,
    const global float *bias,
    ulong bias_offset,
    global float *out,
    ulong out_offset) {
  x += x_offset;
  bias += bias_offset;
  out += out_offset;
  WALK(i, rows, 1) {
    size_t row = (size_t)i * columns;
    WALK(v, (columns + VW - 1) / VW, 0) {
      int j = v * VW;
      put(fetch(x + row, j, columns) + fetch(bias, j, columns), out + row, j, columns);
    }
  }
}

// The transpose of x, whose rows are read a column at a time.
kernel void turn(
    int rows, int columns, const global float *x, ulong x_offset, global float *out) {
  x += x_offset;
  WALK(j, columns, 0) {
    for (int i = 0; i < rows; i++) {
      out[(size_t)j * rows + i] = x[(size_t)i * columns + j];
    }
  }
}

kernel void activate(
    int n, const global float *x, ulong x_offset, global float *out, ulong out_offset) {
  x += x_offset;
  out += out_offset;
  WALK(v, (n + VW - 1) / VW, 0) {
    REAL value = fetch(x, v * VW, n);
    put(APPLY(value), out, v * VW, n);
  }
}

kernel void activate_backward(
    int n,
    const global float *saved,
    ulong saved_offset,
    const global float *d_out,
    ulong d_out_offset,
    global float *d_x,
    ulong d_x_offset) {
  saved += saved_offset;
  d_out += d_out_offset;
  d_x += d_x_offset;
  WALK(v, (n + VW - 1) / VW, 0) {
    REAL value = fetch(saved, v * VW, n);
    put(fetch(d_out, v * VW, n) * DERIVE(value), d_x, v * VW, n);
  }
}

// out = x keep scale; a block of four elements draws its four words at once, VW blocks at a time.
kernel void dropout(
    int n,
    const global float *x,
    ulong x_offset,
    global float *out,
    ulong out_offset,
    const global int *state,
    ulong state_offset,
    uint threshold,
    float scale,
    uint stream,
    uint seed_low,
    uint seed_high) {
  x += x_offset;
  out += out_offset;
  uint step = state[state_offset + STEP];
  WORD lanes = lane_numbers();
  WALK(v, (n + 4 * VW - 1) / (4 * VW), 0) {
    WORD words[4] = {(WORD)((uint)v * VW) + lanes, (WORD)(0u), (WORD)(step), (WORD)(stream)};
    philox_many(words, (uint2)(seed_low, seed_high));
    in_order(words);
    for (int part = 0; part < 4; part++) {
      int e = (v * 4 + part) * VW;
      if (e < n) {
        REAL value = fetch(x, e, n) * scale;
        put(words[part] >= (WORD)(threshold) ? value : (REAL)(0.0f), out, e, n);
      }
    }
  }
}
