// Operations on a row as a whole: softmax and its backward pass.
//
// LANES work-items of a group share a row, each taking every LANES-th column; GROUP / LANES rows go
// on at a time. Partial results meet in local memory, in the order of a tree, which is always the
// same. With one lane nothing is shared and no barrier is passed.

#ifndef LANES
#define LANES 1
#endif
#define ROWS (GROUP / LANES)

float lanes_sum(float value, local float *shared) {
#if LANES == 1
  return value;
#else
  int item = get_local_id(0);
  int lane = item % LANES;
  shared[item] = value;
  for (int reach = LANES / 2; reach > 0; reach /= 2) {
    barrier(CLK_LOCAL_MEM_FENCE);
    if (lane < reach) {
      shared[item] += shared[item + reach];
    }
  }
  barrier(CLK_LOCAL_MEM_FENCE);
  float sum = shared[item - lane];
  barrier(CLK_LOCAL_MEM_FENCE);
  return sum;
#endif
}

float lanes_max(float value, local float *shared) {
#if LANES == 1
  return value;
#else
  int item = get_local_id(0);
  int lane = item % LANES;
  shared[item] = value;
  for (int reach = LANES / 2; reach > 0; reach /= 2) {
    barrier(CLK_LOCAL_MEM_FENCE);
    if (lane < reach) {
      shared[item] = fmax(shared[item], shared[item + reach]);
    }
  }
  barrier(CLK_LOCAL_MEM_FENCE);
  float most = shared[item - lane];
  barrier(CLK_LOCAL_MEM_FENCE);
  return most;
#endif
}

// For each row that this work-item has a part in. A group's work-items go round equally often, as
// barriers demand; those beyond the last row have no columns.
#define FOR_ROWS(row, rows, columns)                                                    \
  for (int first = get_group_id(0) * ROWS; first < (rows);                              \
       first += (int)get_num_groups(0) * ROWS)                                          \
    for (int row = first + (int)get_local_id(0) / LANES,                                \
             width = row < (rows) ? (columns) : 0, once = 1;                            \
         once; once = 0)

#define LANE ((int)get_local_id(0) % LANES)

kernel void softmax(
    int rows, int columns, const global float *x, ulong x_offset, global float *out, ulong out_offset) {
  local float shared[GROUP];
  x += x_offset;
  out += out_offset;
  FOR_ROWS(row, rows, columns) {
    size_t base = (size_t)row * columns;
    float most = -INFINITY;
    for (int j = LANE; j < width; j += LANES) {
      most = fmax(most, x[base + j]);
    }
    most = lanes_max(most, shared);
    // Many small terms beside a large one would be lost in a plain sum.
    float sum = 0.0f;
    float lost = 0.0f;
    for (int j = LANE; j < width; j += LANES) {
      float e = exp(x[base + j] - most);
      float error;
      out[base + j] = e;
      TWO_SUM(sum, error, sum, e)
      lost += error;
    }
    sum = lanes_sum(sum + lost, shared);
    for (int j = LANE; j < width; j += LANES) {
      out[base + j] /= sum;
    }
  }
}

// dX[i, j] = y[i, j] (dOut[i, j] - sum_k dOut[i, k] y[i, k])
kernel void softmax_backward(
    int rows,
    int columns,
    const global float *saved,
    ulong saved_offset,
    const global float *d_out,
    ulong d_out_offset,
    global float *d_x,
    ulong d_x_offset) {
  local float shared[GROUP];
  saved += saved_offset;
  d_out += d_out_offset;
  d_x += d_x_offset;
  FOR_ROWS(row, rows, columns) {
    size_t base = (size_t)row * columns;
    float dot_product = 0.0f;
    float lost = 0.0f;
    for (int j = LANE; j < width; j += LANES) {
      float product = d_out[base + j] * saved[base + j];
      float error;
      lost += fma(d_out[base + j], saved[base + j], -product);
      TWO_SUM(dot_product, error, dot_product, product)
      lost += error;
    }
    dot_product = lanes_sum(corrected(dot_product, lost), shared);
    for (int j = LANE; j < width; j += LANES) {
      d_x[base + j] = saved[base + j] * (d_out[base + j] - dot_product);
    }
  }
}
