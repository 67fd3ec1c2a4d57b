// What a processor does at best: an instruction again and again, with nothing but registers.
//
// Everything here is in a namespace without a name: files that are compiled for different processors must
// not share functions, of which the linker would keep one.
#pragma once

namespace {

// As many chains as hide the latency on any processor, and rounds that take some ten microseconds.
constexpr int kPeakChains = 12;
constexpr int kPeakRounds = 3000;

// Two factors with all digits in use: zeros and small whole numbers are multiplied at a higher clock.
constexpr float kPeakLeft = 0.71392687f;
constexpr float kPeakRight = -0.58237491f;

// `sum = add(sum)` for the sums of all chains in each round.
template <class Reg, class Add>
inline void repeat_in_registers(Reg start, const Add &add) {
  Reg sum[kPeakChains];
#pragma GCC unroll 16
  for (int i = 0; i < kPeakChains; i++) sum[i] = start;
  for (int n = 0; n < kPeakRounds; n++) {
#pragma GCC unroll 16
    for (int i = 0; i < kPeakChains; i++) {
      sum[i] = add(sum[i]);
      // Neither left out nor put together.
      asm volatile("" : "+v"(sum[i]));
    }
  }
}

}  // namespace
