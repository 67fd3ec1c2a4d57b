// Sums of columns, VW at a time: SLICES work-items of a group share the rows of theirs, and their sums meet in local
// memory, in the order of the slices.

#ifndef SLICES
#define SLICES 1
#endif
#define COLUMNS (GROUP / SLICES)

// The sum of a column's slices, known to all of them. All work-items of a group call it.
REAL total(REAL part, local REAL *shared) {
#if SLICES > 1
  int item = get_local_id(0);
  barrier(CLK_LOCAL_MEM_FENCE);
  shared[item] = part;
  barrier(CLK_LOCAL_MEM_FENCE);
  REAL sum = shared[item % COLUMNS];
  for (int s = 1; s < SLICES; s++) {
    sum += shared[s * COLUMNS + item % COLUMNS];
  }
  return sum;
#else
  return part;
#endif
}
