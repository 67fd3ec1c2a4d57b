// The keywords of CUDA C++.
#pragma once

// What register-kernels looks for when it lists the kernels of a file; nothing otherwise.
#ifdef CUDASIM_LISTING
#define __global__ __cudasim_global__
#define __launch_bounds__(threads, ...) __cudasim_bounds__<threads>
#else
#define __global__
#define __launch_bounds__(...)
#endif

#define __device__
#define __host__
#define __constant__
#define __managed__

// A block runs on one thread of the processor from its first instruction to its last, and no other
// block does so at that time. So what is local to the processor's thread is shared by the block;
// within a function thread_local implies static, as __shared__ does.
#define __shared__ thread_local

#define __forceinline__ inline __attribute__((always_inline))
#define __noinline__ __attribute__((noinline))
#define __align__(n) __attribute__((aligned(n)))

// Promises to the compiler about grids and registers, which mean nothing here.
#define __maxnreg__(...)
#define __cluster_dims__(...)
#define __grid_constant__

// nvcc knows it; g++ would take it for a function that is not declared.
#define __builtin_assume(condition) ((condition) ? (void)0 : __builtin_unreachable())
