// Deliberate bugs: each is found, and named with kernel, block, thread and line where it can be.
#include <algorithm>
#include <cstring>
#include <numeric>

#include "check.h"

namespace {

using cudasim::Order;

constexpr struct {
  Order order;
  uint64_t seed;
} kOrders[] = {{Order::kForward, 1}, {Order::kReverse, 1}, {Order::kRandom, 1},
               {Order::kRandom, 2},  {Order::kRandom, 3}};

template <typename... A>
std::string launch_in(Order order, uint64_t seed, const char* name, unsigned threads,
                      unsigned shared, A... arguments) {
  void* parameters[] = {&arguments..., nullptr};
  cudasim::Launch launch{cudasim::find_kernel(name), 1, threads, shared, parameters};
  launch.order = order;
  launch.seed = seed;
  return cudasim::run(launch);
}

// Results that are wrong in at least one order. `run` gives whether they are right.
template <typename F>
void found_in_some_order(const char* name, F run) {
  bool wrong = false;
  for (auto [order, seed] : kOrders) wrong |= !run(order, seed);
  check(wrong, std::string(name) + ": no order of threads shows the bug");
}

// A complaint that has all of the words, in every order.
template <typename... A>
void complains(const char* name, unsigned threads, std::initializer_list<const char*> words,
               A... arguments) {
  for (auto [order, seed] : kOrders) {
    std::string text = launch_in(order, seed, name, threads, 0, arguments...);
    for (const char* word : words) {
      check(text.find(word) != std::string::npos,
            std::string(name) + ": '" + word + "' is not in: " + text);
    }
    check(text.find(std::string("kernel ") + name + ", block (0,0,0)") == 0,
          std::string(name) + ": names no kernel and block: " + text);
  }
}

void missing_barriers() {
  std::vector<int> in(256), expected(256);
  std::iota(in.begin(), in.end(), 100);
  std::reverse_copy(in.begin(), in.end(), expected.begin());
  found_in_some_order("missing_barrier", [&](Order order, uint64_t seed) {
    std::vector<int> out(256, -1);
    launch_in(order, seed, "missing_barrier", 256, 0, (const int*)in.data(), out.data());
    return out == expected;
  });
  found_in_some_order("missing_syncwarp", [&](Order order, uint64_t seed) {
    std::vector<int> out(32, -1);
    launch_in(order, seed, "missing_syncwarp", 32, 0, (const int*)in.data(), out.data());
    return std::equal(out.begin(), out.end(), in.rend() - 32);
  });
  for (int& value : expected) value = 3 * value + 3;
  found_in_some_order("missing_second_barrier", [&](Order order, uint64_t seed) {
    std::vector<int> out(256, -1);
    launch_in(order, seed, "missing_second_barrier", 256, 0, (const int*)in.data(), out.data(), 3);
    return out == expected;
  });
}

void divergence() {
  std::vector<int> out(64);
  int* p = out.data();
  complains("barrier_of_some", 64, {"48 wait at the barrier", "bugs.cu:", "16 have ended"}, p);
  complains("barrier_after_return", 64, {"33 wait at the barrier", "bugs.cu:", "31 have ended"}, p, 33);
  complains("barriers_at_different_lines", 64, {"different barriers", "bugs.cu:", "thread ("}, p);
  complains("shuffle_of_some", 32, {"16 wait at the warp operation", "16 wait at the barrier"}, p);
  complains("shuffle_from_outside", 32, {"a lane that takes no part", "bugs.cu:"}, p);
  complains("not_in_its_mask", 32, {"mask leaves it out", "bugs.cu:", "thread ("}, p);
  complains("different_operations", 32, {"different operations", "bugs.cu:"}, p);
  complains("traps", 32, {"__trap()", "thread (5,0,0)", "bugs.cu:"});
}

void uninitialised() {
  std::vector<float> out(128, 0);
  // Twice: also what an earlier block has left must be gone.
  for (int times = 0; times < 2; times++) {
    std::string wrong = launch_in(Order::kForward, 1, "reads_nothing", 64, 256, out.data());
    check(wrong.empty(), wrong);
    check(out[31] == 1 && std::isnan(out[32]) && std::isnan(out[63]), "static shared memory");
    check(std::isnan(out[64]) && std::isnan(out[127]), "dynamic shared memory");
  }
}

#if !CUDASIM_ASAN
void past_dynamic_shared() {
  check(launch_in(Order::kForward, 1, "past_dynamic_shared", 1, 64, 15).empty(), "within");
  std::string text = launch_in(Order::kForward, 1, "past_dynamic_shared", 1, 64, 16);
  check(text.find("wrote past its 64 bytes of dynamic shared memory") != std::string::npos, text);
}
#endif

void asynchronous_copies() {
  std::vector<float> in = random_floats(256), out(64, 0);
  auto launched = [&](const char* name) {
    std::string wrong =
        launch_in(Order::kForward, 1, name, 32, 0, (const float*)in.data(), out.data());
    check(wrong.empty(), wrong);
  };
  launched("missing_wait");
  check(std::isnan(out[0]) && std::isnan(out[31]), "missing_wait");
  launched("wrong_wait");
  check(std::isnan(out[0]) && std::isnan(out[31]), "wrong_wait");
  complains("misaligned_copy", 16, {"misaligned", "thread ("}, (const float*)in.data(), out.data());
}

void endless_wait() {
  // Within the first look at the clock.
  setenv("CUDASIM_SPIN_SECONDS", "-1", 1);
  unsigned counter = 0;
  complains("waits_for_nobody", 1, {"waits for another thread for too long", "ptx.cuh:"}, &counter);
  unsetenv("CUDASIM_SPIN_SECONDS");
}

}  // namespace

int main() {
  load_kernels("bugs");
  missing_barriers();
  divergence();
  uninitialised();
#if !CUDASIM_ASAN
  past_dynamic_shared();
#endif
  asynchronous_copies();
  endless_wait();
  return result();
}
