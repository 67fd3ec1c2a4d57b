// Instructions that compute, against what C++ and the processor make of the same operands.
#include <bit>
#include <cfenv>
#include <functional>

#include "ptxsim_test.h"

namespace {

constexpr size_t kCases = 4096;
constexpr float kInfinity = std::numeric_limits<float>::infinity(), kNone = std::numeric_limits<float>::quiet_NaN();

uint32_t bits(float value) { return std::bit_cast<uint32_t>(value); }
float number(uint32_t bits) { return std::bit_cast<float>(bits); }

// Words of which the first are such as break things, and the others random.
Words words(std::initializer_list<uint32_t> special) {
  Words result(special);
  while (result.size() < 3 * kCases) result.push_back(uint32_t(random_source()()));
  return result;
}

// Floats of all magnitudes that are met, with the special ones in all pairs.
Words floats() {
  const float kSpecial[] = {0.0f,      -0.0f,      1,       -1,   kInfinity, -kInfinity, kNone,
                            0x1p-149f, -0x1p-127f, 3.4e38f, 0.5f, 2.5f};
  Words result;
  for (float a : kSpecial) {
    for (float b : kSpecial) result.insert(result.end(), {bits(a), bits(b), bits(-a)});
  }
  while (result.size() < 3 * kCases) {
    result.push_back(bits(std::ldexp(random_floats(1)[0], random_ints(1, -20, 20)[0])));
  }
  return result;
}

using Expected = std::function<uint32_t(uint32_t a, uint32_t b, uint32_t c)>;

// `instruction` makes %r5 or %f5 of the registers 2, 3 and 4; what is no number may have any bits.
void checks(const std::string& instruction, const Words& operands, const Expected& expected, bool is_float = false) {
  // 3 words a case, a thread after the other; each block takes as many as it has threads.
  constexpr unsigned kThreads = 512;
  for (size_t from = 0; from < kCases; from += kThreads) {
    Words input(operands.begin() + long(3 * from), operands.begin() + long(3 * (from + kThreads)));
    Outcome outcome = run("ld.global.u32 %r2, [%rd1]; ld.global.u32 %r3, [%rd1+4]; ld.global.u32 %r4, [%rd1+8];\n"
                          "mov.b32 %f2, %r2; mov.b32 %f3, %r3; mov.b32 %f4, %r4; mov.b32 %r5, 7; mov.b32 %f5, %r5;\n" +
                              instruction + (is_float ? "\nmov.b32 %r5, %f5;" : "") + "\nst.global.u32 [%rd2], %r5;",
                          input, kThreads, {kThreads});
    check(outcome.wrong.empty(), instruction + ": " + outcome.wrong);
    for (size_t i = 0; i < kThreads; i++) {
      uint32_t a = input[3 * i], b = input[3 * i + 1], c = input[3 * i + 2];
      uint32_t wanted = expected(a, b, c), is = outcome.words[i];
      if (is == wanted || (is_float && std::isnan(number(is)) && std::isnan(number(wanted)))) continue;
      check(false, instruction + " of " + std::to_string(a) + ", " + std::to_string(b) + ", " + std::to_string(c) +
                       " is " + std::to_string(is) + ", not " + std::to_string(wanted));
      return;
    }
  }
}

void checks_float(const std::string& instruction, const std::function<float(float a, float b, float c)>& expected) {
  static const Words operands = floats();
  checks(instruction, operands,
         [&](uint32_t a, uint32_t b, uint32_t c) { return bits(expected(number(a), number(b), number(c))); }, true);
}

// The same in another rounding of the processor.
template <typename F>
float rounded(int mode, F compute) {
  std::fesetround(mode);
  volatile float result = compute();
  std::fesetround(FE_TONEAREST);
  return result;
}

void integers() {
  const Words operands = words({0, 0, 0, 0x80000000, 0xffffffff, 31, 5, 0, 32, 0xffffffff, 33, 200, 1, 31, 1});
  checks("add.s32 %r5, %r2, %r3;", operands, [](uint32_t a, uint32_t b, uint32_t) { return a + b; });
  checks("mad.lo.s32 %r5, %r2, %r3, %r4;", operands, [](uint32_t a, uint32_t b, uint32_t c) { return a * b + c; });
  checks("mul.hi.u32 %r5, %r2, %r3;", operands,
         [](uint32_t a, uint32_t b, uint32_t) { return uint32_t((unsigned __int128)a * b >> 32); });
  checks("mul.wide.s32 %rd5, %r2, %r3; mov.b64 {%r6, %r5}, %rd5;", operands,
         [](uint32_t a, uint32_t b, uint32_t) { return uint32_t(uint64_t(int64_t(int32_t(a)) * int32_t(b)) >> 32); });
  checks("shl.b32 %r5, %r2, %r3;", operands,
         [](uint32_t a, uint32_t b, uint32_t) { return b > 31 ? 0 : uint32_t(uint64_t(a) << b); });
  checks("shr.u32 %r5, %r2, %r3;", operands, [](uint32_t a, uint32_t b, uint32_t) { return b > 31 ? 0 : a >> b; });
  checks("shr.s32 %r5, %r2, %r3;", operands, [](uint32_t a, uint32_t b, uint32_t) {
    return b > 31 ? (a >> 31 ? 0xffffffff : 0) : uint32_t(int64_t(int32_t(a)) >> b);
  });
  // Bits 3 to 9 of the second are the first's lowest.
  checks("bfi.b32 %r5, %r2, %r3, 3, 7;", operands,
         [](uint32_t a, uint32_t b, uint32_t) { return (b & ~0x3f8u) | (a % 128 * 8); });
  checks("bfi.b32 %r5, %r2, %r3, 5, 27;", operands, [](uint32_t a, uint32_t b, uint32_t) { return b % 32 + a * 32; });
  checks("or.b32 %r3, %r3, 1; div.s32 %r5, %r2, %r3;", operands, [](uint32_t a, uint32_t b, uint32_t) {
    return uint32_t(int64_t(int32_t(a)) / int32_t(b | 1));
  });
  checks("or.b32 %r3, %r3, 1; rem.s32 %r5, %r2, %r3;", operands, [](uint32_t a, uint32_t b, uint32_t) {
    return uint32_t(int64_t(int32_t(a)) % int32_t(b | 1));
  });
  checks("setp.lt.s32 %p1, %r2, %r3; selp.b32 %r5, 1, 2, %p1;", operands,
         [](uint32_t a, uint32_t b, uint32_t) { return int32_t(a) < int32_t(b) ? 1u : 2u; });
  checks("setp.lt.u32 %p1, %r2, %r3; @!%p1 mov.u32 %r5, 3;", operands,
         [](uint32_t a, uint32_t b, uint32_t) { return a < b ? 7u : 3u; });
  checks("mov.b64 %rd5, {%r2, %r3}; mov.b64 %rd6, {%r2, %r4}; setp.eq.b64 %p1, %rd5, %rd6; selp.b32 %r5, 1, 2, %p1;",
         operands, [](uint32_t, uint32_t b, uint32_t c) { return b == c ? 1u : 2u; });
  checks("cvt.u64.u32 %rd5, %r2; and.b64 %rd6, %rd5, 1; setp.ne.b64 %p1, %rd6, 1; selp.b32 %r5, 1, 2, %p1;", operands,
         [](uint32_t a, uint32_t, uint32_t) { return a & 1 ? 2u : 1u; });
  checks("{ .reg .b16 %r2, high; mov.b32 {%r2, high}, %r3; mov.b32 %r5, {high, %r2}; }", operands,
         [](uint32_t, uint32_t b, uint32_t) { return b << 16 | b >> 16; });
}

void floating_point() {
  checks_float("add.f32 %f5, %f2, %f3;", [](float a, float b, float) { return a + b; });
  checks_float("fma.rn.f32 %f5, %f2, %f3, %f4;", [](float a, float b, float c) { return std::fma(a, b, c); });
  checks_float("div.rn.f32 %f5, %f2, %f3;", [](float a, float b, float) { return a / b; });
  checks_float("sqrt.rn.f32 %f5, %f2;", [](float a, float, float) { return std::sqrt(a); });
  checks_float("max.f32 %f5, %f2, %f3;", [](float a, float b, float) {
    return a == 0 && b == 0 ? a + b : std::fmax(a, b);
  });
  checks_float("copysign.f32 %f5, %f2, %f3;", [](float a, float b, float) { return std::copysign(b, a); });
  checks_float("fma.rm.f32 %f5, %f2, %f3, %f4;", [](float a, float b, float c) {
    return rounded(FE_DOWNWARD, [=] {
      volatile float x = a, y = b, z = c;
      return std::fma(x, y, z);
    });
  });
  checks_float("add.rz.f32 %f5, %f2, %f3;", [](float a, float b, float) {
    return rounded(FE_TOWARDZERO, [=] {
      volatile float x = a, y = b;
      return x + y;
    });
  });
  checks_float("cvt.sat.f32.f32 %f5, %f2;",
               [](float a, float, float) { return std::isnan(a) ? 0 : std::fmin(std::fmax(a, 0.0f), 1.0f); });
  checks_float("setp.gtu.f32 %p1, %f2, %f3; selp.f32 %f5, 0f3F800000, 0f00000000, %p1;",
               [](float a, float b, float) { return std::isnan(a) || std::isnan(b) || a > b ? 1.0f : 0.0f; });
  checks_float("setp.ne.f32 %p1, %f2, %f3; selp.f32 %f5, 0f3F800000, 0f00000000, %p1;",
               [](float a, float b, float) { return !std::isnan(a) && !std::isnan(b) && a != b ? 1.0f : 0.0f; });
}

// To the nearest of the values whose lower bits are 0, found by looking at both neighbours.
uint32_t nearest(float value, unsigned lower, bool to_even) {
  uint32_t below = bits(value) >> lower << lower, above = below + (1u << lower);
  if (std::isnan(value) || std::isinf(value)) return bits(value);
  // As the next power of two where it is beyond the largest.
  auto size = [](uint32_t b) { return std::isinf(number(b)) ? 0x1p128 : std::fabs(double(number(b))); };
  double down = std::fabs(double(value)) - size(below), up = size(above) - std::fabs(double(value));
  return up < down || (up == down && (!to_even || (below >> lower & 1))) ? above : below;
}

void conversions() {
  const Words operands = floats();
  checks("cvt.rna.tf32.f32 %r5, %f2; mov.b32 %f5, %r5;", operands,
         [](uint32_t a, uint32_t, uint32_t) { return nearest(number(a), 13, false); }, true);
  checks("cvt.rn.bf16x2.f32 %r5, %f2, %f3;", operands, [](uint32_t a, uint32_t b, uint32_t) {
    auto half = [](uint32_t x) { return std::isnan(number(x)) ? 0x7fffu : nearest(number(x), 16, true) >> 16; };
    return half(a) << 16 | half(b);
  });
  checks("cvt.rzi.s32.f32 %r5, %f2;", operands, [](uint32_t a, uint32_t, uint32_t) {
    double x = number(a);
    return std::isnan(x) ? 0u : uint32_t(int64_t(std::fmin(std::fmax(x, -0x1p31), 0x1p31 - 1)));
  });
  checks("cvt.f64.f32 %fd1, %f2; cvt.f64.f32 %fd2, %f3; mul.f64 %fd3, %fd1, %fd2; cvt.rn.f32.f64 %f5, %fd3;", operands,
         [](uint32_t a, uint32_t b, uint32_t) { return bits(number(a) * number(b)); }, true);
}

// Lanes that part in loops of different lengths and meet again, so that what they do together finds all of them.
void divergence() {
  Words input = words({0, 1, 2, 3});
  input.resize(32);
  for (uint32_t& word : input) word %= 50;
  Outcome outcome = run(
      "ld.global.u32 %r2, [%rd1]; mov.u32 %r3, 0; mov.u32 %r4, 0;\n"
      "loop:\nsetp.ge.u32 %p1, %r4, %r2; @%p1 bra done;\n"
      "and.b32 %r5, %r4, 1; setp.eq.s32 %p2, %r5, 0; @%p2 bra even;\n"
      "add.s32 %r3, %r3, 100; bra.uni next;\neven:\nadd.s32 %r3, %r3, %r4;\nnext:\nadd.s32 %r4, %r4, 1; bra.uni loop;\n"
      "done:\nshfl.sync.bfly.b32 %r6|%p3, %r3, 1, 31, -1; st.global.u32 [%rd2], %r3; st.global.u32 [%rd2+4], %r6;",
      input, 64);
  check(outcome.wrong.empty(), outcome.wrong);
  auto sum = [&](size_t lane) {
    uint32_t result = 0;
    for (uint32_t i = 0; i < input[lane]; i++) result += i % 2 ? 100 : i;
    return result;
  };
  for (size_t lane = 0; lane < 32; lane++) {
    check(outcome.words[2 * lane] == sum(lane), "a loop in lane " + std::to_string(lane));
    check(outcome.words[2 * lane + 1] == sum(lane ^ 1), "a shuffle in lane " + std::to_string(lane));
  }
  // In segments of 8 whose source is out of them, a lane keeps its own.
  outcome = run("shfl.sync.bfly.b32 %r2|%p1, %r1, 12, 6175, -1; shfl.sync.idx.b32 %r3|%p2, %r1, 3, 6175, -1;\n"
                "selp.b32 %r4, 1, 0, %p1; st.global.v4.u32 [%rd2], {%r2, %r3, %r4, %r1};",
                Words(32), 128);
  check(outcome.wrong.empty(), outcome.wrong);
  for (unsigned lane = 0; lane < 32; lane++) {
    unsigned other = lane ^ 12;
    bool in = other <= lane / 8 * 8 + 7;
    check(outcome.words[4 * lane] == (in ? other : lane) && outcome.words[4 * lane + 2] == in, "a shuffle in segments");
    check(outcome.words[4 * lane + 1] == lane / 8 * 8 + 3, "a shuffle by index in segments");
  }
}

// Warps that hand values on through shared memory, by a barrier of all and by one of two warps.
void barriers() {
  Outcome outcome = run(
      "shl.b32 %r2, %r1, 2; mov.u32 %r3, dynamic; add.s32 %r4, %r3, %r2; st.shared.u32 [%r4], %r1; bar.sync 0;\n"
      "mov.u32 %r5, %ntid.x; sub.s32 %r5, %r5, %r1; add.s32 %r5, %r5, -1; shl.b32 %r5, %r5, 2; add.s32 %r5, %r3, %r5;\n"
      "ld.shared.u32 %r6, [%r5]; setp.eq.s32 %p1, %r1, 70; bar.red.or.pred %p2, 0, %p1; selp.b32 %r7, 1, 0, %p2;\n"
      "setp.eq.s32 %p3, %r1, -1; bar.red.or.pred %p4, 0, %p3; selp.b32 %r8, 1, 0, %p4;\n"
      "setp.ge.u32 %p5, %r1, 64; @%p5 bra out; bar.sync 1, 64;\nout: st.global.v4.u32 [%rd2], {%r6, %r7, %r8, %r1};",
      Words(96), 4 * 96, {96, 4 * 96});
  check(outcome.wrong.empty(), outcome.wrong);
  for (uint32_t i = 0; i < 96; i++) {
    const uint32_t* words = &outcome.words[4 * i];
    check(words[0] == 95 - i && words[1] == 1 && words[2] == 0, "a barrier in thread " + std::to_string(i));
  }
}

}  // namespace

void test_instructions() {
  integers();
  floating_point();
  conversions();
  divergence();
  barriers();
}
