// Each primitive against plain loops.
#include "check.h"

static void saxpy() {
  for (int n : {1, 7, 255, 256, 257, 1000}) {
    std::vector<float> x = random_floats(size_t(n)), y = random_floats(size_t(n)), expected = y;
    for (int i = 0; i < n; i++) expected[i] = std::fma(2.5f, x[i], expected[i]);
    launch_well("saxpy", dim3((n + 255) / 256), dim3(256), 0, 2.5f, (const float*)x.data(), y.data(), n);
    check_close(y, expected, 0, "saxpy");
  }
}

int main() {
  load_kernels("primitives");
  saxpy();
  return result();
}
