// What the tests share: checks that count, and launches without a driver.
#pragma once
#include <dlfcn.h>

#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <random>
#include <string>
#include <vector>

#include "../runtime/launch.h"
#include "../runtime/sanitizer.h"

inline int failures = 0;

inline void check(bool holds, const std::string& what) {
  if (holds) return;
  std::printf("FAIL %s\n", what.c_str());
  failures++;
}

// Each value within `tolerance` of the expected one; what is not a number is wrong.
template <typename T, typename E>
void check_close(const std::vector<T>& actual, const std::vector<E>& expected, double tolerance,
                 const std::string& what) {
  check(actual.size() == expected.size(), what + ": size");
  for (size_t i = 0; i < actual.size() && i < expected.size(); i++) {
    double difference = std::fabs(double(actual[i]) - double(expected[i]));
    if (difference <= tolerance) continue;
    check(false, what + ": [" + std::to_string(i) + "] is " + std::to_string(double(actual[i])) +
                     ", not " + std::to_string(double(expected[i])));
    return;
  }
}

// Random numbers, fresh in each run; DESCENT_TEST_SEED repeats one.
inline std::mt19937& random_source() {
  static std::mt19937 source([] {
    const char* given = std::getenv("DESCENT_TEST_SEED");
    unsigned seed = given ? unsigned(std::atoi(given)) : std::random_device()();
    std::printf("DESCENT_TEST_SEED=%u\n", seed);
    return seed;
  }());
  return source;
}

inline std::vector<float> random_floats(size_t count) {
  std::uniform_real_distribution<float> distribution(-1, 1);
  std::vector<float> values(count);
  for (float& value : values) value = distribution(random_source());
  return values;
}

inline void load_kernels(const char* name, const char* folder = KERNELS) {
  std::string file = std::string(folder) + "/" + name + ".so";
  if (dlopen(file.c_str(), RTLD_NOW | RTLD_LOCAL)) return;
  std::printf("FAIL %s\n", dlerror());
  std::exit(1);
}

// Launches on the run time itself, in the order of the environment; returns its complaint.
template <typename... A>
std::string launch(const char* name, dim3 grid, dim3 block, unsigned shared, A... arguments) {
  void* parameters[] = {&arguments..., nullptr};
  cudasim::Launch launch{cudasim::find_kernel(name), grid, block, shared, parameters};
  if (!launch.kernel) return std::string("no kernel ") + name;
  if (launch.kernel->parameter_count != sizeof...(A)) return "wrong number of parameters";
  cudasim::set_order_from_environment(launch);
  return cudasim::run(launch);
}

template <typename... A>
void launch_well(const char* name, dim3 grid, dim3 block, unsigned shared, A... arguments) {
  std::string wrong = launch(name, grid, block, shared, arguments...);
  check(wrong.empty(), wrong);
}

inline int result() {
  if (failures) std::printf("%d failed\n", failures);
  return failures ? 1 : 0;
}
