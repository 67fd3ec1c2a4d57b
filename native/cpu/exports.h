// The C functions of an instruction set, over its kernels.
#pragma once

#include "descent_cpu.h"

// set: the name within the functions' names; V: the vectors, as kernels.h takes them
#define DESCENT_CPU_EXPORT_PRODUCT(function, V, rows_of_tile, vectors)                                 \
  void descent_cpu_##function(DESCENT_CPU_PRODUCT) {                                                  \
    multiply<V, rows_of_tile, vectors>(columns, rows, count, {a + a0, a_row_stride, a_k_stride},      \
                                       b + b0, ldb, c + c0, ldc, add != 0, {p + at, m + at, v + at},  \
                                       {1, 0, 0}, nullptr);                                           \
  }                                                                                                   \
  void descent_cpu_##function##_runs(DESCENT_CPU_RUNS) {                                              \
    multiply_runs<V, rows_of_tile, vectors>(columns, lines, rows, count,                              \
                                            {a + a0, a_row_stride, a_k_stride}, a_line, b + b0,       \
                                            b_line, ldb, c + c0, ldc, add != 0, {runs, a_run, b_run}, \
                                            bias == nullptr ? nullptr : bias + bias0);                \
  }

#define DESCENT_CPU_EXPORT(set, V)                                                                     \
  double descent_cpu_##set##_peak(void) { return peak<V>(); }                                         \
  DESCENT_CPU_EXPORT_PRODUCT(set##_multiply, V, kTileRows, V::kTileVectors)                           \
  void descent_cpu_##set##_add_bias(                                                                  \
      const float *x, int32_t x0, int32_t ldx, const float *bias, int32_t bias0, float *out,          \
      int32_t out0, int32_t ldout, int32_t rows, int32_t columns) {                                   \
    add_bias<V>(x + x0, ldx, bias + bias0, out + out0, ldout, rows, columns);                         \
  }                                                                                                    \
  void descent_cpu_##set##_relu(                                                                      \
      const float *x, int32_t x0, int32_t ldx, float *out, int32_t out0, int32_t ldout, int32_t rows, \
      int32_t columns) {                                                                              \
    relu<V>(x + x0, ldx, out + out0, ldout, rows, columns);                                           \
  }                                                                                                    \
  void descent_cpu_##set##_relu_backward(                                                             \
      const float *saved, int32_t saved0, int32_t ldsaved, const float *dout, int32_t dout0,          \
      int32_t lddout, float *dx, int32_t dx0, int32_t lddx, int32_t rows, int32_t columns) {          \
    relu_backward<V>(saved + saved0, ldsaved, dout + dout0, lddout, dx + dx0, lddx, rows, columns);   \
  }                                                                                                    \
  void descent_cpu_##set##_copy(                                                                      \
      const float *x, int32_t x0, int32_t ldx, float *out, int32_t out0, int32_t ldout, int32_t rows, \
      int32_t columns) {                                                                              \
    copy<V>(x + x0, ldx, out + out0, ldout, rows, columns);                                           \
  }                                                                                                    \
  void descent_cpu_##set##_exp(                                                                       \
      const float *x, int32_t x0, float shift, float *out, int32_t out0, int32_t count) {             \
    exponentials<V>(x + x0, shift, out + out0, count);                                                \
  }                                                                                                    \
  void descent_cpu_##set##_transpose(                                                                 \
      const float *x, int32_t x0, int32_t ldx, float *out, int32_t out0, int32_t ldout, int32_t rows, \
      int32_t columns) {                                                                              \
    transpose<V>(x + x0, ldx, out + out0, ldout, rows, columns);                                      \
  }                                                                                                    \
  void descent_cpu_##set##_adam(                                                                      \
      float *p, float *m, float *v, int32_t at, const float *g, int32_t g0, int32_t count,            \
      float shrink, float step_size, float scale, float beta1, float beta2, float epsilon) {          \
    FlushToZero flush;                                                                                 \
    adam<V>(p + at, m + at, v + at, g + g0, count, {shrink, step_size, scale, beta1, beta2, epsilon}); \
  }
