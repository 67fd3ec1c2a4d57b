// What the processor can do. Compiled for any x86-64.
#include <cpuid.h>
#include <errno.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "bf16_blocks.h"
#include "descent_cpu.h"
#include "form_blocks.h"

static_assert(descent::form::kGroupRows == DESCENT_CPU_KEPT_ROWS);
static_assert(descent::form::kPanelColumns == DESCENT_CPU_KEPT_COLUMNS);
static_assert(descent::form::kMaxK == DESCENT_CPU_KEPT_K);
static_assert(descent::form::kLanes == DESCENT_CPU_FORM_LANES);

namespace {

// What tiles take, by Intel's manual: the processor has them, and the system saves both parts of their state.
bool has_tiles() {
  constexpr unsigned kTile = 1u << 24, kBf16 = 1u << 22;
  constexpr unsigned kSaved = 3u << 17;
  unsigned a, b, c, d;
  if (!__get_cpuid_count(7, 0, &a, &b, &c, &d) || (d & (kTile | kBf16)) != (kTile | kBf16)) return false;
  unsigned low, high;
  asm volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
  return (low & kSaved) == kSaved;
}

// The compiler's own look at cpuid, which counts a feature only if the operating system saves its registers.
int32_t look() {
  __builtin_cpu_init();
  if (!__builtin_cpu_supports("avx2") || !__builtin_cpu_supports("fma")) return 0;
  int32_t features = DESCENT_CPU_AVX2;
  if (__builtin_cpu_is("intel")) features |= DESCENT_CPU_INTEL;
  if (!__builtin_cpu_supports("avx512f") || !__builtin_cpu_supports("avx512bw") ||
      !__builtin_cpu_supports("avx512dq") || !__builtin_cpu_supports("avx512vl")) {
    return features;
  }
  features |= DESCENT_CPU_AVX512;
  if (__builtin_cpu_supports("avx512bf16")) {
    features |= DESCENT_CPU_AVX512_BF16;
    if (has_tiles()) features |= DESCENT_CPU_AMX_BF16;
  }
  return features;
}

const int32_t found = look();

// The number of the tiles' registers among the parts of a thread's state.
constexpr long kTileData = 18;

}  // namespace

int32_t descent_cpu_abi(void) { return DESCENT_CPU_ABI; }

int32_t descent_cpu_features(void) { return found; }

int32_t descent_cpu_scratch_floats(void) { return descent::bf16::kScratchFloats; }

int32_t descent_cpu_amx_obstacle(void) {
  constexpr long kGetSupported = 0x1021;
  if ((found & DESCENT_CPU_AMX_BF16) == 0) return ENODEV;
  uint64_t supported = 0;
  if (syscall(SYS_arch_prctl, kGetSupported, &supported) != 0) return errno;
  return (supported >> kTileData & 1) != 0 ? 0 : EOPNOTSUPP;
}

int32_t descent_cpu_amx_permission(void) {
  constexpr long kRequestPermission = 0x1023;
  if ((found & DESCENT_CPU_AMX_BF16) == 0) return ENODEV;
  return syscall(SYS_arch_prctl, kRequestPermission, kTileData) == 0 ? 0 : errno;
}

int32_t descent_cpu_form_bytes(int32_t lanes, int32_t count, int32_t parts) {
  return static_cast<int32_t>(descent::form::bytes(lanes, count, parts));
}
