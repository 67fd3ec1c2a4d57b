// The kernel of the stand-in cuBLAS, by the definition of BLAS: matrices by columns, one thread for each
// element of the result. It is registered here, and not by register-kernels: it is no kernel of the
// project's.
#include "cudasim.h"

// c = alpha op(a) op(b) + beta c, m x n of k products each. With beta 0 the old content is not read.
extern "C" __global__ void __launch_bounds__(256) cudasim_sgemm(
    bool transpose_a, bool transpose_b, int m, int n, int k, float alpha, const float* a, int lda,
    const float* b, int ldb, float beta, float* c, int ldc, bool tf32) {
  int64_t element = int64_t(blockIdx.x) * blockDim.x + threadIdx.x;
  if (element >= int64_t(m) * n) return;
  int64_t i = element % m, j = element / m;
  float sum = 0;
  for (int64_t l = 0; l < k; l++) {
    float left = transpose_a ? a[l + i * lda] : a[i + l * lda];
    float right = transpose_b ? b[j + l * ldb] : b[l + j * ldb];
    if (tf32) {
      left = cudasim::tf32_value(cudasim::round_to_tf32(left));
      right = cudasim::tf32_value(cudasim::round_to_tf32(right));
    }
    sum = fmaf(left, right, sum);
  }
  float& out = c[i + j * ldc];
  out = beta == 0 ? alpha * sum : alpha * sum + beta * out;
}

CUDASIM_LIBRARY
CUDASIM_KERNEL(cudasim_sgemm, 256)
