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

#if VW > 1
// The lower or upper halves of two vectors, by turns.
#define MIX(to, a, b, half) \
  {                         \
    WORD mixed_;            \
    mixed_.even = a.half;   \
    mixed_.odd = b.half;    \
    to = mixed_;            \
  }
#endif

// Four vectors, of which the first has the first word of VW blocks of four, in the order of the elements.
void in_order(WORD words[4]) {
#if VW > 1
  WORD even_low, even_high, odd_low, odd_high;
  MIX(even_low, words[0], words[2], lo);
  MIX(even_high, words[0], words[2], hi);
  MIX(odd_low, words[1], words[3], lo);
  MIX(odd_high, words[1], words[3], hi);
  MIX(words[0], even_low, odd_low, lo);
  MIX(words[1], even_low, odd_low, hi);
  MIX(words[2], even_high, odd_high, lo);
  MIX(words[3], even_high, odd_high, hi);
#endif
}

// 0, 1, 2 ...
WORD lane_numbers() {
#if VW == 1
  return 0;
#else
  uint numbers[VW];
  for (int l = 0; l < VW; l++) {
    numbers[l] = l;
  }
  return GLUE(vload, VW)(0, numbers);
#endif
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
