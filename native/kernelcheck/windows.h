// A kernel that moves over images, and what it is over.
#pragma once
#include "checks.h"

namespace checks {

struct Window {
  int batch, height, width, channels, kernel_height, kernel_width, stride, top, left, out_height, out_width;

  int positions() const { return batch * height * width; }
  int places() const { return batch * out_height * out_width; }
  int taps() const { return kernel_height * kernel_width; }
};

// Calls visit(place, tap, position) for each tap inside its image.
template <typename F>
void visit(const Window& w, F visit) {
  for (int place = 0; place < w.places(); place++) {
    int q = place % w.out_width, p = place / w.out_width % w.out_height;
    int image = place / w.out_width / w.out_height;
    for (int tap = 0; tap < w.taps(); tap++) {
      int y = p * w.stride + tap / w.kernel_width - w.top, x = q * w.stride + tap % w.kernel_width - w.left;
      if (y < 0 || y >= w.height || x < 0 || x >= w.width) continue;
      visit(place, tap, (image * w.height + y) * w.width + x);
    }
  }
}

}  // namespace checks
