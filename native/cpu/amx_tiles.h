// The six tile instructions of AMX that a product in bfloat16 takes, by one configuration: eight tiles of 16 rows of
// 64 bytes. With DESCENT_AMX_TWIN they are plain C++ that gives the same bits, so that everything above them can be
// tested on any processor.
//
// Everything here is in a namespace without a name: files that are compiled for different processors must
// not share functions, of which the linker would keep one.
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <string.h>

namespace {

constexpr int kTileRows16 = 16;
constexpr int kTileRowBytes = 64;
constexpr int kTileBytes = kTileRows16 * kTileRowBytes;
constexpr int kTileCount = 8;

#ifndef DESCENT_AMX_TWIN

// As ldtilecfg takes it: palette 1.
struct alignas(64) TileConfiguration {
  uint8_t palette = 1;
  uint8_t start_row = 0;
  uint8_t reserved[14] = {};
  uint16_t row_bytes[16] = {64, 64, 64, 64, 64, 64, 64, 64};
  uint8_t rows[16] = {16, 16, 16, 16, 16, 16, 16, 16};
};
static_assert(sizeof(TileConfiguration) == 64);

constexpr TileConfiguration kTileConfiguration;

// The thread's tiles, configured as long as this lives. The permission to use them must have been given: without it
// the configuration succeeds and the next instruction ends the process.
//
// Written in assembly, which says of memory what the compiler's own functions leave out: stores to what a tile is
// loaded from stay before the load.
class Tiles {
 public:
  Tiles() { asm volatile("ldtilecfg %0" ::"m"(kTileConfiguration)); }
  ~Tiles() { asm volatile("tilerelease" ::: "memory"); }
  Tiles(const Tiles &) = delete;
  Tiles &operator=(const Tiles &) = delete;

  template <int T>
  void zero() {
    asm volatile("tilezero %%tmm%c0" ::"i"(T));
  }
  // Rows `stride` bytes apart.
  template <int T>
  void load(const void *from, ptrdiff_t stride) {
    asm volatile("tileloadd (%1,%2,1), %%tmm%c0" ::"i"(T), "r"(from), "r"(stride) : "memory");
  }
  template <int T>
  void store(void *to, ptrdiff_t stride) {
    asm volatile("tilestored %%tmm%c0, (%1,%2,1)" ::"i"(T), "r"(to), "r"(stride) : "memory");
  }
  // c += a b, a of 16 rows of 32 bfloat16, b of 16 rows of 16 pairs, which belong to two neighbouring k.
  template <int C, int A, int B>
  void product() {
    asm volatile("tdpbf16ps %%tmm%c2, %%tmm%c1, %%tmm%c0" ::"i"(C), "i"(A), "i"(B));
  }
};

#else

// AddressSanitizer need not look at what stays within tiles: it would take most of the time of their tests.
#define DESCENT_WITHIN_TILES __attribute__((no_sanitize_address))

// The same in plain C++. For each element tdpbf16ps makes two chains of fused multiply-adds from zero, of the even and
// of the odd k, adds the two and adds the sum to c, all rounded to the nearest, ties to even. What is below 2^-126 is
// zero, be it an operand or a result, whatever the thread's rounding mode says.
class Tiles {
 public:
  Tiles() = default;
  Tiles(const Tiles &) = delete;
  Tiles &operator=(const Tiles &) = delete;

  template <int T>
  void zero() {
    memset(tile_[T], 0, kTileBytes);
  }
  template <int T>
  void load(const void *from, ptrdiff_t stride) {
    for (int row = 0; row < kTileRows16; row++) {
      memcpy(tile_[T] + row * kTileRowBytes, static_cast<const char *>(from) + row * stride, kTileRowBytes);
    }
  }
  template <int T>
  void store(void *to, ptrdiff_t stride) {
    for (int row = 0; row < kTileRows16; row++) {
      memcpy(static_cast<char *>(to) + row * stride, tile_[T] + row * kTileRowBytes, kTileRowBytes);
    }
  }
  template <int C, int A, int B>
  void product() {
    multiply(tile_[C], tile_[A], tile_[B]);
  }

 private:
  static constexpr int kColumns = kTileRowBytes / 4;
  static constexpr int kPairsOfK = kTileRowBytes / 4;

  static DESCENT_WITHIN_TILES float number(uint32_t bits) {
    float x;
    memcpy(&x, &bits, sizeof x);
    return x;
  }
  static DESCENT_WITHIN_TILES uint32_t bits(float x) {
    uint32_t b;
    memcpy(&b, &x, sizeof b);
    return b;
  }
  static DESCENT_WITHIN_TILES float flushed(float x) {
    uint32_t b = bits(x);
    return number((b & 0x7F800000) == 0 ? b & 0x80000000 : b);
  }

  static DESCENT_WITHIN_TILES __attribute__((noinline)) void multiply(
      unsigned char *c, const unsigned char *a, const unsigned char *b) {
    float even_b[kPairsOfK][kColumns], odd_b[kPairsOfK][kColumns];
    for (int p = 0; p < kPairsOfK; p++) {
      for (int j = 0; j < kColumns; j++) {
        uint32_t pair;
        memcpy(&pair, b + p * kTileRowBytes + 4 * j, sizeof pair);
        even_b[p][j] = flushed(number(pair << 16));
        odd_b[p][j] = flushed(number(pair & 0xFFFF0000));
      }
    }
    for (int i = 0; i < kTileRows16; i++) {
      float even[kColumns] = {}, odd[kColumns] = {}, sum[kColumns];
      for (int p = 0; p < kPairsOfK; p++) {
        uint32_t pair;
        memcpy(&pair, a + i * kTileRowBytes + 4 * p, sizeof pair);
        float even_a = flushed(number(pair << 16)), odd_a = flushed(number(pair & 0xFFFF0000));
        for (int j = 0; j < kColumns; j++) {
          even[j] = flushed(__builtin_fmaf(even_a, even_b[p][j], even[j]));
          odd[j] = flushed(__builtin_fmaf(odd_a, odd_b[p][j], odd[j]));
        }
      }
      memcpy(sum, c + i * kTileRowBytes, sizeof sum);
      for (int j = 0; j < kColumns; j++) sum[j] = flushed(flushed(sum[j]) + flushed(even[j] + odd[j]));
      memcpy(c + i * kTileRowBytes, sum, sizeof sum);
    }
  }

  alignas(64) unsigned char tile_[kTileCount][kTileBytes];
};

#endif

}  // namespace
