// kernels/cuda/updates.cu: each optimizer for a few elements and for some thousand, and the counters.
#include "updates.h"

namespace checks {

namespace {

// A parameter with what the optimizer keeps of it.
struct Element {
  double p, g, first, second;
};

// Runs an optimizer against `expected` of each element.
template <typename F>
void optimizer(Device& device, int rule, F expected) {
  std::string kernel = kOptimizers[rule];
  for (int size : {1, 7, 33, 1000, 4099}) {
    for (size_t shift : {size_t(0), size_t(1)}) {
      std::string what = kernel + " of " + std::to_string(size);
      Optimized one(device, size, shift);
      for (unsigned blocks : kBlocks) {
        one.reset();
        device.run("updates", kernel, {blocks}, kThreads, 0, one.update(rule, false));
        std::vector<double> wanted(one.p.size()), moments(one.p.size()), squares(one.p.size());
        for (size_t i = 0; i < one.p.size(); i++) {
          Element e{double(one.p[i]), double(one.g[i]), double(one.first[i]), double(one.second[i])};
          expected(e);
          wanted[i] = e.p, moments[i] = e.first, squares[i] = e.second;
        }
        check_close(one.parameters.read(), wanted, kFunctionError, what);
        check_close(one.firsts.read(), moments, kFunctionError, what + ": moments");
        check_close(one.seconds.read(), squares, kFunctionError, what + ": second moments");
      }
      check(one.status.read()[0] == 0, what + ": reports a fault");
      // A slot outside is reported, with nothing updated.
      one.reset();
      one.counters.write(state(0, kSlots, kStep));
      device.run("updates", kernel, {3}, kThreads, 0, one.update(rule, false));
      check(one.status.read()[0] == kPlace * 4 + 3, what + ": does not report the slot");
      check(one.parameters.read() == one.p, what + ": updates although the slot is outside");
    }
  }
}

}  // namespace

void updates(Device& device) {
  constexpr double kKeep = double(kBeta1), kRho = double(kBeta2), kSmall = double(kEpsilon);
  double rate = double(kRate);
  optimizer(device, SGD, [&](Element& e) { e.p -= rate * e.g; });
  optimizer(device, MOMENTUM,
            [&](Element& e) { e.first = kKeep * e.first + e.g, e.p -= rate * e.first; });
  optimizer(device, NESTEROV, [&](Element& e) {
    e.first = kKeep * e.first + e.g, e.p -= rate * (e.g + kKeep * e.first);
  });
  optimizer(device, ADAGRAD, [&](Element& e) {
    e.first += e.g * e.g, e.p -= rate * e.g / (std::sqrt(e.first) + kSmall);
  });
  optimizer(device, RMS_PROP, [&](Element& e) {
    e.first = kRho * e.first + (1 - kRho) * e.g * e.g;
    e.p -= rate * e.g / (std::sqrt(e.first) + kSmall);
  });
  optimizer(device, ADAM, [&](Element& e) {
    e.first = kKeep * e.first + (1 - kKeep) * e.g, e.second = kRho * e.second + (1 - kRho) * e.g * e.g;
    double mean = e.first / (1 - std::pow(kKeep, kStep + 1));
    double square = e.second / (1 - std::pow(kRho, kStep + 1));
    e.p -= rate * double(kDecay) * e.p + rate * mean / (std::sqrt(square) + kSmall);
  });
  Array<int> counters(device, state(5, 6, 7));
  for (int training : {0, 1}) device.run("updates", "advance", {1}, 1, 0, counters.at(), 100, training);
  check(counters.read() == state(205, 8, 8), "advance");
}

}  // namespace checks
