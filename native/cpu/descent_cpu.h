// Kernels for x86-64 processors behind a plain C interface: what the native backend calls from Java.
//
// Each instruction set has kernels of its own, compiled with its own flags; the library itself loads on any
// x86-64. The caller asks for the processor's features once and then calls the kernels of one set.
//
// Arrays come as a base and the index of the first element. Strides and leading dimensions count elements.
// A function touches the elements that it is said to and no others, writes outputs only, allocates
// nothing, and keeps nothing. Arguments are trusted.
#pragma once

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define DESCENT_CPU_API __attribute__((visibility("default")))

// Changes with every change of this interface.
#define DESCENT_CPU_ABI 6

// Features of processor and operating system together.
#define DESCENT_CPU_AVX2 1        // AVX2 and FMA
#define DESCENT_CPU_AVX512 2      // AVX-512 F, BW, DQ and VL
#define DESCENT_CPU_AVX512_BF16 4 // the above and dot products of bfloat16
#define DESCENT_CPU_AMX_BF16 8    // the above and tiles, which need a permission too
#define DESCENT_CPU_INTEL 16      // whose dot products of bfloat16 take twice the time of as many multiply-adds

DESCENT_CPU_API int32_t descent_cpu_abi(void);
DESCENT_CPU_API int32_t descent_cpu_features(void);

// Asks the operating system for the tiles of AMX, once and for all threads of the process: 0, or the number of the
// error. Without them the process must run no product by tiles.
DESCENT_CPU_API int32_t descent_cpu_amx_permission(void);

// What is known to keep that permission from being given, without asking for it: 0, or the number of an error.
DESCENT_CPU_API int32_t descent_cpu_amx_obstacle(void);

// The floats of scratch memory that a product in bfloat16 needs.
DESCENT_CPU_API int32_t descent_cpu_scratch_floats(void);

// Repeats the instruction that a set's products are made of, with nothing but registers and on numbers with random
// digits, for some ten microseconds: what no product can exceed. Returns the operations, two for a multiply-add.
#define DESCENT_CPU_PEAK(set) DESCENT_CPU_API double descent_cpu_##set##_peak(void)

DESCENT_CPU_PEAK(avx2);
DESCENT_CPU_PEAK(avx512);
DESCENT_CPU_PEAK(avx512bf16);
DESCENT_CPU_PEAK(amx);
DESCENT_CPU_PEAK(amx_twin); // takes milliseconds

// c (+)= a b: `rows x columns` elements of c, each the sum of `count` products in the order of k, added with
// fused multiply-adds.
//   a: element (i, k) at a[a0 + i * a_row_stride + k * a_k_stride]
//   b: element (k, j) at b[b0 + k * ldb + j]
//   c: element (i, j) at c[c0 + i * ldc + j]; overlaps neither a nor b
//   add: whether c is added to rather than overwritten
//   p, m, v: parameters and moments that an optimizer's update takes together with c right afterwards, which are asked
//      for meanwhile and not read: element (i, j) at p[at + i * ldc + j]; or null, and at 0
#define DESCENT_CPU_PRODUCT                                                                            \
  int32_t columns, int32_t rows, int32_t count, const float *a, int32_t a0, int32_t a_row_stride,     \
      int32_t a_k_stride, const float *b, int32_t b0, int32_t ldb, float *c, int32_t c0, int32_t ldc, \
      int32_t add, const float *p, const float *m, const float *v, int32_t at

// c (+)= a b + bias where operands lie in images: `lines` times `rows` rows of c, which follow each other, each element
// the sum of `runs` runs of `count` products in their order.
//   a: element k of run r for row i of line n at a[a0 + n * a_line + i * a_row_stride + r * a_run + k * a_k_stride]
//   b: the same for column j at b[b0 + n * b_line + r * b_run + k * ldb + j]
//   bias: element j at bias[bias0 + j]; or null
//   c: element (n * rows + i, j) at c[c0 + (n * rows + i) * ldc + j]; overlaps nothing else
#define DESCENT_CPU_RUNS                                                                               \
  int32_t columns, int32_t lines, int32_t rows, int32_t runs, int32_t count, const float *a,          \
      int32_t a0, int32_t a_line, int32_t a_row_stride, int32_t a_k_stride, int32_t a_run,            \
      const float *b, int32_t b0, int32_t b_line, int32_t ldb, int32_t b_run, const float *bias,      \
      int32_t bias0, float *c, int32_t c0, int32_t ldc, int32_t add

