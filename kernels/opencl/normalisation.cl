// Batch normalisation of columns. SLICES work-items of a group share the rows of a column, and their
// sums meet in local memory, in the order of the slices.

#ifndef SLICES
#define SLICES 1
#endif
#define COLUMNS (GROUP / SLICES)

// The sum of a column's slices, known to all of them. All work-items of a group call it.
float total(float part, local float *shared) {
#if SLICES > 1
  int item = get_local_id(0);
  barrier(CLK_LOCAL_MEM_FENCE);
  shared[item] = part;
  barrier(CLK_LOCAL_MEM_FENCE);
  float sum = shared[item % COLUMNS];
  for (int s = 1; s < SLICES; s++) {
    sum += shared[s * COLUMNS + item % COLUMNS];
  }
  return sum;
#else
  return part;
#endif
}

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
  local float shared[GROUP];
  x += x_offset;
  int slice = get_local_id(0) / COLUMNS;
  int j = (int)get_group_id(0) * COLUMNS + get_local_id(0) % COLUMNS;
  int known = j < columns;
  float origin = known ? x[j] : 0.0f;
  float sum = 0.0f;
  for (int i = slice; known && i < rows; i += SLICES) {
    sum += x[(size_t)i * columns + j] - origin;
  }
  float distance = total(sum, shared) / rows;
  float squares = 0.0f;
  for (int i = slice; known && i < rows; i += SLICES) {
    float d = x[(size_t)i * columns + j] - origin - distance;
    squares += d * d;
  }
  float v = total(squares, shared) / rows;
  if (known && slice == 0) {
    float m = origin + distance;
    mean[mean_offset + j] = m;
    variance[variance_offset + j] = v;
    global float *follows = running_mean + running_mean_offset + j;
    *follows = momentum * *follows + (1.0f - momentum) * m;
    follows = running_variance + running_variance_offset + j;
    *follows = momentum * *follows + (1.0f - momentum) * v;
  }
}

kernel void normalise(
    int n,
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
  WALK(e, n, 0) {
    int j = e % columns;
    float factor = scale[scale_offset + j] / sqrt(variance[variance_offset + j] + epsilon);
    out[out_offset + e] =
        (x[x_offset + e] - mean[mean_offset + j]) * factor + shift[shift_offset + j];
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
  local float shared[GROUP];
  x += x_offset;
  d_out += d_out_offset;
  int slice = get_local_id(0) / COLUMNS;
  int j = (int)get_group_id(0) * COLUMNS + get_local_id(0) % COLUMNS;
  int known = j < columns;
  float centre = known ? mean[mean_offset + j] : 0.0f;
  float sum = 0.0f;
  float products = 0.0f;
  for (int i = slice; known && i < rows; i += SLICES) {
    float d = d_out[(size_t)i * columns + j];
    sum += d;
    products += d * (x[(size_t)i * columns + j] - centre);
  }
  sum = total(sum, shared);
  products = total(products, shared);
  if (known && slice == 0) {
    d_shift[d_shift_offset + j] = sum;
    d_scale[d_scale_offset + j] = products / sqrt(variance[variance_offset + j] + epsilon);
  }
}

kernel void normalise_backward(
    int n,
    int columns,
    int rows,
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
  WALK(e, n, 0) {
    int j = e % columns;
    float inverse = 1.0f / sqrt(variance[variance_offset + j] + epsilon);
    float normal = (x[x_offset + e] - mean[mean_offset + j]) * inverse;
    float d = d_out[d_out_offset + e] - d_shift[d_shift_offset + j] / rows
        - normal * (d_scale[d_scale_offset + j] / rows);
    d_x[d_x_offset + e] = scale[scale_offset + j] * inverse * d;
  }
}
