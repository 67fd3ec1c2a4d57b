// Memory that is prefetched while a product is computed.
//
// Everything here is in a namespace without a name: files that are compiled for different processors must
// not share functions, of which the linker would keep one.
#pragma once

#include <stddef.h>

namespace {

// What an optimizer's update takes together with c.
struct Partners {
  const float *at[3];

  // Those of the columns from this one on.
  Partners from(ptrdiff_t column) const {
    return at[0] == nullptr ? *this : Partners{at[0] + column, at[1] + column, at[2] + column};
  }

  // Asks for the lines that belong to `rows x columns` of c, so many before each product, for up to `count`
  // products; returns how many those were.
  template <class Product>
  __attribute__((always_inline)) int ask_for(int rows, int columns, ptrdiff_t ldc, int row, int count, int lines,
                                             const Product &product) const {
    constexpr int kLine = 16;
    int k = 0;
    if (at[0] == nullptr) return k;
    for (const float *p : at) {
      const float *from = p + row * ldc;
      for (int i = 0; i < rows; i++, from += ldc) {
        for (int j = 0; j < columns && k < count; j += lines * kLine, k++) {
          for (int n = 0; n < lines; n++) __builtin_prefetch(from + j + n * kLine, 1);
          product();
        }
      }
    }
    return k;
  }
};

}  // namespace
