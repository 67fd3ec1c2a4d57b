// The kernels of matrix products on tensor cores, in a precision whose operands are Operands<T, A_ALONG_K, B_ALONG_K>:
// matmul_NAME_SIZE_LAYOUT, and those that gather, update and convolve.
#pragma once
#include "convolution.cuh"
#include "gathered.cuh"

#define TENSOR_MATMUL(name, Operands, size, layout, transpose_a, transpose_b)                       \
  extern "C" __global__ void __launch_bounds__(Tile##size::THREADS, Tile##size::BLOCKS)             \
      matmul_##name##_##size##_##layout(Product p) {                                                \
    ON_TENSOR_CORES(product<Tile##size, transpose_a, transpose_b, Operands>(Store<Tile##size>(p));) \
  }

// The first layer, whose samples the product gathers itself.
#define TENSOR_GATHER(name, Operands, size)                                                          \
  extern "C" __global__ void __launch_bounds__(Tile##size::THREADS, Tile##size::BLOCKS)              \
      matmul_##name##_##size##_nn_gather(Product p, Gather g) {                                      \
    ON_TENSOR_CORES(product<Tile##size, false, false, Operands>(Store<Tile##size>(p), Gathered(g));) \
  }

// Gradients of weights, each the product of activations and the gradients of what they lead to. With each goes that of
// the biases.
#define TENSOR_UPDATE(name, Operands, size)                                             \
  extern "C" __global__ void __launch_bounds__(Tile##size::THREADS, Tile##size::BLOCKS) \
      matmul_##name##_##size##_tn_update(Gradients g) {                                 \
    ON_TENSOR_CORES(product<Tile##size, true, false, Operands>(Apply<Tile##size>(g));)  \
    ON_TENSOR_CORES(advance_last(g.advance, g.ticket);)                                 \
  }

// Convolutions: forward nn, by input nt, by weights tn.
#define TENSOR_CONVOLVE(name, Operands, size, layout, transpose_a, transpose_b, operands)                        \
  extern "C" __global__ void __launch_bounds__(Tile##size::THREADS, Tile##size::BLOCKS)                          \
      matmul_##name##_##size##_##layout##_convolve(Product p, Convolution c) {                                   \
    ON_TENSOR_CORES(product<Tile##size, transpose_a, transpose_b, Operands>(Store<Tile##size>(p), operands(c));) \
  }

#define TENSOR_SIZE(name, Operands, size)                          \
  TENSOR_MATMUL(name, Operands, size, nn, false, false)            \
  TENSOR_MATMUL(name, Operands, size, nt, false, true)             \
  TENSOR_MATMUL(name, Operands, size, tn, true, false)             \
  TENSOR_MATMUL(name, Operands, size, tt, true, true)              \
  TENSOR_GATHER(name, Operands, size)                              \
  TENSOR_UPDATE(name, Operands, size)                              \
  TENSOR_CONVOLVE(name, Operands, size, nn, false, false, Forward) \
  TENSOR_CONVOLVE(name, Operands, size, nt, false, true, ByInput)  \
  TENSOR_CONVOLVE(name, Operands, size, tn, true, false, ByWeights)

#define TENSOR_PRODUCTS(name, Operands) \
  TENSOR_SIZE(name, Operands, 128)      \
  TENSOR_SIZE(name, Operands, 64)       \
  TENSOR_SIZE(name, Operands, 32)
