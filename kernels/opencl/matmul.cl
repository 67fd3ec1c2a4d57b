// out = op(a) op(b), and what follows element by element: a bias, an activation, the
// product with an activation's derivative. op(a) is m x k, op(b) k x n; any sizes.
//
// Three kernels of one name, of which the macros choose one:
//   TILED   A work-group loads tiles of a and b into local memory, in whatever order they lie, and
//           each work-item keeps THREAD_M x THREAD_N sums in registers. For GPUs.
//   direct  A work-item computes THREAD_M rows by VECTORS vectors of columns straight from global
//           memory: per step of k, VECTORS vectors of b and THREAD_M scalars of a. For processors,
//           whose caches do what local memory does elsewhere, and for small products.
//   dot     The direct kernel where b is transposed: its vectors run along k, since that is how both
//           lie in memory, and each sum of THREAD_M x THREAD_N is a vector until the end.
//
// Each sum goes over k in one fixed order, so the bits depend on nothing but the macros.
//
// Macros: TRANSPOSE_A, TRANSPOSE_B; TILED; THREAD_M, THREAD_N, VECTORS; GROUP_M, GROUP_N, TILE_K;
// ROWS_FIRST (direct: dimension 0 of the work goes over rows); BIAS, ACTIVATION, APART (the
// activation's result goes elsewhere), BACKWARD.

#define APPLY(T, x) GLUE(VALUE_, ACTIVATION)(T, x)
#define DERIVE(T, x) GLUE(SLOPE_, BACKWARD)(T, x)

#if BIAS
#define BIAS_ARGUMENTS , const global float *bias, ulong bias_offset
#else
#define BIAS_ARGUMENTS
#endif
#if APART
#define APART_ARGUMENTS , global float *apart, ulong apart_offset
#else
#define APART_ARGUMENTS
#endif
#if BACKWARD
#define BACKWARD_ARGUMENTS , const global float *saved, ulong saved_offset
#else
#define BACKWARD_ARGUMENTS
#endif

#if BIAS
#define MOVE_BIAS bias += bias_offset;
#else
#define MOVE_BIAS
#endif
#if APART
#define MOVE_APART apart += apart_offset;
#else
#define MOVE_APART
#endif
#if BACKWARD
#define MOVE_BACKWARD saved += saved_offset;
#else
#define MOVE_BACKWARD
#endif

// Finishes a value of the result at `at`, T wide: FETCH and PUT read and write one of that width
// within the row, whose column is `column`.
#define FINISH(T, FETCH, PUT, sum, at, column)           \
  {                                                      \
    T value_ = (sum);                                    \
    FINISH_BIAS(T, FETCH, column)                        \
    FINISH_ACTIVATION(T, PUT, at, column)                \
    FINISH_BACKWARD(T, FETCH, at, column)                \
    PUT(value_, out, at, column);                        \
  }
#if BIAS
#define FINISH_BIAS(T, FETCH, column) value_ += FETCH(bias, column, column);
#else
#define FINISH_BIAS(T, FETCH, column)
#endif
#if APART
#define FINISH_ACTIVATION(T, PUT, at, column) PUT(APPLY(T, value_), apart, at, column);
#elif ACTIVATION
#define FINISH_ACTIVATION(T, PUT, at, column) value_ = APPLY(T, value_);
#else
#define FINISH_ACTIVATION(T, PUT, at, column)
#endif
#if BACKWARD
#define FINISH_BACKWARD(T, FETCH, at, column)  \
  {                                            \
    T saved_ = FETCH(saved, at, column);       \
    value_ *= DERIVE(T, saved_);               \
  }
#else
#define FINISH_BACKWARD(T, FETCH, at, column)
#endif

#define WHOLE_FETCH(p, at, column) VLOAD((p) + (at))
#define WHOLE_PUT(value, p, at, column) VSTORE(value, (p) + (at))
#define PART_FETCH(p, at, column) load_part((p) + (at), n - (column))
#define PART_PUT(value, p, at, column) store_part(value, (p) + (at), n - (column))
#define ONE_FETCH(p, at, column) ((p)[at])
#define ONE_PUT(value, p, at, column) ((p)[at] = (value))

#define FINISH_VECTOR(sum, at, column)                            \
  if (n - (column) >= VW) {                                       \
    FINISH(REAL, WHOLE_FETCH, WHOLE_PUT, sum, at, column)         \
  } else if ((column) < n) {                                      \
    FINISH(REAL, PART_FETCH, PART_PUT, sum, at, column)           \
  }

// The sums are in registers only as long as their indices are constants, so the loops over them are
// unrolled. Functions of many instructions are not: their code would be there many times over.
#if ACTIVATION >= SIGMOID || BACKWARD >= GELU
#define FINISH_LOOP _Pragma("unroll 1")
#define COPY_SUMS(count)                                   \
  REAL finals[THREAD_M][count];                            \
  _Pragma("unroll") for (int i = 0; i < THREAD_M; i++) {   \
    _Pragma("unroll") for (int c = 0; c < (count); c++) {  \
      finals[i][c] = sums[i][c];                           \
    }                                                      \
  }