// The element-by-element kernels work on `rows x columns` elements, row i of x from x[x0 + i * ldx] on. An
// output may be an input. They give the bits of the engine's Java kernels.
#define DESCENT_CPU_KERNELS(set)                                                                       \
  DESCENT_CPU_API void descent_cpu_##set##_multiply(DESCENT_CPU_PRODUCT);                             \
  DESCENT_CPU_API void descent_cpu_##set##_multiply_runs(DESCENT_CPU_RUNS);                           \
  /* out = x + bias, one row */                                                                        \
  DESCENT_CPU_API void descent_cpu_##set##_add_bias(                                                  \
      const float *x, int32_t x0, int32_t ldx, const float *bias, int32_t bias0, float *out,          \
      int32_t out0, int32_t ldout, int32_t rows, int32_t columns);                                    \
  /* out = max(x, 0); not a number stays so */                                                         \
  DESCENT_CPU_API void descent_cpu_##set##_relu(                                                      \
      const float *x, int32_t x0, int32_t ldx, float *out, int32_t out0, int32_t ldout, int32_t rows, \
      int32_t columns);                                                                               \
  /* dx = dout * (saved > 0 ? 1 : 0) */                                                                \
  DESCENT_CPU_API void descent_cpu_##set##_relu_backward(                                             \
      const float *saved, int32_t saved0, int32_t ldsaved, const float *dout, int32_t dout0,          \
      int32_t lddout, float *dx, int32_t dx0, int32_t lddx, int32_t rows, int32_t columns);           \
  /* out = x */                                                                                        \
  DESCENT_CPU_API void descent_cpu_##set##_copy(                                                      \
      const float *x, int32_t x0, int32_t ldx, float *out, int32_t out0, int32_t ldout, int32_t rows, \
      int32_t columns);                                                                               \
  /* out = e^(x - shift) */                                                                            \
  DESCENT_CPU_API void descent_cpu_##set##_exp(                                                       \
      const float *x, int32_t x0, float shift, float *out, int32_t out0, int32_t count);              \
  /* out = x' for `rows x columns` elements of x, which does not overlap out */                        \
  DESCENT_CPU_API void descent_cpu_##set##_transpose(                                                 \
      const float *x, int32_t x0, int32_t ldx, float *out, int32_t out0, int32_t ldout, int32_t rows, \
      int32_t columns);                                                                               \
  /* Adam: parameters p, moments m and v from `at` on, gradients from g0 on.                           \
     m = beta1 m + (1 - beta1) g, v = beta2 v + (1 - beta2) g g,                                       \
     p = shrink p - step_size m / (sqrt(v) scale + epsilon); results below 2^-126 become zero */       \
  DESCENT_CPU_API void descent_cpu_##set##_adam(                                                      \
      float *p, float *m, float *v, int32_t at, const float *g, int32_t g0, int32_t count,            \
      float shrink, float step_size, float scale, float beta1, float beta2, float epsilon);

DESCENT_CPU_KERNELS(avx2)
DESCENT_CPU_KERNELS(avx512)

// As multiply, to the bit, by tiles of 12 rows and 32 columns instead of 6 and 64.
DESCENT_CPU_API void descent_cpu_avx512_multiply_tall(DESCENT_CPU_PRODUCT);
DESCENT_CPU_API void descent_cpu_avx512_multiply_tall_runs(DESCENT_CPU_RUNS);

// As multiply, with operands rounded to bfloat16 (to the nearest, ties to even; below 2^-126 to zero) and sums in
// float32, each instruction adding two neighbouring k.
//   scratch: descent_cpu_scratch_floats() of the caller's own; modified
DESCENT_CPU_API void descent_cpu_avx512bf16_multiply(DESCENT_CPU_PRODUCT, float *scratch);

// --- operands in forms ----------------------------------------------------------------------------

// The bytes of a form, an operand as tiles take it, which lies on a cache line: of `lanes` rows of a left operand or
// columns of a right one, and `count` k.
DESCENT_CPU_API int32_t descent_cpu_form_bytes(int32_t lanes, int32_t count, int32_t parts);

// The bytes from lane to lane where lanes are multiples of this.
#define DESCENT_CPU_FORM_LANES 32

// A matrix of `rows x columns` in the forms that it is wanted in; null where it is not.
struct descent_cpu_forms {
  void *left;          // as a left operand, k along its rows
  void *left_turned;   // its transpose as a left operand
  void *right;         // as a right operand
  void *right_turned;  // its transpose as a right operand
  int32_t rows;
  int32_t columns;
  int32_t parts;
};

