// The tile instructions of amx_tiles.h against what Intel's manual says of them, in numbers. Built twice: with
// DESCENT_AMX_TWIN for the twin, without it for the processor's own, where it has them.
//
// usage: descent_cpu_tiles_test [SEED]
#include "amx_tiles.h"

#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <limits>
#include <random>
#include <string>

#include "descent_cpu.h"

namespace {

constexpr int kSide = 16;
constexpr int kDepth = 32;

std::mt19937 random_bits;
int checks = 0;
int failures = 0;

void check(bool good, const char *what) {
  checks++;
  if (good) return;
  if (++failures <= 20) std::printf("FAIL %s\n", what);
}

uint32_t bits_of(float x) {
  uint32_t bits;
  std::memcpy(&bits, &x, sizeof bits);
  return bits;
}

// A number that has no more than 8 significant bits.
uint16_t bf16(float x) { return static_cast<uint16_t>(bits_of(x) >> 16); }

float back(uint16_t x) {
  uint32_t bits = static_cast<uint32_t>(x) << 16;
  float y;
  std::memcpy(&y, &bits, sizeof y);
  return y;
}

struct alignas(64) Operands {
  uint16_t a[kSide][kDepth] = {};
  uint16_t b[kSide][kSide][2] = {};  // pair, column, which of the pair
  float c[kSide][kSide] = {};

