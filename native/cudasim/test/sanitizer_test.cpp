// A kernel that goes past the end of its memory, which AddressSanitizer must report:
//   sanitizer_test past_the_end | past_dynamic_shared | read_past_the_end
#include <cstring>
#include <memory>

#include "check.h"

int main(int, char** arguments) {
  load_kernels("bugs");
  load_kernels("primitives");
  std::unique_ptr<float[]> values(new float[100]());
  if (!std::strcmp(arguments[1], "past_the_end")) {
    launch_well("past_the_end", 1, 1, 0, values.get(), 100);
  } else if (!std::strcmp(arguments[1], "past_dynamic_shared")) {
    launch_well("past_dynamic_shared", 1, 1, 64, 16);
  } else {
    std::vector<float> out(128);
    launch_well("saxpy", 1, 128, 0, 1.0f, (const float*)values.get(), out.data(), 101);
  }
  std::printf("FAIL the sanitizer saw nothing\n");
  return 1;
}
