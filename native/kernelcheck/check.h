// What the tests of native code share: checks that count, and random numbers.
#pragma once
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <random>
#include <string>
#include <vector>

inline int failures = 0;

inline void check(bool holds, const std::string& what) {
  if (holds) return;
  std::printf("FAIL %s\n", what.c_str());
  failures++;
}

// Each value within its tolerance of the expected one; what is not a number is wrong.
template <typename T, typename E>
void check_close(const std::vector<T>& actual, const std::vector<E>& expected,
                 const std::vector<double>& tolerance, const std::string& what) {
  check(actual.size() == expected.size() && actual.size() == tolerance.size(), what + ": size");
  for (size_t i = 0; i < actual.size() && i < expected.size() && i < tolerance.size(); i++) {
    double difference = std::fabs(double(actual[i]) - double(expected[i]));
    if (difference <= tolerance[i]) continue;
    check(false, what + ": [" + std::to_string(i) + "] is " + std::to_string(double(actual[i])) +
                     ", not " + std::to_string(double(expected[i])));
    return;
  }
}

template <typename T, typename E>
void check_close(const std::vector<T>& actual, const std::vector<E>& expected, double tolerance,
                 const std::string& what) {
  check_close(actual, expected, std::vector<double>(actual.size(), tolerance), what);
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

inline std::vector<float> random_floats(size_t count, float least = -1, float most = 1) {
  std::uniform_real_distribution<float> distribution(least, most);
  std::vector<float> values(count);
  for (float& value : values) value = distribution(random_source());
  return values;
}

inline std::vector<int> random_ints(size_t count, int least, int most) {
  std::uniform_int_distribution<int> distribution(least, most);
  std::vector<int> values(count);
  for (int& value : values) value = distribution(random_source());
  return values;
}

inline int result() {
  if (failures) std::printf("%d failed\n", failures);
  return failures ? 1 : 0;
}
