// Barriers in shared memory, bulk copies and wgmma against plain loops, in the order of threads that the environment
// asks for; then their bugs, each of which is found.
#include <algorithm>
#include <cmath>
#include <cstring>

#include "check.h"

#include <cudasim.h>

namespace {

// As kernels/cuda/ptx.cuh has it.
struct alignas(64) TensorMap {
  cudasim::EncodedTensorMap map;
  char rest[128 - sizeof(cudasim::EncodedTensorMap)];
};

template <typename T>
TensorMap map_of(const std::vector<T>& matrix, size_t columns, size_t pitch, uint32_t across, uint32_t down,
                 bool swizzles = true, bool tf32 = false) {
  TensorMap result{};
  result.map = {cudasim::EncodedTensorMap::kMark, sizeof(T), tf32, swizzles, 2,
                reinterpret_cast<uintptr_t>(matrix.data()), {columns, matrix.size() / pitch}, pitch * sizeof(T),
                {across, down}};
  return result;
}

// By the published pattern: 16-byte parts of 128-byte rows change places by the row's number modulo 8.
void boxes() {
  constexpr int kRows = 21, kColumns = 43, kPitch = 44, kAcross = 32, kDown = 16;
  std::vector<float> matrix = random_floats(kRows * kPitch);
  for (bool swizzles : {false, true}) {
    for (auto [x, y] : {std::pair(0, 0), {5, 3}, {30, 10}, {-3, -2}, {50, 0}}) {
      std::vector<float> out(kAcross * kDown, 7), expected(out.size());
      for (int i = 0; i < kDown; i++) {
        for (int j = 0; j < kAcross; j++) {
          int row = y + i, column = x + j, part = swizzles ? j / 4 ^ i % 8 : j / 4;
          bool inside = row >= 0 && row < kRows && column >= 0 && column < kColumns;
          expected[size_t(i * kAcross + part * 4 + j % 4)] = inside ? matrix[size_t(row * kPitch + column)] : 0;
        }
      }
      launch_well("copy_box", 1, 64, 2048 + 8, map_of(matrix, kColumns, kPitch, kAcross, kDown, swizzles), x, y, 2048u,
                  out.data());
      check(out == expected, "copy_box at " + std::to_string(x) + ", " + std::to_string(y));
    }
  }
}

void ring() {
  std::vector<int> sums(32, -1);
  launch_well("ring", 1, 64, 2 * 32 * 4 + 4 * 8, 9, sums.data());
  check(sums == std::vector<int>(32, 36), "ring");
}

void products() {
  constexpr int M = 64, N = 256;
  constexpr unsigned kShared = (M + N) * 128 + 8;
  struct Case {
    const char* name;
    int depth;
    bool tf32, across;
  } cases[] = {{"wgmma_tf32_nt", 32, true, false}, {"wgmma_bf16_nt", 64, false, false}, {"wgmma_bf16_tn", 16, false, true}};
  for (const Case& one : cases) {
    for (int accumulate : {0, 1}) {
      size_t depth = size_t(one.depth);
      std::vector<float> a = random_floats(M * depth), b = random_floats(N * depth), out = random_floats(M * N);
      // To what the operands have of bits, so that products are exact.
      std::vector<uint16_t> a_short(a.size()), b_short(b.size());
      auto cut = [&](std::vector<float>& values, std::vector<uint16_t>& shorts) {
        for (size_t i = 0; i < values.size(); i++) {
          uint32_t bits;
          std::memcpy(&bits, &values[i], 4);
          bits &= one.tf32 ? 0xffffe000u : 0xffff0000u;
          std::memcpy(&values[i], &bits, 4);
          shorts[i] = uint16_t(bits >> 16);
        }
      };
      cut(a, a_short), cut(b, b_short);
      std::vector<double> expected(M * N);
      for (size_t i = 0; i < M; i++) {
        for (size_t j = 0; j < N; j++) {
          double sum = accumulate ? double(out[i * N + j]) : 0;
          for (size_t k = 0; k < depth; k++) {
            sum += double(a[one.across ? k * M + i : i * depth + k]) * double(b[one.across ? k * N + j : j * depth + k]);
          }
          expected[i * N + j] = sum;
        }
      }
      if (one.tf32) {
        launch_well(one.name, 1, 128, kShared, map_of(a, depth, depth, 32, M), map_of(b, depth, depth, 32, N),
                    out.data(), accumulate);
      } else if (one.across) {
        launch_well(one.name, 1, 128, kShared, map_of(a_short, M, M, 64, 16), map_of(b_short, N, N, 64, 16),
                    out.data(), accumulate);
      } else {
        launch_well(one.name, 1, 128, kShared, map_of(a_short, depth, depth, 64, M), map_of(b_short, depth, depth, 64, N),
                    out.data(), accumulate);
      }
      check_close(out, expected, 1e-5, one.name);
    }
  }
}

void bugs() {
  std::vector<float> zeros(16 * 32), out(128);
  auto complains = [&](const char* kernel, int bug, const char* words) {
    std::string wrong = launch(kernel, 1, 128, 256 * 128 + 8, map_of(zeros, 32, 32, 32, 16), bug, out.data());
    check(wrong.find(words) != std::string::npos, std::string(kernel) + ": '" + words + "' is not in: " + wrong);
  };
  auto is_poison = [&](const char* kernel, int bug) {
    launch_well(kernel, 1, 128, 256 * 128 + 8, map_of(zeros, 32, 32, 32, 16), bug, out.data());
    check(std::any_of(out.begin(), out.end(), [](float x) { return std::isnan(x); }), std::string(kernel) + ": no poison");
  };
  enum { NO_WAIT, NO_FENCE, NO_EXPECT, TOO_MUCH, TOO_MANY, NOT_PREPARED, TWICE, MISALIGNED, NO_MAP };
  // A thread may find out late that the copy has come, so a single order need not show it.
  if (!std::getenv("CUDASIM_ORDER") || std::strcmp(std::getenv("CUDASIM_ORDER"), "random")) is_poison("copy_bug", NO_WAIT);
  complains("copy_bug", NO_FENCE, "no fence has shown to it");
  complains("copy_bug", NO_EXPECT, "of which the mbarrier expects 0");
  complains("copy_bug", TOO_MUCH, "wait at the mbarrier");
  complains("copy_bug", TOO_MUCH, "misses 0 of 1 arrivals and 2048 bytes");
  complains("copy_bug", TOO_MANY, "more than the 1 arrivals");
  complains("copy_bug", NOT_PREPARED, "nobody has prepared");
  complains("copy_bug", TWICE, "prepared twice");
  complains("copy_bug", MISALIGNED, "not aligned to 128");
  complains("copy_bug", NO_MAP, "no tensor map");
  enum { RIGHT, READ_EARLY, CHANGED_EARLY, UNFENCED, UNCOMMITTED, DIFFERENT, OF_SOME, UNSWIZZLED, OVERWRITTEN };
  launch_well("product_bug", 1, 128, 256 * 128 + 8, map_of(zeros, 32, 32, 32, 16), int(RIGHT), out.data());
  check(out == std::vector<float>(128, 1), "product_bug without a bug");
  is_poison("product_bug", READ_EARLY);
  is_poison("product_bug", OVERWRITTEN);
  complains("product_bug", CHANGED_EARLY, "changed before wgmma.wait_group");
  complains("product_bug", UNFENCED, "without wgmma.fence");
  complains("product_bug", UNCOMMITTED, "ends before the wgmma");
  complains("product_bug", DIFFERENT, "start different wgmma");
  complains("product_bug", OF_SOME, "wait at the rest of the warpgroup");
  complains("product_bug", UNSWIZZLED, "not in the 128-byte swizzle");
}

}  // namespace

int main() {
  load_kernels("hopper");
  boxes();
  ring();
  products();
  bugs();
  return result();
}
