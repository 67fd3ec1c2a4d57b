// Random numbers as the kernels draw them.
#pragma once
#include <cstdint>

namespace checks {

struct Words {
  uint32_t word[4];
};

// Philox4x32-10 as published (Salmon et al. 2011).
inline Words philox(Words counter, uint32_t key0, uint32_t key1) {
  for (int round = 0; round < 10; round++) {
    uint64_t first = uint64_t(0xD2511F53u) * counter.word[0], second = uint64_t(0xCD9E8D57u) * counter.word[2];
    counter = {{uint32_t(second >> 32) ^ counter.word[1] ^ key0, uint32_t(second),
                uint32_t(first >> 32) ^ counter.word[3] ^ key1, uint32_t(first)}};
    key0 += 0x9E3779B9u;
    key1 += 0xBB67AE85u;
  }
  return counter;
}

}  // namespace checks
