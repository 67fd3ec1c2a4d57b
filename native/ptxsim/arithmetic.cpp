// Instructions that compute each lane's result from its operands.
#include <algorithm>
#include <cmath>
#include <limits>

#include "instructions.h"
#include "warp.h"

namespace ptxsim {

namespace {

// --- shapes ---------------------------------------------------------------------------------------------------------

template <typename D, typename A, auto F>
void unary(Warp& warp, const Instruction& i, Lanes lanes) {
  D* d = warp.values<D>(i.at[0]);
  const A* a = warp.values<A>(i.at[1]);
  each(lanes, [=](unsigned lane) { d[lane] = F(a[lane]); });
}

template <typename D, typename A, typename B, auto F>
void binary(Warp& warp, const Instruction& i, Lanes lanes) {
  D* d = warp.values<D>(i.at[0]);
  const A* a = warp.values<A>(i.at[1]);
  const B* b = warp.values<B>(i.at[2]);
  each(lanes, [=](unsigned lane) { d[lane] = F(a[lane], b[lane]); });
}

template <typename D, typename A, typename C, auto F>
void ternary(Warp& warp, const Instruction& i, Lanes lanes) {
  D* d = warp.values<D>(i.at[0]);
  const A *a = warp.values<A>(i.at[1]), *b = warp.values<A>(i.at[2]);
  const C* c = warp.values<C>(i.at[3]);
  each(lanes, [=](unsigned lane) { d[lane] = F(a[lane], b[lane], c[lane]); });
}

template <typename T>
void insert_bits(Warp& warp, const Instruction& i, Lanes lanes) {
  T* d = warp.values<T>(i.at[0]);
  const T *field = warp.values<T>(i.at[1]), *into = warp.values<T>(i.at[2]);
  const uint32_t *start = warp.values<uint32_t>(i.at[3]), *length = warp.values<uint32_t>(i.at[4]);
  constexpr unsigned kBits = sizeof(T) * 8;
  each(lanes, [=](unsigned lane) {
    unsigned from = start[lane] & 255, bits = length[lane] & 255;
    T mask = bits >= kBits ? T(-1) : T((T(1) << bits) - 1);
    d[lane] = from >= kBits ? into[lane] : T((into[lane] & ~T(mask << from)) | ((field[lane] & mask) << from));
  });
}

template <typename T, auto F>
void compare(Warp& warp, const Instruction& i, Lanes lanes) {
  const T *a = warp.values<T>(i.at[1]), *b = warp.values<T>(i.at[2]);
  Lanes result = 0;
  for (unsigned lane = 0; lane < kLanes; lane++) result |= Lanes(F(a[lane], b[lane])) << lane;
  warp.set_predicate(i.at[0], lanes, result);
}

template <typename T>
void select(Warp& warp, const Instruction& i, Lanes lanes) {
  T* d = warp.values<T>(i.at[0]);
  const T *a = warp.values<T>(i.at[1]), *b = warp.values<T>(i.at[2]);
  Lanes chosen = *warp.values<Lanes>(i.at[3]);
  each(lanes, [=](unsigned lane) { d[lane] = chosen >> lane & 1 ? a[lane] : b[lane]; });
}

template <auto F>
void predicates(Warp& warp, const Instruction& i, Lanes lanes) {
  warp.set_predicate(i.at[0], lanes, F(*warp.values<Lanes>(i.at[1]), *warp.values<Lanes>(i.at[2])));
}

// {low, high} = a
template <typename Whole, typename Half>
void split(Warp& warp, const Instruction& i, Lanes lanes) {
  Half *low = warp.values<Half>(i.at[0]), *high = warp.values<Half>(i.at[1]);
  const Whole* a = warp.values<Whole>(i.at[2]);
  each(lanes, [=](unsigned lane) {
    Whole value = a[lane];
    low[lane] = Half(value);
    high[lane] = Half(value >> 8 * sizeof(Half));
  });
}

template <typename Whole, typename Half>
void join(Warp& warp, const Instruction& i, Lanes lanes) {
  Whole* d = warp.values<Whole>(i.at[0]);
  const Half *low = warp.values<Half>(i.at[1]), *high = warp.values<Half>(i.at[2]);
  each(lanes, [=](unsigned lane) { d[lane] = Whole(low[lane]) | Whole(high[lane]) << 8 * sizeof(Half); });
}

// --- numbers --------------------------------------------------------------------------------------------------------

// Results that are no numbers have these bits.
float canonical(float value) { return value == value ? value : std::bit_cast<float>(0x7fffffffu); }
double canonical(double value) { return value == value ? value : std::bit_cast<double>(0x7fffffffffffffffull); }

float flushed(float value) { return std::fabs(value) < 0x1p-126f ? std::copysign(0.0f, value) : value; }

// a + b, exact in itself and an error.
struct Sum {
  double value, error;
};
Sum exact_sum(double a, double b) {
  double value = a + b, part = value - a;
  return {value, (a - (value - part)) + (b - part)};
}

// To float32, towards minus infinity or towards 0.
float rounded_down(Sum sum) {
  float result = float(sum.value);
  bool above = double(result) > sum.value || (double(result) == sum.value && sum.error < 0);
  return above ? std::nextafter(result, -std::numeric_limits<float>::infinity()) : result;
}
// A sum of 0 is negative in this rounding, unless both terms are positive.
float multiply_add_down(float a, float b, float c) {
  double product = double(a) * double(b);
  Sum sum = exact_sum(product, c);
  if (sum.value == 0) return std::signbit(product) || std::signbit(c) ? -0.0f : 0.0f;
  return canonical(rounded_down(sum));
}
float rounded_to_zero(Sum sum) {
  bool negative = sum.value < 0;
  float result = rounded_down(negative ? Sum{-sum.value, -sum.error} : sum);
  return negative ? -result : result;
}

// The nearest integer in the direction of F; what does not fit becomes the largest or smallest.
template <typename I, auto F, typename T>
I to_integer(T value) {
  if (value != value) return sizeof(I) == 8 ? std::numeric_limits<I>::min() : 0;
  T whole = F(value);
  if (whole >= -T(std::numeric_limits<I>::min())) return std::numeric_limits<I>::max();
  return whole < T(std::numeric_limits<I>::min()) ? std::numeric_limits<I>::min() : I(whole);
}

template <typename T>
T smaller(T a, T b) {
  if (a != a) return canonical(b);
  if (b != b) return a;
  return a < b || (a == b && std::signbit(a)) ? a : b;
}
template <typename T>
T larger(T a, T b) {
  if (a != a) return canonical(b);
  if (b != b) return a;
  return a > b || (a == b && std::signbit(b)) ? a : b;
}

// Division by 0 gives all ones, as the hardware does; the least number by -1 itself.
template <typename T>
T quotient(T a, T b) {
  if (b == 0) return T(-1);
  if (std::is_signed_v<T> && b == T(-1)) return T(0) - std::make_unsigned_t<T>(a);
  return a / b;
}
template <typename T>
T remainder(T a, T b) {
  if (b == 0) return a;
  return std::is_signed_v<T> && b == T(-1) ? T(0) : a % b;
}

template <typename T>
T shifted_left(T a, uint32_t by) {
  return by < sizeof(T) * 8 ? T(a << by) : T(0);
}
template <typename T>
T shifted_right(T a, uint32_t by) {
  return T(a >> std::min<uint32_t>(by, sizeof(T) * 8 - 1)) & (std::is_signed_v<T> || by < sizeof(T) * 8 ? T(-1) : T(0));
}

// To 8 bits of mantissa, ties to even.
uint32_t to_bf16(float value) {
  uint32_t bits = std::bit_cast<uint32_t>(value);
  return value != value ? 0x7fff : (bits + 0x7fff + (bits >> 16 & 1)) >> 16;
}

// To 11 bits of mantissa, ties away from 0.
uint32_t to_tf32(float value) {
  uint32_t bits = std::bit_cast<uint32_t>(value);
  if (value != value) return 0x7fffffff;
  return std::isinf(value) ? bits : (bits + 0x1000) & ~0x1fffu;
}

// The seed of divisions and the like: the upper half of a number gives the upper half of the result.
double reciprocal_seed(double value) {
  auto upper = [](double x) { return std::bit_cast<double>(std::bit_cast<uint64_t>(x) & 0xffffffff00000000u); };
  return canonical(upper(1 / upper(value)));
}

// --- the table ------------------------------------------------------------------------------------------------------

// An expression of operands a, b and c, whose types are told.
#define UNARY(D, T, e) unary<D, T, [](T a) -> D { return (e); }>
#define BINARY(D, A, B, e) binary<D, A, B, [](A a, B b) -> D { return (e); }>
#define TERNARY(D, A, C, e) ternary<D, A, C, [](A a, A b, C c) -> D { return (e); }>

// What is no number compares as false, with a u behind the comparison as true.
void comparisons(Table& table) {
#define COMPARE(type, T, letters)                                                  \
  table.add("setp.eq." type, letters, compare<T, [](T a, T b) { return (a == b); }>); \
  table.add("setp.ne." type, letters, compare<T, [](T a, T b) { return (a < b || a > b); }>); \
  table.add("setp.lt." type, letters, compare<T, [](T a, T b) { return (a < b); }>);  \
  table.add("setp.le." type, letters, compare<T, [](T a, T b) { return (a <= b); }>); \
  table.add("setp.gt." type, letters, compare<T, [](T a, T b) { return (a > b); }>);  \
  table.add("setp.ge." type, letters, compare<T, [](T a, T b) { return (a >= b); }>);
  COMPARE("s16", int16_t, "phh")
  COMPARE("u16", uint16_t, "phh")
  COMPARE("b16", uint16_t, "phh")
  COMPARE("b32", uint32_t, "pww")
  COMPARE("b64", uint64_t, "pdd")
  COMPARE("s32", int32_t, "pww")
  COMPARE("u32", uint32_t, "pww")
  COMPARE("s64", int64_t, "pdd")
  COMPARE("u64", uint64_t, "pdd")
  COMPARE("f32", float, "pww")
  COMPARE("f64", double, "pdd")
#undef COMPARE
  table.add("setp.ltu.f32", "pww", compare<float, [](float a, float b) { return !(a >= b); }>);
  table.add("setp.leu.f32", "pww", compare<float, [](float a, float b) { return !(a > b); }>);
  table.add("setp.gtu.f32", "pww", compare<float, [](float a, float b) { return !(a <= b); }>);
  table.add("setp.geu.f32", "pww", compare<float, [](float a, float b) { return !(a < b); }>);
  table.add("setp.neu.f32", "pww", compare<float, [](float a, float b) { return !(a == b); }>);
  table.add("setp.nan.f32", "pww", compare<float, [](float a, float b) { return (a != a || b != b); }>);
  for (std::string type : {"b16", "s16", "u16"}) table.add("selp." + type, "hhhp", select<uint16_t>);
  for (std::string type : {"b32", "s32", "u32", "f32"}) table.add("selp." + type, "wwwp", select<uint32_t>);
  for (std::string type : {"b64", "s64", "u64", "f64"}) table.add("selp." + type, "dddp", select<uint64_t>);
  table.add("and.pred", "ppp", predicates<[](Lanes a, Lanes b) { return a & b; }>);
  table.add("or.pred", "ppp", predicates<[](Lanes a, Lanes b) { return (a | b); }>);
  table.add("xor.pred", "ppp", predicates<[](Lanes a, Lanes b) { return a ^ b; }>);
  table.add("not.pred", "pp", [](Warp& warp, const Instruction& i, Lanes lanes) {
    warp.set_predicate(i.at[0], lanes, ~*warp.values<Lanes>(i.at[1]));
  });
  table.add("mov.pred", "pp", [](Warp& warp, const Instruction& i, Lanes lanes) {
    warp.set_predicate(i.at[0], lanes, *warp.values<Lanes>(i.at[1]));
  });
}

void moves(Table& table) {
  for (std::string type : {"b16", "u16", "s16"}) table.add("mov." + type, "hh", UNARY(uint16_t, uint16_t, a));
  for (std::string type : {"b32", "u32", "s32", "f32"}) table.add("mov." + type, "ww", UNARY(uint32_t, uint32_t, a));
  for (std::string type : {"b64", "u64", "s64", "f64"}) table.add("mov." + type, "dd", UNARY(uint64_t, uint64_t, a));
  table.add("mov.b32", "{hh}w", split<uint32_t, uint16_t>);
  table.add("mov.b32", "w{hh}", join<uint32_t, uint16_t>);
  table.add("mov.b64", "{ww}d", split<uint64_t, uint32_t>);
  table.add("mov.b64", "d{ww}", join<uint64_t, uint32_t>);
  // All memory has the same addresses in global and in generic terms.
  table.add("cvta.to.global.u64", "dd", UNARY(uint64_t, uint64_t, a));
}

void integers(Table& table) {
#define INTEGERS(S, U, bits, two, three, shift)                                            \
  for (const char* type : {"s" bits, "u" bits}) {                                          \
    table.add("add." + std::string(type), two, BINARY(U, U, U, U(a + b)));                 \
    table.add("sub." + std::string(type), two, BINARY(U, U, U, U(a - b)));                 \
    table.add("mul.lo." + std::string(type), two, BINARY(U, U, U, U(a * b)));              \
    table.add("mad.lo." + std::string(type), three, TERNARY(U, U, U, U(a * b + c)));       \
  }                                                                                        \
  table.add("neg.s" bits, std::string(two).substr(1), UNARY(U, U, U(0) - a));              \
  table.add("div.s" bits, two, BINARY(S, S, S, quotient(a, b)));                           \
  table.add("div.u" bits, two, BINARY(U, U, U, quotient(a, b)));                           \
  table.add("rem.s" bits, two, BINARY(S, S, S, remainder(a, b)));                          \
  table.add("rem.u" bits, two, BINARY(U, U, U, remainder(a, b)));                          \
  table.add("min.s" bits, two, BINARY(S, S, S, a < b ? a : b));                            \
  table.add("min.u" bits, two, BINARY(U, U, U, a < b ? a : b));                            \
  table.add("max.s" bits, two, BINARY(S, S, S, a > b ? a : b));                            \
  table.add("max.u" bits, two, BINARY(U, U, U, a > b ? a : b));                            \
  table.add("and.b" bits, two, BINARY(U, U, U, a & b));                                    \
  table.add("or.b" bits, two, BINARY(U, U, U, a | b));                                     \
  table.add("xor.b" bits, two, BINARY(U, U, U, a ^ b));                                    \
  table.add("not.b" bits, std::string(two).substr(1), UNARY(U, U, ~a));                    \
  table.add("shl.b" bits, shift, BINARY(U, U, uint32_t, shifted_left(a, b)));              \
  table.add("shr.s" bits, shift, BINARY(S, S, uint32_t, shifted_right(a, b)));             \
  table.add("shr.u" bits, shift, BINARY(U, U, uint32_t, shifted_right(a, b)));             \
  table.add("shr.b" bits, shift, BINARY(U, U, uint32_t, shifted_right(a, b)));             \
  table.add("bfi.b" bits, std::string(three).substr(1) + "ww", insert_bits<U>);
  INTEGERS(int32_t, uint32_t, "32", "www", "wwww", "www")
  INTEGERS(int64_t, uint64_t, "64", "ddd", "dddd", "ddw")
#undef INTEGERS
  table.add("and.b16", "hhh", BINARY(uint16_t, uint16_t, uint16_t, uint16_t(a & b)));
  table.add("or.b16", "hhh", BINARY(uint16_t, uint16_t, uint16_t, uint16_t(a | b)));
  table.add("mul.hi.u32", "www", BINARY(uint32_t, uint32_t, uint32_t, uint32_t(uint64_t(a) * b >> 32)));
  table.add("mul.hi.s32", "www", BINARY(int32_t, int32_t, int32_t, int32_t(int64_t(a) * b >> 32)));
  table.add("mul.wide.s32", "dww", BINARY(int64_t, int32_t, int32_t, int64_t(a) * b));
  table.add("mul.wide.u32", "dww", BINARY(uint64_t, uint32_t, uint32_t, uint64_t(a) * b));
  table.add("mul.wide.u16", "whh", BINARY(uint32_t, uint16_t, uint16_t, uint32_t(a) * b));
  table.add("mad.wide.u32", "dwwd", TERNARY(uint64_t, uint32_t, uint64_t, uint64_t(a) * b + c));
  table.add("mad.wide.s32", "dwwd", TERNARY(uint64_t, int32_t, uint64_t, uint64_t(int64_t(a) * b) + c));
}

void floats(Table& table) {
#define FLOATS(T, type, one, two, three)                                                    \
  for (std::string rounding : {"", ".rn"}) {                                                \
    table.add("add" + rounding + type, two, BINARY(T, T, T, canonical(a + b)));             \
    table.add("sub" + rounding + type, two, BINARY(T, T, T, canonical(a - b)));             \
    table.add("mul" + rounding + type, two, BINARY(T, T, T, canonical(a * b)));             \
  }                                                                                         \
  table.add("fma.rn" type, three, TERNARY(T, T, T, canonical(std::fma(a, b, c))));          \
  table.add("div.rn" type, two, BINARY(T, T, T, canonical(a / b)));                         \
  table.add("rcp.rn" type, one, UNARY(T, T, canonical(1 / a)));                             \
  table.add("sqrt.rn" type, one, UNARY(T, T, canonical(std::sqrt(a))));                     \
  table.add("abs" type, one, UNARY(T, T, std::fabs(a)));                                    \
  table.add("neg" type, one, UNARY(T, T, -a));                                              \
  table.add("min" type, two, BINARY(T, T, T, smaller(a, b)));                               \
  table.add("max" type, two, BINARY(T, T, T, larger(a, b)));                                \
  table.add("copysign" type, two, BINARY(T, T, T, std::copysign(b, a)));
  FLOATS(float, ".f32", "ww", "www", "wwww")
  FLOATS(double, ".f64", "dd", "ddd", "dddd")
#undef FLOATS
  table.add("add.rz.f32", "www", BINARY(float, float, float, canonical(rounded_to_zero(exact_sum(a, b)))));
  table.add("fma.rm.f32", "wwww", TERNARY(float, float, float, multiply_add_down(a, b, c)));
  // Approximations, here as good as they can be.
  table.add("rcp.approx.ftz.f32", "ww", UNARY(float, float, canonical(flushed(1 / flushed(a)))));
  table.add("ex2.approx.ftz.f32", "ww", UNARY(float, float, canonical(flushed(float(std::exp2(double(flushed(a))))))));
  table.add("rcp.approx.ftz.f64", "dd", UNARY(double, double, reciprocal_seed(a)));
}

void conversions(Table& table) {
  table.add("cvt.u16.u32", "hw", UNARY(uint16_t, uint32_t, uint16_t(a)));
  table.add("cvt.u32.u16", "wh", UNARY(uint32_t, uint16_t, a));
  table.add("cvt.u32.u64", "wd", UNARY(uint32_t, uint64_t, uint32_t(a)));
  table.add("cvt.u64.u32", "dw", UNARY(uint64_t, uint32_t, a));
  table.add("cvt.s64.s32", "dw", UNARY(int64_t, int32_t, a));
  table.add("cvt.s64.s32", "dd", UNARY(int64_t, uint64_t, int32_t(a)));  // of the lower half
  table.add("cvt.rn.f32.u16", "wh", UNARY(float, uint16_t, float(a)));
  table.add("cvt.rn.f32.u32", "ww", UNARY(float, uint32_t, float(a)));
  table.add("cvt.rn.f32.s32", "ww", UNARY(float, int32_t, float(a)));
  table.add("cvt.rn.f64.s32", "dw", UNARY(double, int32_t, double(a)));
  table.add("cvt.rn.f64.s64", "dd", UNARY(double, int64_t, double(a)));
  table.add("cvt.rn.f32.f64", "wd", UNARY(float, double, canonical(float(a))));
  table.add("cvt.f64.f32", "dw", UNARY(double, float, canonical(double(a))));
  table.add("cvt.sat.f32.f32", "ww", UNARY(float, float, a > 0 ? std::min(a, 1.0f) : 0.0f));
  table.add("cvt.rzi.f32.f32", "ww", UNARY(float, float, canonical(std::trunc(a))));
  constexpr auto truncated = [](auto x) { return std::trunc(x); };
  constexpr auto nearest = [](auto x) { return std::nearbyint(x); };
  table.add("cvt.rzi.s32.f32", "ww", UNARY(int32_t, float, (to_integer<int32_t, truncated>(a))));
  table.add("cvt.rni.s32.f32", "ww", UNARY(int32_t, float, (to_integer<int32_t, nearest>(a))));
  table.add("cvt.rzi.s64.f64", "dd", UNARY(int64_t, double, (to_integer<int64_t, truncated>(a))));
  table.add("cvt.rna.tf32.f32", "ww", UNARY(uint32_t, float, to_tf32(a)));
  table.add("cvt.rn.bf16x2.f32", "www", BINARY(uint32_t, float, float, to_bf16(a) << 16 | to_bf16(b)));
}

}  // namespace

void add_arithmetic(Table& table) {
  comparisons(table);
  moves(table);
  integers(table);
  floats(table);
  conversions(table);
}

}  // namespace ptxsim
