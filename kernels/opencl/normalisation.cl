// Batch normalisation of columns, VW at a time.

// Mean and variance, and their running values. Distances from the first row keep the digits of
// values that are far from 0.
kernel void batch_statistics(
    int rows,
    int columns,
    const global float *x,
    ulong x_offset,
    global float *mean,
    ulong mean_offset,
    global float *variance,
    ulong variance_offset,
    global float *running_mean,
    ulong running_mean_offset,
    global float *running_variance,
    ulong running_variance_offset,
    float momentum) {
  local REAL shared[GROUP];
  x += x_offset;
  int slice = get_local_id(0) / COLUMNS;
  int j = ((int)get_group_id(0) * COLUMNS + get_local_id(0) % COLUMNS) * VW;
  int known = j < columns;
  REAL origin = (REAL)(0.0f);
  REAL sum = (REAL)(0.0f);
  if (known) {
    origin = fetch(x, j, columns);
  }
  for (int i = slice; known && i < rows; i += SLICES) {
    sum += fetch(x + (size_t)i * columns, j, columns) - origin;
  }
  REAL distance = total(sum, shared) / rows;
  REAL squares = (REAL)(0.0f);
  for (int i = slice; known && i < rows; i += SLICES) {
    REAL d = fetch(x + (size_t)i * columns, j, columns) - origin - distance;
    squares += d * d;
  }
  REAL v = total(squares, shared) / rows;
  if (known && slice == 0) {
    REAL m = origin + distance;
    put(m, mean + mean_offset, j, columns);
    put(v, variance + variance_offset, j, columns);
    global float *follows = running_mean + running_mean_offset;
    put(momentum * fetch(follows, j, columns) + (1.0f - momentum) * m, follows, j, columns);
    follows = running_variance + running_variance_offset;
    put(momentum * fetch(follows, j, columns) + (1.0f - momentum) * v, follows, j, columns);
  }
}

// Work-items take columns in dimension 0, a vector each, and rows in dimension 1.
kernel void normalise(
    int rows,
    int columns,
    const global float *x,
    ulong x_offset,
    const global float *mean,
    ulong mean_offset,
    const global float *variance,
    ulong variance_offset,
    const global float *scale,
    ulong scale_offset,
    const global float *shift,
    ulong shift_offset,
    global float *out,
    ulong out_offset,
    float epsilon) {
  x += x_offset;
  out += out_offset;
  WALK(v, (columns + VW - 1) / VW, 0) {
    int j = v * VW;
    REAL factor = fetch(scale + scale_offset, j, columns)
        / sqrt(fetch(variance + variance_offset, j, columns) + epsilon);
    REAL centre = fetch(mean + mean_offset, j, columns);
    REAL base = fetch(shift + shift_offset, j, columns);
    WALK(i, rows, 1) {
      size_t row = (size_t)i * columns;
      put((fetch(x + row, j, columns) - centre) * factor + base, out + row, j, columns);
    }
  }
}

kernel void normalise_backward_weights(
    int rows,
    int columns,
    const global float *x,
    ulong x_offset,
    const global float *mean,
    ulong mean_offset,
    const global float *variance,
    ulong variance_offset,
    const global float *d_out,
    ulong d_out_offset,
    global float *d_scale,
    ulong d_scale_offset,
    global float *d_shift,
    ulong d_shift_offset,
    float epsilon) {
  local REAL shared[GROUP];
  x += x_offset;
  d_out += d_out_offset;
  int slice = get_local_id(0) / COLUMNS;
  int j = ((int)get_group_id(0) * COLUMNS + get_local_id(0) % COLUMNS) * VW;
  int known = j < columns;
  REAL centre = (REAL)(0.0f);
  REAL sum = (REAL)(0.0f);
  REAL products = (REAL)(0.0f);
  if (known) {
    centre = fetch(mean + mean_offset, j, columns);
  }
  for (int i = slice; known && i < rows; i += SLICES) {
    size_t row = (size_t)i * columns;
    REAL d = fetch(d_out + row, j, columns);
    sum += d;
    products += d * (fetch(x + row, j, columns) - centre);
  }
  sum = total(sum, shared);
  products = total(products, shared);
  if (known && slice == 0) {
    put(sum, d_shift + d_shift_offset, j, columns);
    REAL deviation = sqrt(fetch(variance + variance_offset, j, columns) + epsilon);
    put(products / deviation, d_scale + d_scale_offset, j, columns);
  }
}

// As normalise.
kernel void normalise_backward(
    int rows,
    int columns,
    const global float *x,
    ulong x_offset,
    const global float *mean,
    ulong mean_offset,
    const global float *variance,
    ulong variance_offset,
    const global float *scale,
    ulong scale_offset,
    const global float *d_scale,
    ulong d_scale_offset,
    const global float *d_shift,
    ulong d_shift_offset,
    const global float *d_out,
    ulong d_out_offset,
    global float *d_x,
    ulong d_x_offset,
    float epsilon) {
  x += x_offset;
  d_out += d_out_offset;
  d_x += d_x_offset;
  WALK(v, (columns + VW - 1) / VW, 0) {
    int j = v * VW;
    REAL inverse = 1.0f / sqrt(fetch(variance + variance_offset, j, columns) + epsilon);
    REAL factor = fetch(scale + scale_offset, j, columns) * inverse;
    REAL centre = fetch(mean + mean_offset, j, columns);
    REAL mean_d = fetch(d_shift + d_shift_offset, j, columns) / rows;
    REAL mean_product = fetch(d_scale + d_scale_offset, j, columns) / rows;
    WALK(i, rows, 1) {
      size_t row = (size_t)i * columns;
      REAL normal = (fetch(x + row, j, columns) - centre) * inverse;
      put(factor * (fetch(d_out + row, j, columns) - mean_d - normal * mean_product), d_x + row, j, columns);
    }
  }
}
