#include "settings.h"

#include <cstdio>
#include <cstdlib>

#include "result.h"

namespace cudasim::driver {

namespace {

const char* variable(const char* name) {
  const char* value = std::getenv(name);
  return value && *value ? value : nullptr;
}

// A whole number, with K, M or G for powers of 1024.
uint64_t number(const char* name, uint64_t otherwise) {
  const char* value = variable(name);
  if (!value) return otherwise;
  char* end;
  uint64_t result = std::strtoull(value, &end, 10);
  for (const char* unit = "KMG"; *end && *unit; unit++) {
    result <<= 10;
    if (*end == *unit) {
      end++;
      break;
    }
  }
  if (*end || *value < '0' || *value > '9') {
    std::fprintf(stderr, "cudasim: %s=%s: not a number\n", name, value);
    std::exit(2);
  }
  return result;
}

std::string text(const char* name) {
  const char* value = variable(name);
  return value ? value : "";
}

}  // namespace

Settings& settings() {
  static Settings* instance = new Settings{};
  return *instance;
}

void read_settings() {
  Settings& s = settings();
  s.devices = int(number("CUDASIM_DEVICES", 1));
  s.driver_version = int(number("CUDASIM_DRIVER_VERSION", 13000));
  s.compute_capability = int(number("CUDASIM_COMPUTE_CAPABILITY", 80));
  s.memory = number("CUDASIM_MEMORY", uint64_t(2) << 30);
  s.eager = number("CUDASIM_EAGER", 0);
  s.log = number("CUDASIM_LOG", 0);
  s.ptx = number("CUDASIM_PTX", 0);
  s.kernels = text("CUDASIM_KERNELS");
  s.fail_allocation = number("CUDASIM_FAIL_ALLOCATION", 0);
  s.largest_allocation = number("CUDASIM_LARGEST_ALLOCATION", UINT64_MAX);
  s.fail_launch = text("CUDASIM_FAIL_LAUNCH");
  s.fail_module = text("CUDASIM_FAIL_MODULE");
  if (!s.fail_module.empty() && s.fail_module != "no-binary" && s.fail_module != "invalid" &&
      s.fail_module != "lazy") {
    std::fprintf(stderr, "cudasim: CUDASIM_FAIL_MODULE=%s: it is no-binary, invalid or lazy\n",
                 s.fail_module.c_str());
    std::exit(2);
  }
  s.allocations = s.launches = 0;
}

const char* result_name(int result) {
  switch (result) {
#define X(value, name, text) \
  case value: return "CUDA_" #name;
    CUDASIM_RESULTS(X)
#undef X
  }
  return nullptr;
}

const char* result_text(int result) {
  switch (result) {
#define X(value, name, text) \
  case value: return text;
    CUDASIM_RESULTS(X)
#undef X
  }
  return nullptr;
}

Result failed(Result result, const char* function, const char* why) {
  if (settings().log) {
    std::fprintf(stderr, "cudasim: %s: %s%s%s\n", function, result_name(result), *why ? ": " : "",
                 why);
  }
  return result;
}

}  // namespace cudasim::driver
