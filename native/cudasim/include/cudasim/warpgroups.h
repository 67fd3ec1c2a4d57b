// wgmma: products of a warpgroup, whose operands lie in swizzled shared memory.
//
// A product happens as late as the program allows: when a thread waits for its group and all 128 have started it.
// Until then the sums hold poison, and operands that are overwritten too early show in the result. A launch ends
// with an error when the threads of a warpgroup start different products, when a chain of sums begins without
// wgmma.fence, when sums were changed before wgmma.wait_group, or a thread ends before it.
//
// Assumed is that what one thread has waited for is done for the whole warpgroup, as published kernels do whose operands
// one thread releases; and of arithmetic what tensor_cores.h says. Only the 128-byte swizzle is known, and base offsets
// of 0: operands start on 1024 bytes, or within the first row of such a piece.
#pragma once
#include <cstring>

#include "bulk_copy.h"
#include "tensor_cores.h"

namespace cudasim {

constexpr unsigned kWarpgroup = 128;

// Where element i of a thread's sums is in the 64 rows, by the thread's number in the warpgroup.
constexpr unsigned warpgroup_row(unsigned thread, unsigned i) {
  return thread / 32 * 16 + thread % 32 / 4 + i / 2 % 2 * 8;
}
constexpr unsigned warpgroup_column(unsigned thread, unsigned i) {
  return i / 4 * 8 + thread % 4 * 2 + i % 2;
}

// sums[64, columns] (+)= a b, of operands in dynamic shared memory. Returns what is wrong, or null.
using WarpgroupProduct = const char* (*)(float* sums, uint64_t a, uint64_t b, bool accumulate,
                                         const unsigned char* shared);

void warpgroup_fence();
void warpgroup_multiply(WarpgroupProduct product, float* d, unsigned columns, uint64_t a, uint64_t b,
                        bool accumulate, Location where);
void warpgroup_commit();
void warpgroup_wait(unsigned pending, Location where = Location::current());

// An operand as its descriptor says, brought into rows of k: values[k][line].
template <int LINES, int DEPTH, bool BFLOAT16, bool ACROSS_K>
const char* read_operand(float (*values)[LINES], uint64_t descriptor, const unsigned char* shared) {
  constexpr uint32_t kElement = BFLOAT16 ? 2 : 4;
  constexpr int kRowLines = 128 / kElement;
  auto field = [&](int from) { return uint32_t(descriptor >> from & 0x3fff) << 4; };
  uint32_t start = field(0), leading = field(16), stride = field(32);
  if (descriptor >> 62 != 1) return "wgmma with an operand that is not in the 128-byte swizzle";
  if (start < kFirstShared) return "wgmma with an operand that is not in the block's shared memory";
  if (descriptor >> 49 & 7) return "wgmma with a base offset, which is not simulated";
  if (!ACROSS_K && start % 1024 + DEPTH * kElement > 128) {
    return "wgmma with an operand along k that does not start within a row on 1024 bytes";
  }
  if (ACROSS_K && start % 1024) return "wgmma with an operand across k that does not start on 1024 bytes";
  for (int k = 0; k < DEPTH; k++) {
    for (int line = 0; line < LINES; line++) {
      uint32_t at = ACROSS_K ? start + line / kRowLines * leading + k / 8 * stride + k % 8 * 128 +
                                   line % kRowLines * kElement
                             : start + line / 8 * stride + line % 8 * 128 + k * kElement;
      const unsigned char* from = shared + (swizzled(at) - kFirstShared);
      uint32_t bits = 0;
      std::memcpy(&bits, from, kElement);
      values[k][line] = BFLOAT16 ? bfloat16_half(bits, 0) : tf32_value(bits);
    }
  }
  return nullptr;
}

template <int N, int DEPTH, bool BFLOAT16, bool A_ACROSS_K, bool B_ACROSS_K>
const char* multiply_warpgroup(float* sums, uint64_t a, uint64_t b, bool accumulate,
                               const unsigned char* shared) {
  // Too much for the stack of a thread.
  static thread_local float left[DEPTH][64], right[DEPTH][N];
  const char* wrong = read_operand<64, DEPTH, BFLOAT16, A_ACROSS_K>(left, a, shared);
  if (!wrong) wrong = read_operand<N, DEPTH, BFLOAT16, B_ACROSS_K>(right, b, shared);
  if (wrong) return wrong;
  if (!accumulate) std::memset(sums, 0, 64 * N * sizeof(float));
  for (int i = 0; i < 64; i++) {
    // The words let the compiler take several columns at a time.
    float* __restrict row = sums + i * N;
    for (int k = 0; k < DEPTH; k++) {
      const float factor = left[k][i], *__restrict values = right[k];
      for (int j = 0; j < N; j++) row[j] += factor * values[j];
    }
  }
  return nullptr;
}

template <bool A_ACROSS_K, bool B_ACROSS_K>
void wgmma_m64n256k16_bf16(float (&d)[128], uint64_t a, uint64_t b, bool accumulate,
                           Location where = Location::current()) {
  warpgroup_multiply(&multiply_warpgroup<256, 16, true, A_ACROSS_K, B_ACROSS_K>, d, 256, a, b, accumulate, where);
}

inline void wgmma_m64n256k8_tf32(float (&d)[128], uint64_t a, uint64_t b, bool accumulate,
                                 Location where = Location::current()) {
  warpgroup_multiply(&multiply_warpgroup<256, 8, false, false, false>, d, 256, a, b, accumulate, where);
}

}  // namespace cudasim
