// How results below 2^-126 become zero.
//
// Everything here is in a namespace without a name: files that are compiled for different processors must
// not share functions, of which the linker would keep one.
#pragma once

#include <immintrin.h>

namespace {

// While one lives, the thread's results below 2^-126 are zero: moments that decay without gradients would
// stay there for ever, and arithmetic on such numbers takes a hundred cycles.
class FlushToZero {
 public:
  FlushToZero() : before_(_mm_getcsr()) { _mm_setcsr(before_ | 0x8000); }
  ~FlushToZero() { _mm_setcsr(before_); }
  FlushToZero(const FlushToZero &) = delete;
  FlushToZero &operator=(const FlushToZero &) = delete;

 private:
  unsigned before_;
};

}  // namespace
