// CUDA C++ for the processor: with this header before it, a .cu file compiles with g++ or clang++
// (C++20) and runs under the scheduler in ../runtime. What is simulated, what it finds and what it
// can't is told in ../README.md.
//
// A kernel file can tell that it is simulated by the macro CUDASIM; only ptx.cuh should need to.
#pragma once
#define CUDASIM 1

// Each includes what it needs; the order is that of reading.
#include "cudasim/language.h"
#include "cudasim/vectors.h"
#include "cudasim/threads.h"
#include "cudasim/barriers.h"
#include "cudasim/warps.h"
#include "cudasim/atomics.h"
#include "cudasim/math.h"
#include "cudasim/bfloat16.h"
#include "cudasim/async_copy.h"
#include "cudasim/bulk_copy.h"
#include "cudasim/tensor_cores.h"
#include "cudasim/warpgroups.h"
#include "cudasim/kernels.h"
