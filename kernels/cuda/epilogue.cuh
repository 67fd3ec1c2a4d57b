// What a matrix product gets and what is done to each element of it before it is stored: add a bias,
// then apply an activation function or multiply by its derivative.
#pragma once
#include "common.cuh"

// out = finish(op(a) op(b)): a is m x k, b is k x n, either transposed where the
// kernel's name says so; all row-major and dense.
struct Product {
  const float *a;
  const float *b;
  float *out;
  const float *bias;      // 1 x n, or null
  float *activated;       // where the activation's result goes if out keeps the product; or null
  const float *saved;     // m x n, of which the derivative is taken; or null
  float *workspace;       // where parts of a split k meet; see tiles.cuh
  unsigned *tickets;      // one a tile, 0 before and after
  int m;
  int n;
  int k;
  int k_part;             // what one part of a split k covers
  int which;              // the activation function, or that whose derivative is taken
};

// The epilogue of one thread.
struct Epilogue {
  const Product &p;
  bool whole;  // whether rows start on 16 bytes

  __device__ explicit Epilogue(const Product &product)
      : p(product),
        whole(p.n % 4 == 0 && aligned16(p.out) && aligned16(p.bias) && aligned16(p.activated) &&
              aligned16(p.saved)) {}

  __device__ void store1(int row, int column, float sum) const {
    if (row >= p.m || column >= p.n) {
      return;
    }
    int64_t at = (int64_t)row * p.n + column;
    float value = sum;
    if (p.bias != nullptr) {
      value += p.bias[column];
    }
    if (p.activated != nullptr) {
      p.out[at] = value;
      p.activated[at] = activation(p.which, value);
    } else {
      p.out[at] = p.saved != nullptr ? value * slope(p.which, p.saved[at]) : activation(p.which, value);
    }
  }

  // Four neighbouring columns where rows start on 16 bytes, the function known as it is compiled.
  template <int WHICH>
  __device__ __forceinline__ void store4(int row, int column, float4 sum) const {
    int64_t at = (int64_t)row * p.n + column;
    float4 value = sum;
    if (p.bias != nullptr) {
      value = map4(value, *(const float4 *)(p.bias + column), Add());
    }
    if (p.saved != nullptr) {
      *(float4 *)(p.out + at) = map4(value, *(const float4 *)(p.saved + at), [](float v, float y) {
        return v * slope(WHICH, y);
      });
      return;
    }
    float4 active = map4(value, [](float v) { return activation(WHICH, v); });
    if (p.activated != nullptr) {
      *(float4 *)(p.out + at) = value;
      *(float4 *)(p.activated + at) = active;
    } else {
      *(float4 *)(p.out + at) = active;
    }
  }
};
