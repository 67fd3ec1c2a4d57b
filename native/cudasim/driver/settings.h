// What the environment asks of the simulated machine, faults included. Read whenever cuInit is
// called, so that a test in one process can set a variable, and call it again. ../README.md tells of
// each.
#pragma once
#include <cstdint>
#include <string>

namespace cudasim::driver {

struct Settings {
  int devices;             // CUDASIM_DEVICES
  int driver_version;      // CUDASIM_DRIVER_VERSION, 1000 x major + 10 x minor of CUDA
  int compute_capability;  // CUDASIM_COMPUTE_CAPABILITY, 10 x major + minor
  uint64_t memory;         // CUDASIM_MEMORY, bytes of a device
  bool eager;              // CUDASIM_EAGER
  bool log;                // CUDASIM_LOG
  bool ptx;                // CUDASIM_PTX
  std::string kernels;     // CUDASIM_KERNELS, a list of folders and libraries

  uint64_t fail_allocation;         // CUDASIM_FAIL_ALLOCATION: this one, from 1; 0 none
  uint64_t largest_allocation;      // CUDASIM_LARGEST_ALLOCATION, bytes
  std::string fail_launch;          // CUDASIM_FAIL_LAUNCH: a number from 1, or a kernel's name
  std::string fail_module;          // CUDASIM_FAIL_MODULE: no-binary or invalid
  uint64_t allocations, launches;   // counted since
};

Settings& settings();

// Reads the environment. Ends the process with a message if a variable has no sensible value.
void read_settings();

}  // namespace cudasim::driver
