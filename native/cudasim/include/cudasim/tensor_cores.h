// Tensor cores: mma.sync and ldmatrix, in the fragment layouts of the PTX manual.
//
// What is assumed of the hardware, which NVIDIA does not specify to the last bit:
// - a tf32 operand is read by its upper 19 bits, the lower 13 are ignored (so a float that was not
//   rounded by cvt.rna.tf32 is truncated);
// - products are exact; they are added to the sum in float, one after the other by k. The hardware
//   adds several at once and cuts off bits, so results agree to rounding only.
// - denormal operands are kept.
#pragma once
#include <cstdint>

#include "math.h"
#include "warps.h"

namespace cudasim {

// cvt.rna.tf32.f32: to the nearest, ties away from 0; infinities and NaNs stay.
inline uint32_t round_to_tf32(float value) {
  uint32_t bits = std::bit_cast<uint32_t>(value);
  if ((bits & 0x7f800000u) == 0x7f800000u) return bits & 0x007fffffu ? 0x7fffffffu : bits;
  return (bits + 0x1000u) & 0xffffe000u;
}

inline float bfloat16_half(uint32_t pair, unsigned half) {
  return std::bit_cast<float>((half ? pair >> 16 : pair & 0xffffu) << 16);
}
inline float tf32_value(uint32_t bits) { return std::bit_cast<float>(bits & 0xffffe000u); }

// d[16,8] += a[16,K] b[K,8] for the whole warp. ElementA(a, i) gives row and column of the i-th value
// in a lane's fragment; see the callers.
template <int K, int REGISTERS_A, int REGISTERS_B, int PER_REGISTER>
void multiply_accumulate(float (&d)[4], const uint32_t (&a)[REGISTERS_A],
                         const uint32_t (&b)[REGISTERS_B], Location where) {
  struct Lane {
    float* d;
    const uint32_t *a, *b;
  } mine{d, a, b};
  warp_operation(
      0xffffffffu, &mine,
      [](void** lanes, unsigned present) -> const char* {
        if (present != 0xffffffffu) return "mma.sync needs all 32 lanes";
        float left[16][K], right[K][8];
        for (unsigned l = 0; l < 32; l++) {
          const Lane* lane = static_cast<Lane*>(lanes[l]);
          // A lane holds rows `group` and group + 8 of a, column `group` of b; its place in the
          // group of four chooses k. Registers go through the rows first, then through k.
          unsigned group = l / 4, place = l % 4;
          for (unsigned r = 0; r < REGISTERS_A; r++) {
            for (unsigned h = 0; h < PER_REGISTER; h++) {
              unsigned k = place * PER_REGISTER + h + r / 2 * 4 * PER_REGISTER;
              left[group + r % 2 * 8][k] = PER_REGISTER == 2 ? bfloat16_half(lane->a[r], h)
                                                             : tf32_value(lane->a[r]);
            }
          }
          for (unsigned r = 0; r < REGISTERS_B; r++) {
            for (unsigned h = 0; h < PER_REGISTER; h++) {
              unsigned k = place * PER_REGISTER + h + r * 4 * PER_REGISTER;
              right[k][group] = PER_REGISTER == 2 ? bfloat16_half(lane->b[r], h)
                                                  : tf32_value(lane->b[r]);
            }
          }
        }
        for (unsigned l = 0; l < 32; l++) {
          const Lane* lane = static_cast<Lane*>(lanes[l]);
          for (unsigned i = 0; i < 4; i++) {
            unsigned row = l / 4 + i / 2 * 8, column = l % 4 * 2 + i % 2;
            float sum = lane->d[i];
            for (int k = 0; k < K; k++) sum += left[row][k] * right[k][column];
            lane->d[i] = sum;
          }
        }
        return nullptr;
      },
      where);
}

// mma.sync.m16n8k8 tf32.
inline void mma_m16n8k8_tf32(float (&d)[4], const uint32_t (&a)[4], const uint32_t (&b)[2],
                             Location where = Location::current()) {
  multiply_accumulate<8, 4, 2, 1>(d, a, b, where);
}

// mma.sync.m16n8k16 bf16.
inline void mma_m16n8k16_bf16(float (&d)[4], const uint32_t (&a)[4], const uint32_t (&b)[2],
                              Location where = Location::current()) {
  multiply_accumulate<16, 4, 2, 2>(d, a, b, where);
}

// ldmatrix .x1, .x2 or .x4 of 8 x 8 matrices of 16-bit values: lane 8m + r brings the address of row
// r of matrix m (16 bytes, aligned to 16); each lane gets of every matrix the pair at row lane / 4,
// columns 2 (lane % 4) and the next; transposed: the pair at column lane / 4, those rows.
template <int COUNT, bool TRANSPOSED>
void load_matrices(uint32_t (&result)[COUNT], const void* row,
                   Location where = Location::current()) {
  struct Lane {
    uint32_t* result;
    const void* row;
  } mine{result, row};
  warp_operation(
      0xffffffffu, &mine,
      [](void** lanes, unsigned present) -> const char* {
        if (present != 0xffffffffu) return "ldmatrix needs all 32 lanes";
        for (unsigned m = 0; m < COUNT; m++) {
          uint16_t matrix[8][8];
          for (unsigned r = 0; r < 8; r++) {
            const void* row = static_cast<Lane*>(lanes[8 * m + r])->row;
            if (reinterpret_cast<uintptr_t>(row) & 15) return "ldmatrix with a misaligned address";
            std::memcpy(matrix[r], row, 16);
          }
          for (unsigned l = 0; l < 32; l++) {
            unsigned i = l / 4, j = l % 4 * 2;
            uint32_t low = TRANSPOSED ? matrix[j][i] : matrix[i][j];
            uint32_t high = TRANSPOSED ? matrix[j + 1][i] : matrix[i][j + 1];
            static_cast<Lane*>(lanes[l])->result[m] = low | high << 16;
          }
        }
        return nullptr;
      },
      where);
}

}  // namespace cudasim
