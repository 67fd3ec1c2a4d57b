// What the processor can do. Compiled for any x86-64.
#include "bf16_blocks.h"
#include "descent_cpu.h"

namespace {

// The compiler's own look at cpuid, which counts a feature only if the operating system saves its registers.
int32_t look() {
  __builtin_cpu_init();
  if (!__builtin_cpu_supports("avx2") || !__builtin_cpu_supports("fma")) return 0;
  int32_t features = DESCENT_CPU_AVX2;
  if (!__builtin_cpu_supports("avx512f") || !__builtin_cpu_supports("avx512bw") ||
      !__builtin_cpu_supports("avx512dq") || !__builtin_cpu_supports("avx512vl")) {
    return features;
  }
  features |= DESCENT_CPU_AVX512;
  if (__builtin_cpu_supports("avx512bf16")) features |= DESCENT_CPU_AVX512_BF16;
  return features;
}

const int32_t found = look();

}  // namespace

int32_t descent_cpu_abi(void) { return DESCENT_CPU_ABI; }

int32_t descent_cpu_features(void) { return found; }

int32_t descent_cpu_scratch_floats(void) { return descent::bf16::kScratchFloats; }
