// A kernel for each primitive, small enough to be checked against plain loops. nvcc compiles it too.
#include "../../../kernels/cuda/ptx.cuh"

extern "C" __global__ void __launch_bounds__(256)
    saxpy(float a, const float* __restrict__ x, float* __restrict__ y, int n) {
  int i = blockIdx.x * blockDim.x + threadIdx.x;
  if (i < n) y[i] = fmaf(a, x[i], y[i]);
}
