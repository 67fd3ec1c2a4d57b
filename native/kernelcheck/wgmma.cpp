// kernels/cuda/matmul_wgmma.sm_90a.cu: each layout and precision on odd shapes, by few blocks that take several tiles,
// with each kind of epilogue; and the copies that operands need before.
#include <algorithm>
#include <cstring>

#include "checks.h"

// After the C++ library's headers, with whose words it plays.
#include "cudasim.h"

#include "../../kernels/cuda/tiles.cuh"

namespace checks {

namespace {

constexpr const char* kFamily = "matmul_wgmma.sm_90a";
constexpr unsigned kBlock = 384, kSharedBytes = 4 * 128 * (128 + 256) + 8 * 16 * 64 * 4 + 8 * 8;
constexpr int kTileM = 128, kTileN = 256, kLine = 128;

// As the driver numbers them.
constexpr int kBf16 = 9, kTf32 = 11, kSwizzle128 = 3, kPromote256 = 3;

int padded(int columns) { return (columns + 7) / 8 * 8; }

// What is on the device of an operand, a matrix of `rows` of `pitch` elements.
template <typename T>
struct Operand {
  Array<T> values;
  int rows, columns, pitch;
};

template <typename T>
TensorMap map_of(Device& device, const Operand<T>& operand, int box_rows) {
  TensorMap map{};
  uint64_t size[] = {uint64_t(operand.columns), uint64_t(operand.rows)}, pitch = uint64_t(operand.pitch) * sizeof(T);
  uint32_t box[] = {uint32_t(kLine / sizeof(T)), uint32_t(box_rows)}, step[] = {1, 1};
  device.require(device.call().cuTensorMapEncodeTiled(&map, sizeof(T) == 2 ? kBf16 : kTf32, 2, operand.values.at(), size,
                                                      &pitch, box, step, 0, kSwizzle128, kPromote256, 0),
                 "cuTensorMapEncodeTiled");
  return map;
}

uint32_t bits_of(float value) {
  uint32_t bits;
  std::memcpy(&bits, &value, sizeof bits);
  return bits;
}

// To the nearest of 8 bits, ties to even.
uint16_t nearest_bf16(float value) {
  uint32_t bits = bits_of(value);
  return uint16_t((bits + 0x7fff + (bits >> 16 & 1)) >> 16);
}

// To the nearest of 11 bits, ties away from 0.
uint32_t nearest_tf32(float value) { return (bits_of(value) + 0x1000) & 0xffffe000u; }

Operand<uint16_t> packed(Device& device, const std::vector<float>& values, int rows, int columns, size_t shift) {
  Array<float> in(device, values, shift);
  int pitch = padded(columns);
  auto out = Array<uint16_t>::unwritten(device, size_t(rows) * pitch);
  device.run(kFamily, "pack_bf16", Grid{2}, kThreads, 0, rows, columns, pitch, (const float*)in.at(), out.at());
  std::vector<uint16_t> expected(size_t(rows) * pitch);
  for (int i = 0; i < rows; i++) {
    for (int j = 0; j < columns; j++) {
      expected[size_t(i) * pitch + j] = nearest_bf16(values[size_t(i) * columns + j]);
    }
  }
  check(out.read() == expected, "pack_bf16 of " + std::to_string(rows) + " x " + std::to_string(columns));
  return {std::move(out), rows, columns, pitch};
}

// An operand in TF32, that lies along k or is transposed.
Operand<float> along(Device& device, const std::vector<float>& values, int lines, int k, bool across) {
  int pitch = padded(k);
  std::vector<float> rows(size_t(lines) * pitch, 0);
  if (!across) {
    for (int i = 0; i < lines; i++) {
      std::copy_n(values.begin() + i * k, k, rows.begin() + i * pitch);
    }
    return {Array<float>(device, rows), lines, k, pitch};
  }
  Array<float> in(device, values), out(device, rows);
  device.run(kFamily, "transpose_tf32", Grid{ceil_div(size_t(lines), kWarp), 2}, kThreads, 0, k, lines, pitch,
             (const float*)in.at(), out.at());
  std::vector<float> actual = out.read();
  bool right = true;
  for (int i = 0; i < lines; i++) {
    for (int l = 0; l < pitch; l++) {
      uint32_t expected = l < k ? nearest_tf32(values[size_t(l) * lines + i]) : 0;
      right &= bits_of(actual[size_t(i) * pitch + l]) == expected;
    }
  }
  check(right, "transpose_tf32 of " + std::to_string(k) + " x " + std::to_string(lines));
  return {std::move(out), lines, k, pitch};
}

enum Kind { BIAS, ACTIVATED, DERIVED };

void product(Device& device, bool bf16, bool transpose_a, bool transpose_b, int m, int n, int k, Kind kind) {
  size_t size = size_t(m) * n, shift = size_t(kind == ACTIVATED);
  std::vector<float> a = random_floats(size_t(m) * k), b = random_floats(size_t(k) * n);
  std::vector<float> bias = random_floats(size_t(n)), saved = random_floats(size);
  Array<float> shifts(device, bias, shift), derived(device, saved, shift);
  auto out = Array<float>::unwritten(device, size, shift);
  auto activated = Array<float>::unwritten(device, size, shift);
  Product p{};
  p.out = out.at();
  p.bias = kind == DERIVED ? nullptr : shifts.at();
  p.activated = kind == ACTIVATED ? activated.at() : nullptr;
  p.saved = kind == DERIVED ? derived.at() : nullptr;
  p.m = m;
  p.n = n;
  p.k = k;
  p.which = kind == ACTIVATED ? RELU : kind == DERIVED ? SIGMOID : LINEAR;
  Grid grid{std::min(3u, ceil_div(size_t(m), kTileM) * ceil_div(size_t(n), kTileN))};
  std::string layout = std::string(1, transpose_a ? 't' : 'n') + (transpose_b ? 't' : 'n');
  if (bf16) {
    Operand<uint16_t> left = packed(device, a, transpose_a ? k : m, transpose_a ? m : k, shift);
    Operand<uint16_t> right = packed(device, b, transpose_b ? n : k, transpose_b ? k : n, shift);
    device.run(kFamily, "matmul_wgmma_bf16_" + layout, grid, kBlock, kSharedBytes,
               map_of(device, left, transpose_a ? 64 : kTileM), map_of(device, right, transpose_b ? kTileN : 64), p);
  } else {
    Operand<float> left = along(device, a, m, k, transpose_a), right = along(device, b, n, k, !transpose_b);
    device.run(kFamily, "matmul_wgmma_tf32_nt", grid, kBlock, kSharedBytes, map_of(device, left, kTileM),
               map_of(device, right, kTileN), p);
  }

  // Each factor is rounded to 8 bits, or to 11.
  double rounding = bf16 ? 0x1.02p-7 : 0x1.01p-10;
  std::vector<double> expected(size), tolerance(size);
  for (int i = 0; i < m; i++) {
    for (int j = 0; j < n; j++) {
      double sum = 0, scale = 0;
      for (int l = 0; l < k; l++) {
        double term = double(a[size_t(transpose_a ? l * m + i : i * k + l)]) *
                      double(b[size_t(transpose_b ? j * k + l : l * n + j)]);
        sum += term;
        scale += std::fabs(term);
      }
      size_t at = size_t(i) * n + j;
      double factor = kind == DERIVED ? slope(SIGMOID, double(saved[at])) : 1;
      double more = kind == DERIVED ? 0 : double(bias[size_t(j)]);
      expected[at] = (sum + more) * factor;
      tolerance[at] = product_tolerance(scale, k, rounding, factor);
    }
  }
  std::string what = std::string("wgmma ") + (bf16 ? "bf16 " : "tf32 ") + layout + " " + std::to_string(m) + " x " +
                     std::to_string(n) + " x " + std::to_string(k) + ", epilogue " + std::to_string(kind);
  std::vector<float> actual = out.read();
  check_close(actual, expected, tolerance, what);
  if (kind == ACTIVATED) {
    std::vector<double> active(size);
    for (size_t i = 0; i < size; i++) active[i] = activation(RELU, double(actual[i]));
    check_close(activated.read(), active, 0, what + ", activated");
  }
}

}  // namespace

void wgmma_products(Device& device) {
  // The ring goes round more than once, a block has more than one tile, the last tiles are parts of one.
  constexpr int kShapes[][3] = {{1, 1, 1}, {7, 12, 70}, {130, 257, 33}, {65, 260, 520}, {300, 520, 24}};
  int round = 0;
  for (const auto& [m, n, k] : kShapes) {
    for (bool bf16 : {true, false}) {
      for (bool transpose_a : {false, true}) {
        for (bool transpose_b : {false, true}) product(device, bf16, transpose_a, transpose_b, m, n, k, Kind(round++ % 3));
      }
    }
  }
}

}  // namespace checks
