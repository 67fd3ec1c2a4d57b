// What it costs to start a kernel.
#pragma once
#include "driver.h"

namespace checks {

// Microseconds a kernel, medians.
struct LaunchCosts {
  double call;         // of the host, for a call that puts one into a stream
  double stream;       // from one kernel to the next in a stream
  double graph;        // from one kernel to the next in a graph
  double graph_call;   // of the host, for a call that launches a graph of kGraphKernels
};

constexpr int kGraphKernels = 500;

// With the smallest kernel there is, the counters' `advance`.
LaunchCosts launch_costs(driver::Device&);

}  // namespace checks
