// kernels/cuda/updates.cu: each optimizer for a few elements and for some thousand, and the counters.
#include "checks.h"

namespace checks {

namespace {

// The arguments of every optimizer, as updates.cu has them.
struct Update {
  float* p;
  const float* g;
  const float* rates;
  const int* state;
  int* status;
  int n, rates_size, place;
};

// A parameter with what the optimizer keeps of it.
struct Element {
  double p, g, first, second;
};

constexpr float kRate = 0.125f;
constexpr int kSlots = 3, kSlot = 2, kStep = 4;

// Runs an optimizer with up to two arrays of moments, and `expected` of each element.
template <typename F, typename L>
void optimizer(Device& device, const std::string& kernel, F expected, L launch) {
  for (int size : {1, 7, 33, 1000, 4099}) {
    for (size_t shift : {size_t(0), size_t(1)}) {
      std::string what = kernel + " of " + std::to_string(size);
      std::vector<float> p = random_floats(size_t(size)), g = random_floats(size_t(size));
      // Squares are not negative, and this does for means too.
      std::vector<float> first = random_floats(size_t(size), 0, 1), second = random_floats(size_t(size), 0, 1);
      Array<float> parameters(device, p, shift), gradients(device, g, shift);
      Array<float> firsts(device, first, shift), seconds(device, second, shift);
      Array<float> rates(device, {1, 2, kRate});
      Array<int> counters(device, state(0, kSlot, kStep)), status(device, {0});
      Update u{parameters.at(), gradients.at(), rates.at(), counters.at(), status.at(), size, kSlots, 11};
      for (unsigned blocks : kBlocks) {
        parameters.write(p);
        firsts.write(first);
        seconds.write(second);
        launch(Grid{blocks}, u, firsts.at(), seconds.at());
        std::vector<double> wanted(p.size()), moments(p.size()), squares(p.size());
        for (size_t i = 0; i < p.size(); i++) {
          Element e{double(p[i]), double(g[i]), double(first[i]), double(second[i])};
          expected(e);
          wanted[i] = e.p, moments[i] = e.first, squares[i] = e.second;
        }
        check_close(parameters.read(), wanted, kFunctionError, what);
        check_close(firsts.read(), moments, kFunctionError, what + ": moments");
        check_close(seconds.read(), squares, kFunctionError, what + ": second moments");
      }
      check(status.read()[0] == 0, what + ": reports a fault");
      // A slot outside is reported, with nothing updated.
      parameters.write(p);
      counters.write(state(0, kSlots, kStep));
      launch(Grid{3}, u, firsts.at(), seconds.at());
      check(status.read()[0] == 11 * 4 + 3, what + ": does not report the slot");
      check(parameters.read() == p, what + ": updates although the slot is outside");
    }
  }
}

}  // namespace

void updates(Device& device) {
  auto run = [&](const std::string& kernel, Grid grid, auto... arguments) {
    device.run("updates", kernel, grid, kThreads, 0, arguments...);
  };
  constexpr float kKeep = 0.75f, kEpsilon = 0.01f, kRho = 0.75f, kBeta1 = 0.5f, kBeta2 = 0.75f, kDecay = 0.5f;
  double rate = double(kRate);
  optimizer(
      device, "sgd", [&](Element& e) { e.p -= rate * e.g; },
      [&](Grid grid, Update u, float*, float*) { run("sgd", grid, u); });
  optimizer(
      device, "momentum", [&](Element& e) { e.first = 0.75 * e.first + e.g, e.p -= rate * e.first; },
      [&](Grid grid, Update u, float* first, float*) { run("momentum", grid, u, first, kKeep); });
  optimizer(
      device, "nesterov",
      [&](Element& e) { e.first = 0.75 * e.first + e.g, e.p -= rate * (e.g + 0.75 * e.first); },
      [&](Grid grid, Update u, float* first, float*) { run("nesterov", grid, u, first, kKeep); });
  optimizer(
      device, "adagrad",
      [&](Element& e) {
        e.first += e.g * e.g, e.p -= rate * e.g / (std::sqrt(e.first) + double(kEpsilon));
      },
      [&](Grid grid, Update u, float* first, float*) { run("adagrad", grid, u, first, kEpsilon); });
  optimizer(
      device, "rms_prop",
      [&](Element& e) {
        e.first = 0.75 * e.first + 0.25 * e.g * e.g;
        e.p -= rate * e.g / (std::sqrt(e.first) + double(kEpsilon));
      },
      [&](Grid grid, Update u, float* first, float*) {
        run("rms_prop", grid, u, first, kRho, 1 - kRho, kEpsilon);
      });
  optimizer(
      device, "adam",
      [&](Element& e) {
        e.first = 0.5 * e.first + 0.5 * e.g, e.second = 0.75 * e.second + 0.25 * e.g * e.g;
        double mean = e.first / (1 - std::pow(0.5, kStep + 1));
        double square = e.second / (1 - std::pow(0.75, kStep + 1));
        e.p -= rate * double(kDecay) * e.p + rate * mean / (std::sqrt(square) + double(kEpsilon));
      },
      [&](Grid grid, Update u, float* first, float* second) {
        run("adam", grid, u, first, second, kBeta1, kBeta2, 1 - kBeta1, 1 - kBeta2, kEpsilon, kDecay);
      });
  Array<int> counters(device, state(5, 6, 7));
  for (int training : {0, 1}) device.run("updates", "advance", {1}, 1, 0, counters.at(), 100, training);
  check(counters.read() == state(205, 8, 8), "advance");
}

}  // namespace checks