  void set(int i, int j, int k, float x, float y) {
    a[i][k] = bf16(x);
    b[k / 2][j][k % 2] = bf16(y);
  }
};

void multiply(Operands &x) {
  Tiles tiles;
  tiles.load<1>(x.c, sizeof x.c[0]);
  tiles.load<4>(x.a, sizeof x.a[0]);
  tiles.load<7>(x.b, sizeof x.b[0]);
  tiles.product<1, 4, 7>();
  tiles.store<1>(x.c, sizeof x.c[0]);
}

// Small whole numbers, of which every sum is exact.
void whole_numbers() {
  Operands x;
  double want[kSide][kSide];
  auto small = [] { return static_cast<float>(static_cast<int>(random_bits() % 31) - 15); };
  for (auto &row : x.a) {
    for (auto &e : row) e = bf16(small());
  }
  for (auto &row : x.b) {
    for (auto &pair : row) pair[0] = bf16(small()), pair[1] = bf16(small());
  }
  for (int i = 0; i < kSide; i++) {
    for (int j = 0; j < kSide; j++) {
      x.c[i][j] = small();
      want[i][j] = x.c[i][j];
      for (int k = 0; k < kDepth; k++) want[i][j] += static_cast<double>(back(x.a[i][k])) * back(x.b[k / 2][j][k % 2]);
    }
  }
  multiply(x);
  bool good = true;
  for (int i = 0; i < kSide; i++) {
    for (int j = 0; j < kSide; j++) good = good && x.c[i][j] == want[i][j];
  }
  check(good, "whole numbers");
}

// The order of the sum, to the bit, and the distance from float64.
void random_numbers() {
  Operands x;
  auto number = [] { return back(static_cast<uint16_t>(0x3000 + random_bits() % 0x1400 + (random_bits() % 2) * 0x8000)); };
  for (auto &row : x.a) {
    for (auto &e : row) e = bf16(number());
  }
  for (auto &row : x.b) {
    for (auto &pair : row) pair[0] = bf16(number()), pair[1] = bf16(number());
  }
  for (auto &row : x.c) {
    for (auto &e : row) e = number();
  }
  Operands before = x;
  multiply(x);
  bool same = true, near = true;
  for (int i = 0; i < kSide; i++) {
    for (int j = 0; j < kSide; j++) {
      float chain[2] = {0, 0};
      double sum = before.c[i][j], scale = std::fabs(sum);
      for (int k = 0; k < kDepth; k++) {
        float l = back(before.a[i][k]), r = back(before.b[k / 2][j][k % 2]);
        chain[k % 2] = std::fma(l, r, chain[k % 2]);
        sum += static_cast<double>(l) * r;
        scale += std::fabs(static_cast<double>(l) * r);
      }
      float both = chain[0] + chain[1];
      same = same && bits_of(x.c[i][j]) == bits_of(before.c[i][j] + both);
      near = near && std::fabs(x.c[i][j] - sum) <= 18 * 0x1p-24 * scale;
    }
  }
  check(same, "two chains, their sum, then c");
  check(near, "near float64");
}

void facts() {
  constexpr float kBig = 0x1p30f;
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  Operands x;
  // In one chain the one is lost, in two it is not.
  for (int k : {0, 2, 4}) x.set(0, 0, k, k == 4 ? -kBig : k == 0 ? kBig : 1, 1);
  x.set(1, 1, 0, 1, 0);
  for (int k : {0, 1, 2}) {
    x.a[2][k] = bf16(k == 1 ? 1 : k == 0 ? kBig : -kBig);
    x.b[k / 2][2][k % 2] = bf16(1);
  }
  multiply(x);
  check(x.c[0][0] == 0, "a term that a chain loses");
  check(x.c[2][2] == 1, "a term of the other chain");

  Operands tiny;
  tiny.set(0, 0, 0, 0x1p-127f, kBig);  // an operand
  tiny.set(1, 1, 2, 0x1p-100f, 0x1p-30f);  // a result
  tiny.c[2][2] = 0x1p-130f;
  tiny.set(3, 3, 4, 0x1p-96f, 0x1p-30f);  // the least that is kept
  tiny.set(4, 4, 6, 0x1p-120f, 0x1.8p-6f);
  tiny.c[4][4] = -0x1p-126f;  // a sum
  multiply(tiny);
  check(tiny.c[0][0] == 0, "an operand below 2^-126 is zero");
  check(tiny.c[1][1] == 0, "a result below 2^-126 is zero");
  check(tiny.c[2][2] == 0, "what is added to below 2^-126 is zero");
  check(tiny.c[3][3] == 0x1p-126f, "2^-126 is kept");
  check(tiny.c[4][4] == 0, "a difference below 2^-126 is zero");

  Operands wild;
  wild.set(0, 0, 0, kInfinity, -2);
  wild.a[1][0] = bf16(kInfinity);
  wild.b[0][1][0] = bf16(0);
  wild.c[2][2] = kInfinity;
  wild.set(3, 3, 2, 0x1p100f, 0x1p100f);
  multiply(wild);
  check(wild.c[0][0] == -kInfinity, "infinity times a number");
  check(std::isnan(wild.c[1][1]), "infinity times zero");
  check(wild.c[2][2] == kInfinity, "infinity is added to");
  check(wild.c[3][3] == kInfinity, "a product above the largest number");
}

// Rows that lie apart, and tiles that are not named.
void memory() {
  constexpr int kApart = 29;
  alignas(64) float from[kSide * kApart], to[kSide * kApart], zeros[kSide][kSide];
  for (float &e : from) e = static_cast<float>(random_bits() % 1000);
  for (float &e : to) e = -1;
  for (auto &row : zeros) {
    for (float &e : row) e = -1;
  }
  {
    Tiles tiles;
    tiles.load<0>(from, kApart * sizeof(float));
    tiles.zero<3>();
    tiles.store<0>(to, kApart * sizeof(float));
    tiles.store<3>(zeros, sizeof zeros[0]);
  }
  bool good = true;
  for (int i = 0; i < kSide * kApart; i++) good = good && to[i] == (i % kApart < kSide ? from[i] : -1);
  for (auto &row : zeros) {
    for (float e : row) good = good && bits_of(e) == 0;
  }
  check(good, "rows that lie apart");
}

#ifndef DESCENT_AMX_TWIN
bool listed() {
  std::ifstream file("/proc/cpuinfo");
  std::string word;
  while (file >> word) {
    if (word == "amx_bf16") return true;
  }
  return false;
}
#endif

}  // namespace

int main(int count, char **arguments) {
  unsigned seed = count > 1 ? static_cast<unsigned>(std::strtoul(arguments[1], nullptr, 10)) : std::random_device()();
  random_bits.seed(seed);
#ifndef DESCENT_AMX_TWIN
  int refused = descent_cpu_amx_permission();
  if (refused != 0) {
    std::printf("tiles: NOT TESTED, %s\n", (descent_cpu_features() & DESCENT_CPU_AMX_BF16) == 0
                                               ? "this machine lacks AMX"
                                               : std::strerror(refused));
    // Where the processor has them, a test that is left out is a failure.
    return listed() ? 1 : 0;
  }
#endif
  for (int i = 0; i < 50; i++) {
    whole_numbers();
    random_numbers();
  }
  facts();
  memory();
  std::printf("%d checks, %d failed; seed %u\n", checks, failures, seed);
  return failures == 0 ? 0 : 1;
}