// multiply_forms: c = a b, with operands from form to form; the sum over all k.
//   left, right: where the strips of the rows and of the columns begin
//   p, m, v, at: as in a product
//   returns 0, having done nothing, where an operand has numbers for which parts do not do: see form_blocks.h
// convert: a part of a matrix, the elements from (row, column) on, goes into its forms; both are multiples of 32, and so
//   are rows and columns but at the matrix' end.
// adam_forms: adam for such a part, whose elements lie side by side, and its new parameters into their forms.
// multiply_epilogue: multiply_forms, what follows it element by element, and convert, in one, with the bits of one after
//   the other: add_bias where bias is not null, relu where that is asked for, relu_backward where saved is not null. The
//   result goes to its forms, and to out, unless that is null.
//   ld: of both saved and out
//   row, column: where the part of the result begins, both multiples of 32
#define DESCENT_CPU_BY_FORMS(set)                                                                      \
  DESCENT_CPU_API int32_t descent_cpu_##set##_multiply_forms(                                         \
      int32_t columns, int32_t rows, int32_t count, const void *left, const void *right, float *c,    \
      int32_t c0, int32_t ldc, const float *p, const float *m, const float *v, int32_t at,            \
      int32_t parts);                                                                                  \
  DESCENT_CPU_API void descent_cpu_##set##_convert(                                                    \
      const float *x, int32_t x0, int32_t ldx, int32_t row, int32_t column, int32_t rows,             \
      int32_t columns, const struct descent_cpu_forms *forms);                                         \
  DESCENT_CPU_API void descent_cpu_##set##_adam_forms(                                                 \
      float *p, float *m, float *v, int32_t at, const float *g, int32_t g0, int32_t rows,             \
      int32_t columns, float shrink, float step_size, float scale, float beta1, float beta2,          \
      float epsilon, int32_t row, int32_t column, const struct descent_cpu_forms *forms);             \
  DESCENT_CPU_API int32_t descent_cpu_##set##_multiply_epilogue(                                      \
      int32_t columns, int32_t rows, int32_t count, const void *left, const void *right,              \
      const float *bias, int32_t bias0, int32_t relu, const float *saved, int32_t saved0, float *out, \
      int32_t out0, int32_t ld, int32_t row, int32_t column, const struct descent_cpu_forms *forms);

// Of one part, with the bits of descent_cpu_avx512bf16_multiply.
DESCENT_CPU_BY_FORMS(avx512bf16)
DESCENT_CPU_BY_FORMS(amx)
DESCENT_CPU_BY_FORMS(amx_twin)

// --- products by tiles ----------------------------------------------------------------------------

// The most rows, columns and k of operands that a product by tiles keeps; with more, the forms hold a part at a time.
#define DESCENT_CPU_KEPT_ROWS 128
#define DESCENT_CPU_KEPT_COLUMNS 64
#define DESCENT_CPU_KEPT_K 1024

// What is there already, made by a call with the same rows or columns, count, elements and parts.
#define DESCENT_CPU_LEFT_READY 1
#define DESCENT_CPU_RIGHT_READY 2

// As multiply, by tiles of bfloat16 and with sums in float32.
//   parts: 1, operands are rounded as by avx512bf16; or 3, operands are sums of three parts, which gives float32's
//      accuracy by six products, or by three where one operand's second and third parts are zero, of which nothing
//      more is asked. Blocks of 32 x 32 that have no such parts go through multiply: see form_blocks.h.
//   left, right: forms of as many rows, columns and k as there are, but no more than can be kept; modified unless
//      ready says that they hold the operands
// amx_twin does the same in plain C++, to the bit, where no block is multiplied through another set's multiply.
//
// multiply_adam: multiply_forms and adam_forms, whose gradients the product is, in one: for `rows x columns` parameters
//   that lie side by side, the first of which is element (row, column) of the matrix.
#define DESCENT_CPU_BY_TILES(set)                                                                      \
  DESCENT_CPU_API void descent_cpu_##set##_multiply(DESCENT_CPU_PRODUCT, int32_t parts, void *left,   \
                                                    void *right, int32_t ready);                       \
  DESCENT_CPU_API int32_t descent_cpu_##set##_multiply_adam(                                           \
      int32_t columns, int32_t rows, int32_t count, const void *left, const void *right, float *p,    \
      float *m, float *v, int32_t at, float shrink, float step_size, float scale, float beta1,        \
      float beta2, float epsilon, int32_t row, int32_t column, const struct descent_cpu_forms *forms);

DESCENT_CPU_BY_TILES(amx)
DESCENT_CPU_BY_TILES(amx_twin)

#ifdef __cplusplus
}
#endif
