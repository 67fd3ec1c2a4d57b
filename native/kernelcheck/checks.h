// The checks, a function for each family of kernels (a file in kernels/cuda), and what they share.
#pragma once
#include <cmath>
#include <functional>

#include "check.h"
#include "driver.h"

namespace checks {

using driver::Array;
using driver::Device;
using driver::Grid;

constexpr unsigned kThreads = 256;
constexpr unsigned kWarp = 32;

inline unsigned ceil_div(size_t a, size_t b) { return unsigned((a + b - 1) / b); }

// Whether products, which take the longest, have few shapes each.
inline bool brief = false;

// So many blocks that some threads take several elements, and so few that some have nothing to do.
constexpr unsigned kBlocks[] = {1, 3};

// The numbers that common.cuh gives the activation functions.
enum Activation { LINEAR, RELU, LEAKY_RELU, SIGMOID, TANH, GELU };
constexpr int kActivations = 6;

inline double activation(int which, double x) {
  switch (which) {
    case RELU: return std::fmax(0, x);
    case LEAKY_RELU: return x < 0 ? 0.01 * x : x;
    case SIGMOID: return 1 / (1 + std::exp(-x));
    case TANH: return std::tanh(x);
    case GELU: return 0.5 * x * std::erfc(-x / std::sqrt(2.0));
    default: return x;
  }
}

// The derivative, of the result y, but GELU's of the argument.
inline double slope(int which, double y) {
  switch (which) {
    case RELU: return y > 0;
    case LEAKY_RELU: return y > 0 ? 1 : 0.01;
    case SIGMOID: return y * (1 - y);
    case TANH: return 1 - y * y;
    case GELU:
      return 0.5 * std::erfc(-y / std::sqrt(2.0)) + y * std::exp(-0.5 * y * y) / std::sqrt(2 * std::acos(-1.0));
    default: return 1;
  }
}

// What functions of the device's library may err in float32, relative to results of about 1.
constexpr double kFunctionError = 4e-6;

// What an element of a product may be off: a few more roundings of float32 than its k terms, and those of their factors;
// more where a derivative above 1 multiplies it.
//   scale: the sum of the terms' magnitudes
inline double product_tolerance(double scale, int k, double rounding, double factor) {
  return ((scale + 3) * (k + 8) * 0x1p-24 + rounding * scale) * std::fmax(1, std::fabs(factor));
}

// Where the step state keeps its counters, as common.cuh has them.
constexpr int kState = 3;
inline std::vector<int> state(int cursor, int slot, int step) { return {cursor, slot, step}; }

// The compute capability times 10 from which there are tensor cores for tf32 and bf16.
constexpr int kTensorCores = 80;

// The only one that there is wgmma for.
constexpr int kWgmma = 90;

void augment(Device&);
void ceilings(Device&);
void columns(Device&);
void elementwise(Device&);
void gather(Device&);
void heads(Device&);
void images(Device&);
void losses(Device&);
void normalisation(Device&);
void persistent_steps(Device&);
void products(Device&);
void tf32_products(Device&);
void bf16_products(Device&);
void wgmma_products(Device&);
void rows(Device&);
void updates(Device&);

}  // namespace checks
