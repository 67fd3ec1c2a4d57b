// out[j] = sum_i x[i, j]: the rows added up.
//
// A work-item adds up a vector of columns; SLICES work-items of a group share the rows of the same
// columns, and their sums meet in local memory, in the order of the slices.

#ifndef SLICES
#define SLICES 1
#endif
#define COLUMNS (GROUP / SLICES)

kernel void sum_rows(
    int rows, int columns, const global float *x, ulong x_offset, global float *out, ulong out_offset) {
#if SLICES > 1
  local float shared[GROUP * VW];
#endif
  x += x_offset;
  out += out_offset;
  int item = get_local_id(0);
  int slice = item / COLUMNS;
  int j = ((int)get_group_id(0) * COLUMNS + item % COLUMNS) * VW;
  REAL sum = (REAL)(0.0f);
  if (columns - j >= VW) {
    for (int i = slice; i < rows; i += SLICES) {
      sum += VLOAD(x + (size_t)i * columns + j);
    }
  } else if (j < columns) {
    for (int i = slice; i < rows; i += SLICES) {
      sum += load_part(x + (size_t)i * columns + j, columns - j);
    }
  }
#if SLICES > 1
  VSTORE(sum, shared + item * VW);
  barrier(CLK_LOCAL_MEM_FENCE);
  if (slice == 0) {
    for (int s = 1; s < SLICES; s++) {
      sum += VLOAD(shared + (s * COLUMNS + item) * VW);
    }
  }
#endif
  if (slice == 0 && j < columns) {
    put(sum, out, j, columns);
  }
}
