// What the simulator's tests share: launches without a driver.
#pragma once
#include "../../kernelcheck/check.h"

#include <dlfcn.h>

#include "../runtime/launch.h"
#include "../runtime/sanitizer.h"

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
