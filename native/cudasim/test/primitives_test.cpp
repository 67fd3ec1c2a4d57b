// Each primitive against plain loops, on random numbers, in the order of threads that the environment
// asks for.
#include <algorithm>
#include <cstring>
#include <numeric>

#include "check.h"

namespace {

std::vector<int> random_ints(size_t count, int bound) {
  std::uniform_int_distribution<int> distribution(0, bound - 1);
  std::vector<int> values(count);
  for (int& value : values) value = distribution(random_source());
  return values;
}

// Distances are within float's rounding of a few operations on numbers up to 1.
constexpr double kRounding = 1e-6;

void saxpy() {
  for (int n : {1, 7, 255, 256, 257, 1000}) {
    std::vector<float> x = random_floats(size_t(n)), y = random_floats(size_t(n)), expected = y;
    for (int i = 0; i < n; i++) expected[size_t(i)] = std::fma(2.5f, x[size_t(i)], expected[size_t(i)]);
    launch_well("saxpy", (n + 255) / 256, 256, 0, 2.5f, (const float*)x.data(), y.data(), n);
    check_close(y, expected, 0, "saxpy");
  }
}

void indices() {
  std::vector<int> out(2 * 3 * 4 * 5 * 2 * 3, -1), expected;
  for (int bz = 0; bz < 4; bz++)
    for (int by = 0; by < 3; by++)
      for (int bx = 0; bx < 2; bx++)
        for (int z = 0; z < 3; z++)
          for (int y = 0; y < 2; y++)
            for (int x = 0; x < 5; x++)
              expected.push_back(((((bz * 10 + by) * 10 + bx) * 10 + z) * 10 + y) * 10 + x);
  launch_well("indices", dim3(2, 3, 4), dim3(5, 2, 3), 0, out.data());
  check(out == expected, "indices");
}

void backwards() {
  for (int threads : {1, 31, 32, 33, 100, 1024}) {
    std::vector<int> in = random_ints(size_t(threads) * 5, 1000), out(in.size(), -1), expected = in;
    for (int b = 0; b < 5; b++) {
      std::reverse(expected.begin() + b * threads, expected.begin() + (b + 1) * threads);
    }
    launch_well("backwards", 5, threads, 0, (const int*)in.data(), out.data());
    check(out == expected, "backwards, " + std::to_string(threads));
  }
}

void block_sums() {
  for (int threads : {1, 2, 64, 512}) {
    std::vector<float> in = random_floats(size_t(threads) * 9), out(9, NAN);
    std::vector<double> expected(9);
    for (size_t i = 0; i < in.size(); i++) expected[i / size_t(threads)] += double(in[i]);
    launch_well("block_sums", 9, threads, unsigned(threads) * 4, (const float*)in.data(), out.data());
    check_close(out, expected, kRounding * threads, "block_sums");
  }
}

void odd() {
  for (int bound : {1, 2, 100}) {
    std::vector<int> in = random_ints(3 * 70, bound), out(3 * in.size(), -1);
    if (bound == 2) std::fill(in.begin(), in.end(), 1);
    launch_well("odd", 3, 70, 0, (const int*)in.data(), out.data());
    for (size_t i = 0; i < in.size(); i++) {
      auto first = in.begin() + long(i / 70 * 70);
      long count = std::count_if(first, first + 70, [](int v) { return v & 1; });
      check(out[3 * i] == count && out[3 * i + 1] == (count > 0) && out[3 * i + 2] == (count == 70),
            "odd, bound " + std::to_string(bound));
    }
  }
}

void warp_operations() {
  for (int width : {2, 8, 32}) {
    for (int delta : {0, 1, 5, 31}) {
      std::vector<int> in = random_ints(64, 6), out(640, -1);
      launch_well("warp_operations", 1, 64, 0, (const int*)in.data(), out.data(), width, delta);
      for (int t = 0; t < 64; t++) {
        int warp = t / 32 * 32, lane = t % 32, first = lane / width * width, last = first + width - 1;
        auto value = [&](int l) { return in[size_t(warp + l)]; };
        unsigned ballot = 0, match = 0;
        int sum = 0, largest = 0;
        for (int l = 0; l < 32; l++) {
          ballot |= unsigned(value(l) & 1) << l;
          match |= unsigned((value(l) & 3) == (value(lane) & 3)) << l;
          sum += value(l);
          largest = std::max(largest, value(l));
        }
        bool three = std::count(in.begin() + warp, in.begin() + warp + 32, 3);
        int expected[] = {value(first + delta % width),
                          value(lane - delta >= first ? lane - delta : lane),
                          value(lane + delta <= last ? lane + delta : lane),
                          // A higher part of the warp can't be read, a lower one can.
                          value((lane ^ delta) <= last ? lane ^ delta : lane),
                          int(ballot), three, 1, int(match), sum, largest};
        for (int i = 0; i < 10; i++) {
          check(out[size_t(10 * t + i)] == expected[i],
                "warp operation " + std::to_string(i) + ", width " + std::to_string(width) +
                    ", delta " + std::to_string(delta) + ", thread " + std::to_string(t));
        }
      }
    }
  }
}

void half_warps() {
  std::vector<float> in = random_floats(32), out(2, NAN);
  launch_well("half_warps", 1, 32, 0, (const float*)in.data(), out.data());
  std::vector<double> expected = {std::accumulate(in.begin(), in.begin() + 16, 0.0),
                                  double(*std::max_element(in.begin() + 16, in.end()))};
  check_close(out, expected, 16 * kRounding, "half_warps");
}

void atomics() {
  int n = 5000;
  std::vector<int> in = random_ints(size_t(n), 1 << 20);
  std::vector<unsigned> counts(18), tickets(size_t(n), 0), expected(18);
  float sum = 0;
  int largest = -1;
  launch_well("atomics", 20, 256, 0, (const int*)in.data(), counts.data(), &sum, &largest,
              tickets.data(), n);
  for (int value : in) {
    expected[size_t(value % 16)]++;
    expected[16]++;
    expected[17] ^= unsigned(value);
  }
  check(counts == expected, "atomicAdd and atomicCAS");
  check(sum == float(n), "atomicAdd of floats");
  check(largest == *std::max_element(in.begin(), in.end()), "atomicMax");
  std::sort(tickets.begin(), tickets.end());
  for (size_t i = 0; i < tickets.size(); i++) check(tickets[i] == i, "tickets");
}

void conversions() {
  std::vector<float> in = random_floats(2000);
  for (size_t i = 0; i < in.size(); i++) in[i] *= float(std::exp2(int(i % 60) - 20));
  // Halves, ties of bf16, numbers that are too large, and what is no number.
  for (float x : {0.5f, 1.5f, 2.5f, -0.5f, -1.5f, 3e9f, -3e9f, 0.0f, -0.0f, 1.00390625f, 1.01171875f,
                  INFINITY, NAN}) {
    in.push_back(x);
  }
  int n = int(in.size());
  std::vector<int> out(8 * in.size(), -1);
  launch_well("conversions", (n + 127) / 128, 128, 0, (const float*)in.data(), out.data(), n);
  auto clamped = [](double x, double low, double high) {
    return x != x ? 0 : int(unsigned(int64_t(std::clamp(x, low, high))));
  };
  for (size_t i = 0; i < in.size(); i++) {
    double x = double(in[i]), low = -2147483648.0, high = 2147483647.0;
    volatile float square = in[i] * in[i], difference = square - in[i];
    float plain = difference, fused = std::fma(in[i], in[i], -in[i]);
    auto same = [&](float expected, int bits) {
      int wanted;
      std::memcpy(&wanted, &expected, 4);
      return expected != expected || wanted == bits;
    };
    const int* mine = out.data() + 8 * i;
    bool holds = mine[0] == clamped(std::nearbyint(x), low, high) &&
                 mine[1] == clamped(std::trunc(x), low, high) &&
                 mine[2] == clamped(std::floor(x), low, high) &&
                 mine[3] == clamped(std::ceil(x), low, high) &&
                 mine[4] == clamped(std::nearbyint(x), 0, 4294967295.0) && same(plain, mine[5]) &&
                 same(fused, mine[6]);
    check(holds, "conversion of " + std::to_string(x));
    // The nearest of bf16, and the even one of two.
    unsigned bf16 = unsigned(mine[7]);
    auto back = [](unsigned bits) {
      bits <<= 16;
      float value;
      std::memcpy(&value, &bits, 4);
      return double(value);
    };
    if (!std::isfinite(x)) {
      check(x != x ? back(bf16) != back(bf16) : back(bf16) == x, "bf16 of no number");
      continue;
    }
    double error = std::fabs(back(bf16) - x);
    double below = std::fabs(back(bf16 - 1) - x), above = std::fabs(back(bf16 + 1) - x);
    bool nearest = (bf16 & 0x7fff) == 0 || (error <= below && error <= above);
    bool even = !(error == below || error == above) || bf16 % 2 == 0;
    check(nearest && even, "bf16 of " + std::to_string(x));
  }
}

void bit_operations() {
  std::vector<unsigned> in(2000);
  for (unsigned& value : in) value = unsigned(random_source()());
  in[0] = 0, in[2] = 0xffffffffu, in[4] = 1u << 31;
  int n = int(in.size()) / 2;
  std::vector<unsigned> out(size_t(n) * 9, 77);
  launch_well("bit_operations", (n + 63) / 64, 64, 0, (const unsigned*)in.data(), out.data(), n);
  for (size_t i = 0; i < size_t(n); i++) {
    unsigned a = in[2 * i], b = in[2 * i + 1], bits = 0, leading = 0, first = 0, reversed = 0;
    for (unsigned j = 0; j < 32; j++) {
      bits += a >> j & 1;
      if (a >> j & 1) reversed |= 1u << (31 - j);
      if ((a >> j & 1) && !first) first = j + 1;
    }
    while (leading < 32 && !(a >> (31 - leading) & 1)) leading++;
    uint64_t product = uint64_t(a) * b;
    int64_t signed_product = int64_t(int(a)) * int(b);
    // Selector 0x6152: bytes 2, 5, 1, 6 of b:a, the lowest first.
    unsigned permuted = (a >> 16 & 255) | (b >> 8 & 255) << 8 | (a >> 8 & 255) << 16 | (b >> 16 & 255) << 24;
    unsigned shift = a & 31;
    unsigned left = shift ? b << shift | a >> (32 - shift) : b;
    unsigned right = shift ? a >> shift | b << (32 - shift) : a;
    unsigned expected[] = {bits, leading, first, reversed, unsigned(product >> 32),
                           unsigned(signed_product >> 32), permuted, left, right};
    for (size_t j = 0; j < 9; j++) {
      check(out[9 * i + j] == expected[j], "bit operation " + std::to_string(j));
    }
  }
}

void copies() {
  for (const char* kernel : {"copy4", "copy8", "copy16"}) {
    for (int n : {1, 2, 3, 4, 255, 256, 257, 1000, 1024}) {
      // Exactly n, so that a sanitizer sees a read too far.
      std::vector<float> in = random_floats(size_t(n));
      std::vector<float> out((size_t(n) + 255) / 256 * 256, NAN), expected(out.size(), 0.0f);
      std::copy(in.begin(), in.end(), expected.begin());
      launch_well(kernel, 1, 64, 0, (const float*)in.data(), out.data(), n);
      check_close(out, expected, 0, std::string(kernel) + " of " + std::to_string(n));
    }
  }
}

// The upper 19 bits of a float, after rounding to the nearest if asked for.
double tf32(float x, bool rounded) {
  double scale = std::exp2(10 - std::ilogb(x));
  return rounded ? std::round(double(x) * scale) / scale : std::trunc(double(x) * scale) / scale;
}

void multiply_tf32() {
  for (int rounded : {0, 1}) {
    std::vector<float> a = random_floats(128), b = random_floats(64), d(128, NAN);
    std::vector<double> expected(128);
    for (size_t i = 0; i < 16; i++)
      for (size_t j = 0; j < 8; j++)
        for (size_t k = 0; k < 8; k++)
          expected[i * 8 + j] += tf32(a[i * 8 + k], rounded) * tf32(b[k * 8 + j], rounded);
    launch_well("multiply_tf32", 1, 32, 0, (const float*)a.data(), (const float*)b.data(), d.data(),
                rounded);
    check_close(d, expected, 8 * kRounding, rounded ? "tf32 rounded" : "tf32 cut off");
  }
}

void multiply_bf16() {
  // Whole numbers up to 16 are exact in bf16, and their sums in float.
  std::vector<int> whole_a = random_ints(256, 17), whole_b = random_ints(128, 17);
  auto bf16 = [](const std::vector<int>& values) {
    std::vector<uint16_t> result;
    for (int value : values) {
      float x = float(value);
      uint32_t bits;
      std::memcpy(&bits, &x, 4);
      result.push_back(uint16_t(bits >> 16));
    }
    return result;
  };
  std::vector<uint16_t> a = bf16(whole_a), b = bf16(whole_b);
  std::vector<float> d(128, NAN);
  std::vector<double> expected(128);
  for (size_t i = 0; i < 16; i++)
    for (size_t j = 0; j < 8; j++)
      for (size_t k = 0; k < 16; k++) expected[i * 8 + j] += whole_a[i * 16 + k] * whole_b[k * 8 + j];
  launch_well("multiply_bf16", 1, 32, 0, (const void*)a.data(), (const void*)b.data(), d.data());
  check_close(d, expected, 0, "bf16 by ldmatrix");
}

void load_matrix() {
  std::vector<uint16_t> in(64);
  for (uint16_t& value : in) value = uint16_t(random_source()());
  std::vector<uint32_t> out(64), expected(64);
  for (size_t lane = 0; lane < 32; lane++) {
    size_t i = lane / 4, j = lane % 4 * 2;
    expected[lane] = in[i * 8 + j] | uint32_t(in[i * 8 + j + 1]) << 16;
    expected[32 + lane] = in[j * 8 + i] | uint32_t(in[(j + 1) * 8 + i]) << 16;
  }
  launch_well("load_matrix", 1, 32, 0, (const uint16_t*)in.data(), out.data());
  check(out == expected, "ldmatrix");
}

void grid_barrier() {
  unsigned arrived = 0;
  for (unsigned blocks : {1u, 2u, 7u}) {
    arrived = 0;
    std::vector<unsigned> values(blocks), next(blocks, 99), expected;
    for (unsigned& value : values) value = unsigned(random_source()());
    expected = values;
    for (int round = 0; round < 10; round++) {
      std::vector<unsigned> before = expected;
      for (unsigned i = 0; i < blocks; i++) {
        expected[i] = before[(i + 1) % blocks] + before[(i + blocks - 1) % blocks];
      }
    }
    unsigned *v = values.data(), *n = next.data(), *a = &arrived;
    int rounds = 5;
    void* parameters[] = {&v, &n, &a, &rounds};
    cudasim::Launch launch{cudasim::find_kernel("neighbours"), blocks, 64, 0, parameters};
    launch.cooperative = true;
    cudasim::set_order_from_environment(launch);
    // Twice with the same counter, which need not be set back.
    for (int times = 0; times < 2; times++) {
      std::string wrong = cudasim::run(launch);
      check(wrong.empty(), wrong);
    }
    check(values == expected, "grid_barrier of " + std::to_string(blocks) + " blocks");
  }
}

}  // namespace

int main() {
  load_kernels("primitives");
  saxpy();
  indices();
  backwards();
  block_sums();
  odd();
  warp_operations();
  half_warps();
  atomics();
  conversions();
  bit_operations();
  copies();
  multiply_tf32();
  multiply_bf16();
  load_matrix();
  grid_barrier();
  return result();
}
