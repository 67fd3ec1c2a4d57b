// What the checks of optimizers share.
#pragma once
#include <cstring>

#include "checks.h"

// After the C++ library's headers, with whose words it plays.
#include "cudasim.h"

#include "../../kernels/cuda/update.cuh"

namespace checks {

// The kernel of an optimizer over a whole buffer; update.cuh numbers them.
constexpr const char* kOptimizers[] = {"sgd", "momentum", "nesterov", "adagrad", "rms_prop", "adam"};

// Learning rates, where the step takes its own, and what comes back where that is outside.
constexpr float kRate = 0.125f;
constexpr int kSlots = 3, kSlot = 2, kStep = 4, kPlace = 11;
constexpr float kBeta1 = 0.5f, kBeta2 = 0.75f, kEpsilon = 0.01f, kDecay = 0.5f;

// Parameters, gradients and moments on the device, each an allocation of its own.
struct Optimized {
  std::vector<float> p, g, first, second;
  Array<float> parameters, gradients, firsts, seconds, rates;
  Array<int> counters, status;
  int size;

  // shift: elements that stand before the first, so that nothing starts on 16 bytes
  Optimized(Device& device, int size, size_t shift)
      : p(random_floats(size_t(size))),
        g(random_floats(size_t(size))),
        // Squares are not negative, and this does for means too.
        first(random_floats(size_t(size), 0, 1)),
        second(random_floats(size_t(size), 0, 1)),
        parameters(device, p, shift),
        gradients(device, g, shift),
        firsts(device, first, shift),
        seconds(device, second, shift),
        rates(device, {1, 2, kRate}),
        counters(device, state(0, kSlot, kStep)),
        status(device, {0}),
        size(size) {}

  void reset() {
    parameters.write(p);
    gradients.write(g);
    firsts.write(first);
    seconds.write(second);
  }

  Update update(int rule, bool keep) const {
    return {parameters.at(), gradients.at(), rule == SGD ? nullptr : firsts.at(),
            rule == ADAM ? seconds.at() : nullptr, rates.at(), counters.at(), status.at(), size, kSlots, kPlace,
            rule, keep, kBeta1, kBeta2, 1 - kBeta1, 1 - kBeta2, kEpsilon, kDecay};
  }

  std::vector<std::vector<float>> read() const { return {parameters.read(), firsts.read(), seconds.read()}; }
};

inline bool same_bits(const std::vector<float>& a, const std::vector<float>& b) {
  return a.size() == b.size() && !std::memcmp(a.data(), b.data(), a.size() * sizeof(float));
}

// A kernel that makes `made` elements of the gradient and updates parameters with them, against one that makes
// them and one that updates: the same bits, and a gradient that stays as it was unless it is to be kept.
template <typename Joined, typename Apart>
void updates_alike(Device& device, const std::string& name, int made, Joined joined, Apart apart) {
  struct {
    int rest;
    size_t shift;
    bool keep;
  } cases[] = {{0, 0, true}, {3, 0, false}, {3, 1, true}};
  for (int rule = SGD; rule <= ADAM; rule++) {
    for (const auto& [rest, shift, keep] : cases) {
      std::string what = name + " with " + kOptimizers[rule] + ", rest " + std::to_string(rest) + ", shift " +
                         std::to_string(shift);
      Optimized one(device, made + rest, shift);
      joined(one.update(rule, keep));
      std::vector<std::vector<float>> actual = one.read();
      std::vector<float> gradients = one.gradients.read();
      one.reset();
      apart(one.gradients.at());
      device.run("updates", kOptimizers[rule], {2}, kThreads, 0, one.update(rule, false));
      std::vector<std::vector<float>> expected = one.read();
      for (size_t i = 0; i < expected.size(); i++) {
        check(same_bits(actual[i], expected[i]), what + ": differs from an update of its own");
      }
      check(same_bits(gradients, keep ? one.gradients.read() : one.g), what + ": gradient");
      check(one.status.read()[0] == 0, what + ": reports a fault");
    }
  }
}

}  // namespace checks