#define FINAL(i, c) finals[i][c]
#else
#define FINISH_LOOP _Pragma("unroll")
#define COPY_SUMS(count)
#define FINAL(i, c) sums[i][c]
#endif

#if TILED
#define SIZE_HINT __attribute__((reqd_work_group_size(GROUP_N, GROUP_M, 1)))
#else
#define SIZE_HINT
#endif

kernel SIZE_HINT void matmul(
    int m,
    int n,
    int k,
    const global float *restrict a,
    ulong a_offset,
    const global float *restrict b,
    ulong b_offset,
    global float *out,
    ulong out_offset BIAS_ARGUMENTS APART_ARGUMENTS BACKWARD_ARGUMENTS) {
  a += a_offset;
  b += b_offset;
  out += out_offset;
  MOVE_BIAS MOVE_APART MOVE_BACKWARD

#if TILED

#define TILE_M (GROUP_M * THREAD_M)
#define TILE_N (GROUP_N * THREAD_N)
#define ITEMS (GROUP_M * GROUP_N)
#define SETS (THREAD_N / VW)
// A row longer by one vector, so that stores of a transposed tile do not all hit one bank.
#define PITCH_A (TILE_M + 1)
#define PITCH_B (TILE_N + VW)

  local float tile_a[TILE_K * PITCH_A];
  local float tile_b[TILE_K * PITCH_B];
  int x = get_local_id(0);
  int y = get_local_id(1);
  int item = y * GROUP_N + x;
  int row0 = get_group_id(1) * TILE_M;
  int column0 = get_group_id(0) * TILE_N;

  REAL sums[THREAD_M][SETS];
#pragma unroll
  for (int i = 0; i < THREAD_M; i++) {
#pragma unroll
    for (int v = 0; v < SETS; v++) {
      sums[i][v] = (REAL)(0.0f);
    }
  }

  for (int k0 = 0; k0 < k; k0 += TILE_K) {
    // Neighbouring work-items read neighbouring elements, whichever way the matrix lies.
    for (int e = item; e < TILE_M * TILE_K; e += ITEMS) {
#if TRANSPOSE_A
      int i = e % TILE_M, p = e / TILE_M;
      bool inside = row0 + i < m && k0 + p < k;
      tile_a[p * PITCH_A + i] = inside ? a[(size_t)(k0 + p) * m + row0 + i] : 0.0f;
#else
      int p = e % TILE_K, i = e / TILE_K;
      bool inside = row0 + i < m && k0 + p < k;
      tile_a[p * PITCH_A + i] = inside ? a[(size_t)(row0 + i) * k + k0 + p] : 0.0f;
#endif
    }
    for (int e = item; e < TILE_N * TILE_K; e += ITEMS) {
#if TRANSPOSE_B
      int p = e % TILE_K, j = e / TILE_K;
      bool inside = column0 + j < n && k0 + p < k;
      tile_b[p * PITCH_B + j] = inside ? b[(size_t)(column0 + j) * k + k0 + p] : 0.0f;
#else
      int j = e % TILE_N, p = e / TILE_N;
      bool inside = column0 + j < n && k0 + p < k;
      tile_b[p * PITCH_B + j] = inside ? b[(size_t)(k0 + p) * n + column0 + j] : 0.0f;
#endif
    }
    barrier(CLK_LOCAL_MEM_FENCE);
    for (int p = 0; p < TILE_K; p++) {
      REAL right[SETS];
#pragma unroll
      for (int v = 0; v < SETS; v++) {
        right[v] = VLOAD(tile_b + p * PITCH_B + (v * GROUP_N + x) * VW);
      }
#pragma unroll
      for (int i = 0; i < THREAD_M; i++) {
        float left = tile_a[p * PITCH_A + i * GROUP_M + y];
#pragma unroll
        for (int v = 0; v < SETS; v++) {
          sums[i][v] = MULTIPLY_ADD((REAL)(left), right[v], sums[i][v]);
        }
      }
    }
    barrier(CLK_LOCAL_MEM_FENCE);
  }
  COPY_SUMS(SETS)
  FINISH_LOOP for (int i = 0; i < THREAD_M; i++) {
    int row = row0 + i * GROUP_M + y;
    FINISH_LOOP for (int v = 0; v < SETS; v++) {
      int column = column0 + (v * GROUP_N + x) * VW;
      if (row < m) {
        size_t at = (size_t)row * n + column;
        FINISH_VECTOR(FINAL(i, v), at, column)
      }
    }
  }

#else

#if ROWS_FIRST
  int row0 = get_global_id(0) * THREAD_M;
  int column0 = get_global_id(1);
#else
  int row0 = get_global_id(1) * THREAD_M;
  int column0 = get_global_id(0);
#endif
  if (row0 >= m) {
    return;
  }

#if TRANSPOSE_A
#define A_STEP m
#else
#define A_STEP 1
#endif
  // Rows beyond the last one repeat it; their sums are thrown away.
  const global float *left[THREAD_M];
#pragma unroll
  for (int i = 0; i < THREAD_M; i++) {
    int row = min(row0 + i, m - 1);
#if TRANSPOSE_A
    left[i] = a + row;
#else
    left[i] = a + (size_t)row * k;
#endif
  }

#if TRANSPOSE_B

  column0 *= THREAD_N;
  if (column0 >= n) {
    return;
  }
  const global float *right[THREAD_N];
#pragma unroll
  for (int j = 0; j < THREAD_N; j++) {
    right[j] = b + (size_t)min(column0 + j, n - 1) * k;
  }
  REAL sums[THREAD_M][THREAD_N];
#pragma unroll
  for (int i = 0; i < THREAD_M; i++) {
#pragma unroll
    for (int j = 0; j < THREAD_N; j++) {
      sums[i][j] = (REAL)(0.0f);
    }
  }

#if TRANSPOSE_A && VW > 1
#define LEFT(i, count) load_strided(left[i] + (size_t)p * m, m, count)
#elif TRANSPOSE_A
#define LEFT(i, count) (left[i][(size_t)p * m])
#else
#define LEFT(i, count) ((count) == VW ? VLOAD(left[i] + p) : load_part(left[i] + p, count))
#endif
#define RIGHT(j, count) ((count) == VW ? VLOAD(right[j] + p) : load_part(right[j] + p, count))
#define DOT_STEP(count)                                                    \
  {                                                                        \
    REAL lefts[THREAD_M];                                                  \
    _Pragma("unroll") for (int i = 0; i < THREAD_M; i++) {                 \
      lefts[i] = LEFT(i, count);                                           \
    }                                                                      \
    _Pragma("unroll") for (int j = 0; j < THREAD_N; j++) {                 \
      REAL other = RIGHT(j, count);                                        \
      _Pragma("unroll") for (int i = 0; i < THREAD_M; i++) {               \
        sums[i][j] = MULTIPLY_ADD(lefts[i], other, sums[i][j]);            \
      }                                                                    \
    }                                                                      \
  }
  int p = 0;
  for (; p <= k - VW; p += VW) {
    DOT_STEP(VW)
  }
  if (p < k) {
    DOT_STEP(k - p)
  }
  COPY_SUMS(THREAD_N)
  FINISH_LOOP for (int i = 0; i < THREAD_M; i++) {
    FINISH_LOOP for (int j = 0; j < THREAD_N; j++) {
      if (row0 + i < m && column0 + j < n) {
        size_t at = (size_t)(row0 + i) * n + column0 + j;
        float sum = ADD_LANES(FINAL(i, j));
        FINISH(float, ONE_FETCH, ONE_PUT, sum, at, column0 + j)
      }
    }
  }

#else

  column0 *= VECTORS * VW;
  if (column0 >= n) {
    return;
  }
  REAL sums[THREAD_M][VECTORS];
#pragma unroll
  for (int i = 0; i < THREAD_M; i++) {
#pragma unroll
    for (int v = 0; v < VECTORS; v++) {
      sums[i][v] = (REAL)(0.0f);
    }
  }
#define DIRECT_STEP(LOAD)                                                               \
  {                                                                                     \
    REAL right[VECTORS];                                                                \
    _Pragma("unroll") for (int v = 0; v < VECTORS; v++) { right[v] = LOAD(v); }         \
    _Pragma("unroll") for (int i = 0; i < THREAD_M; i++) {                              \
      REAL other = (REAL)(left[i][(size_t)p * A_STEP]);                                 \
      _Pragma("unroll") for (int v = 0; v < VECTORS; v++) {                             \
        sums[i][v] = MULTIPLY_ADD(other, right[v], sums[i][v]);                         \
      }                                                                                 \
    }                                                                                   \
  }
#define WHOLE_LOAD(v) VLOAD(b + (size_t)p * n + column0 + (v) * VW)
#define PART_LOAD(v) load_part(b + (size_t)p * n + column0 + (v) * VW, n - column0 - (v) * VW)
  // At the right edge, whole vectors read on into the next row, which does no harm: those lanes are
  // not stored. Only where they would leave the matrix are they read in part.
  int beyond = column0 + VECTORS * VW - n;
  int whole = beyond <= 0 ? k : max(0, k - (beyond + n - 1) / n);
  int p = 0;
  for (; p < whole; p++) {
    DIRECT_STEP(WHOLE_LOAD)
  }
  for (; p < k; p++) {
    DIRECT_STEP(PART_LOAD)
  }
  COPY_SUMS(VECTORS)
  FINISH_LOOP for (int i = 0; i < THREAD_M; i++) {
    FINISH_LOOP for (int v = 0; v < VECTORS; v++) {
      int column = column0 + v * VW;
      if (row0 + i < m) {
        size_t at = (size_t)(row0 + i) * n + column;
        FINISH_VECTOR(FINAL(i, v), at, column)
      }
    }
  }

#endif
#endif
}
