#include "launches.h"

#include <algorithm>
#include <chrono>

#include "checks.h"

namespace checks {

namespace {

using Clock = std::chrono::steady_clock;

constexpr int kRepeats = 21;
// The first have to load things.
constexpr int kWarm = 3;
constexpr unsigned kNonBlocking = 1;

double microseconds(Clock::time_point start) {
  return std::chrono::duration<double, std::micro>(Clock::now() - start).count();
}

double median(std::vector<double> values) {
  std::nth_element(values.begin(), values.begin() + ptrdiff_t(values.size() / 2), values.end());
  return values[values.size() / 2];
}

// The medians of two times that `once` adds to its lists.
template <typename F>
void repeat(F once, double& first, double& second) {
  std::vector<double> firsts, seconds;
  for (int i = 0; i < kWarm + kRepeats; i++) {
    if (i == kWarm) firsts.clear(), seconds.clear();
    once(firsts, seconds);
  }
  first = median(firsts);
  second = median(seconds);
}

}  // namespace

LaunchCosts launch_costs(Device& device) {
  const driver::Functions& call = device.call();
  Array<int> counters(device, state(0, 0, 0));
  int* address = counters.at();
  int rows = 1, training = 1;
  void* values[] = {&address, &rows, &training, nullptr};
  void* kernel = device.function("updates", "advance");
  void *stream = nullptr, *graph = nullptr, *executable = nullptr;
  device.require(call.cuStreamCreate(&stream, kNonBlocking), "cuStreamCreate");
  auto launch_all = [&] {
    for (int i = 0; i < kGraphKernels; i++) {
      device.require(call.cuLaunchKernel(kernel, 1, 1, 1, 1, 1, 1, 0, stream, values, nullptr), "advance");
    }
  };
  auto wait = [&] { device.require(call.cuStreamSynchronize(stream), "cuStreamSynchronize"); };

  LaunchCosts costs{};
  repeat(
      [&](std::vector<double>& calls, std::vector<double>& whole) {
        auto start = Clock::now();
        launch_all();
        calls.push_back(microseconds(start) / kGraphKernels);
        wait();
        whole.push_back(microseconds(start) / kGraphKernels);
      },
      costs.call, costs.stream);

  device.require(call.cuStreamBeginCapture_v2(stream, 0), "cuStreamBeginCapture");
  launch_all();
  device.require(call.cuStreamEndCapture(stream, &graph), "cuStreamEndCapture");
  device.require(call.cuGraphInstantiateWithFlags(&executable, graph, 0), "cuGraphInstantiate");
  repeat(
      [&](std::vector<double>& calls, std::vector<double>& whole) {
        auto start = Clock::now();
        device.require(call.cuGraphLaunch(executable, stream), "cuGraphLaunch");
        calls.push_back(microseconds(start));
        wait();
        whole.push_back(microseconds(start) / kGraphKernels);
      },
      costs.graph_call, costs.graph);

  int launched = 2 * (kWarm + kRepeats) * kGraphKernels;
  check(counters.read() == state(launched, launched, launched), "each launch has run");
  device.require(call.cuGraphExecDestroy(executable), "cuGraphExecDestroy");
  device.require(call.cuGraphDestroy(graph), "cuGraphDestroy");
  device.require(call.cuStreamDestroy_v2(stream), "cuStreamDestroy");
  return costs;
}

}  // namespace checks
