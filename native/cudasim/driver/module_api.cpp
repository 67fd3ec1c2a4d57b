// Modules, functions, launches, occupancy.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>

#include "../../ptxsim/block.h"
#include "driver.h"

using namespace cudasim::driver;

// Attributes of devices, asked of ourselves.
CUDA_API cuDeviceGetAttribute(int* value, int which, int device);

namespace cudasim::driver {

bool Driver::has(const Function* function) const { return functions.contains(function); }

namespace {

// Attributes, as the driver numbers them.
constexpr int kMultiprocessorCount = 16;
constexpr int kThreadsPerMultiprocessor = 39;
constexpr int kSharedPerMultiprocessor = 81;
constexpr int kSharedPerBlockOptIn = 97;
constexpr int kMaxThreadsPerBlock = 0;
constexpr int kStaticShared = 1;
constexpr int kRegisters = 4;
constexpr int kPtxVersion = 5;
constexpr int kBinaryVersion = 6;
constexpr int kMaxDynamicSharedSize = 8;

int device_attribute(int which) {
  int value = 0;
  cuDeviceGetAttribute(&value, which, current_context()->device);
  return value;
}

// The fault that the environment asks for, by number or by name.
bool shall_fail(const Function& function) {
  Settings& s = settings();
  s.launches++;
  if (s.fail_launch.empty()) return false;
  return s.fail_launch == function.kernel->name ||
         s.fail_launch == std::to_string(s.launches);
}

int blocks_per_multiprocessor(const Function& function, int threads, size_t dynamic_shared) {
  if (threads < 1 || threads > limits(function).threads) return 0;
  int warps = (threads + 31) / 32 * 32;
  int by_threads = std::min(32, device_attribute(kThreadsPerMultiprocessor) / warps);
  // A kilobyte of each block is the system's.
  size_t shared = dynamic_shared + size_t(limits(function).static_shared) + 1024;
  return std::min(by_threads, int(size_t(device_attribute(kSharedPerMultiprocessor)) / shared));
}

}  // namespace

Result Driver::run(const Function& function, Launch launch, std::vector<char> parameters) {
  const Kernel& kernel = *function.kernel;
  auto report = [&](Result result, const std::string& what) {
    std::fprintf(stderr, "cudasim: %s\n", what.c_str());
    return failed(result, "cuLaunchKernel", kernel.name);
  };
  if (shall_fail(function)) {
    return report(ERROR_ILLEGAL_ADDRESS,
                  std::string("kernel ") + kernel.name + " fails, as CUDASIM_FAIL_LAUNCH asks");
  }
  std::vector<void*> values;
  // A device aligns them all to the largest alignment that a type may ask for here.
  constexpr size_t kAlignment = 128;
  parameters.resize(parameters.size() + kAlignment);
  size_t start = size_t(-reinterpret_cast<uintptr_t>(parameters.data())) % kAlignment;
  std::memmove(parameters.data() + start, parameters.data(), parameters.size() - kAlignment);
  size_t at = start;
  for (unsigned i = 0; i < kernel.parameter_count; i++) {
    const Parameter& parameter = kernel.parameters[i];
    at = start + (at - start + parameter.alignment - 1) / parameter.alignment * parameter.alignment;
    values.push_back(parameters.data() + at);
    at += parameter.size;
    if (!parameter.is_pointer) continue;
    DevicePointer pointer;
    std::memcpy(&pointer, values.back(), sizeof pointer);
    if (pointer && !memory.accessible(pointer, 0)) {
      return report(ERROR_ILLEGAL_ADDRESS, std::string("kernel ") + kernel.name + ": parameter " +
                                               std::to_string(i) + " points to no device memory");
    }
  }
  values.push_back(nullptr);
  launch.parameters = values.data();
  set_order_from_environment(launch);
  std::unique_ptr<ptxsim::Task> task;
  if (function.ptx) {
    task = std::make_unique<ptxsim::Task>(function.ptx->code, parameters.data() + start, memory.accessible(),
                                          function.module->ptx->globals());
    launch.interpreter = task.get();
  }
  std::string wrong = cudasim::run(launch);
  if (!wrong.empty()) return report(ERROR_LAUNCH_FAILED, wrong);
  std::string damage = memory.damage();
  if (!damage.empty()) {
    return report(ERROR_ILLEGAL_ADDRESS, std::string("kernel ") + kernel.name + " " + damage);
  }
  return SUCCESS;
}

}  // namespace cudasim::driver

CUDA_API cuModuleLoadData(Module** module, const void* image) {
  BEGIN
  std::unique_ptr<Module> loaded;
  if (Result result = load(image, loaded)) RETURN(result);
  loaded->owner = current_context();
  *module = driver().modules.add(std::move(loaded));
  return SUCCESS;
}
CUDA_API cuModuleLoadDataEx(Module** module, const void* image, unsigned, int*, void**) {
  return cuModuleLoadData(module, image);
}
CUDA_API cuModuleLoadFatBinary(Module** module, const void* image) {
  return cuModuleLoadData(module, image);
}

CUDA_API cuModuleLoad(Module** module, const char* name) {
  BEGIN
  std::ifstream file(name, std::ios::binary);
  if (!file) RETURN(ERROR_FILE_NOT_FOUND, name);
  std::string image((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  image.append(64, '\0');  // room for the headers of what is no image
  return cuModuleLoadData(module, image.data());
}

CUDA_API cuModuleUnload(Module* module) {
  BEGIN
  if (!driver().modules.has(module)) RETURN(ERROR_INVALID_HANDLE);
  if (Result result = driver().streams.finish_all()) RETURN(result);
  driver().unload([&](const Module& loaded) { return &loaded == module; });
  return SUCCESS;
}

CUDA_API cuModuleGetLoadingMode(int* mode) {
  *mode = 1;  // eager
  return SUCCESS;
}

CUDA_API cuModuleGetFunction(Function** function, Module* module, const char* name) {
  BEGIN
  if (!driver().modules.has(module)) RETURN(ERROR_INVALID_HANDLE);
  if (Result result = find_function(*module, name, *function)) RETURN(result, name ? name : "");
  driver().functions.insert(*function);
  return SUCCESS;
}

CUDA_API cuModuleGetGlobal_v2(DevicePointer* pointer, size_t* size, Module* module,
                              const char* name) {
  BEGIN
  if (!driver().modules.has(module)) RETURN(ERROR_INVALID_HANDLE);
  void* address;
  size_t bytes;
  if (Result result = find_global(*module, name, address, bytes)) RETURN(result, name);
  // It is no allocation, but copies may touch it.
  if (!driver().memory.is_pinned(address, bytes)) driver().memory.pin(address, bytes);
  if (pointer) *pointer = reinterpret_cast<uintptr_t>(address);
  if (size) *size = bytes;
  return SUCCESS;
}

#define NEEDS_FUNCTION(function) \
  BEGIN                          \
  if (!driver().has(function)) return failed(ERROR_INVALID_HANDLE, __func__, "no such function");

CUDA_API cuFuncGetModule(Module** module, Function* function) {
  NEEDS_FUNCTION(function)
  *module = function->module;
  return SUCCESS;
}

CUDA_API cuFuncGetName(const char** name, Function* function) {
  NEEDS_FUNCTION(function)
  *name = function->kernel->name;
  return SUCCESS;
}

CUDA_API cuFuncGetAttribute(int* value, int attribute, Function* function) {
  NEEDS_FUNCTION(function)
  switch (attribute) {
    case kMaxThreadsPerBlock: *value = limits(*function).threads; break;
    case kStaticShared: *value = limits(*function).static_shared; break;
    case kRegisters: *value = limits(*function).registers; break;
    case kPtxVersion: *value = function->module->architecture; break;
    case kBinaryVersion: {
      // Of PTX, the driver makes code for the device itself.
      const Module& module = *function->module;
      *value = module.cubin.empty() ? settings().compute_capability : module.architecture;
      break;
    }
    case kMaxDynamicSharedSize: *value = function->dynamic_shared; break;
    default: *value = 0;
  }
  return SUCCESS;
}

CUDA_API cuFuncSetAttribute(Function* function, int attribute, int value) {
  NEEDS_FUNCTION(function)
  if (attribute == kMaxDynamicSharedSize) {
    int most = device_attribute(kSharedPerBlockOptIn) - limits(*function).static_shared;
    if (value < 0 || value > most) RETURN(ERROR_INVALID_VALUE, "more shared memory than there is");
    function->dynamic_shared = value;
  }
  return SUCCESS;
}

CUDA_API cuFuncSetCacheConfig(Function* function, int) {
  NEEDS_FUNCTION(function)
  return SUCCESS;
}

CUDA_API cuOccupancyMaxActiveBlocksPerMultiprocessorWithFlags(int* blocks, Function* function,
                                                              int threads, size_t dynamic_shared,
                                                              unsigned) {
  NEEDS_FUNCTION(function)
  if (threads < 1) RETURN(ERROR_INVALID_VALUE);
  *blocks = blocks_per_multiprocessor(*function, threads, dynamic_shared);
  return SUCCESS;
}
CUDA_API cuOccupancyMaxActiveBlocksPerMultiprocessor(int* blocks, Function* function, int threads,
                                                     size_t dynamic_shared) {
  return cuOccupancyMaxActiveBlocksPerMultiprocessorWithFlags(blocks, function, threads,
                                                              dynamic_shared, 0);
}

CUDA_API cuOccupancyMaxPotentialBlockSize(int* grid, int* block, Function* function,
                                          size_t (*)(int), size_t dynamic_shared, int limit) {
  NEEDS_FUNCTION(function)
  *block = limits(*function).threads;
  if (limit > 0) *block = std::min(*block, limit);
  *grid = device_attribute(kMultiprocessorCount) *
          blocks_per_multiprocessor(*function, *block, dynamic_shared);
  return SUCCESS;
}

// --- launches -----------------------------------------------------------------------------------

namespace {

// Checks what the driver checks at the call, takes the parameters' values, and queues the kernel.
int launch(const char* caller, Function* function, dim3 grid, dim3 block, unsigned shared,
           void* handle, void** values, void** extra, bool cooperative) {
  auto stream = driver().streams.find(handle);
  if (!stream) return failed(ERROR_INVALID_HANDLE, caller, "no such stream");
  if (!driver().has(function)) return failed(ERROR_INVALID_HANDLE, caller, "no such function");
  uint64_t threads = uint64_t(block.x) * block.y * block.z;
  if (!grid.x || !grid.y || !grid.z || grid.x > 0x7fffffff || grid.y > 65535 || grid.z > 65535) {
    return failed(ERROR_INVALID_VALUE, caller, "size of the grid");
  }
  if (!threads || block.x > 1024 || block.y > 1024 || block.z > 64 ||
      threads > uint64_t(limits(*function).threads)) {
    return failed(ERROR_INVALID_VALUE, caller, "size of the block");
  }
  if (int64_t(shared) > function->dynamic_shared) {
    return failed(ERROR_INVALID_VALUE, caller,
                  "dynamic shared memory over the function's limit (cuFuncSetAttribute)");
  }
  if (uint64_t(limits(*function).registers) * threads > 65536) {
    return failed(ERROR_LAUNCH_OUT_OF_RESOURCES, caller, "more registers than a block has");
  }
  if (cooperative) {
    uint64_t blocks = uint64_t(device_attribute(kMultiprocessorCount)) *
                      blocks_per_multiprocessor(*function, int(threads), shared);
    if (uint64_t(grid.x) * grid.y * grid.z > blocks) {
      return failed(ERROR_COOPERATIVE_LAUNCH_TOO_LARGE, caller);
    }
  }
  const cudasim::Kernel& kernel = *function->kernel;
  if (extra) return failed(ERROR_NOT_SUPPORTED, caller, "`extra` is not simulated");
  if (kernel.parameter_count && !values) return failed(ERROR_INVALID_VALUE, caller, "no parameters");
  std::vector<char> parameters;
  for (unsigned i = 0; i < kernel.parameter_count; i++) {
    const cudasim::Parameter& parameter = kernel.parameters[i];
    size_t at = (parameters.size() + parameter.alignment - 1) / parameter.alignment *
                parameter.alignment;
    parameters.resize(at + parameter.size);
    std::memcpy(parameters.data() + at, values[i], parameter.size);
  }
  cudasim::Launch request{&kernel, grid, block, shared};
  request.cooperative = cooperative;
  return driver().streams.enqueue(stream, NodeType::kKernel,
                                  [function, request, parameters = std::move(parameters)] {
                                    return driver().run(*function, request, parameters);
                                  });
}

}  // namespace

CUDA_API cuLaunchKernel(Function* function, unsigned grid_x, unsigned grid_y, unsigned grid_z,
                        unsigned block_x, unsigned block_y, unsigned block_z, unsigned shared,
                        void* stream, void** values, void** extra) {
  BEGIN
  return launch(__func__, function, {grid_x, grid_y, grid_z}, {block_x, block_y, block_z}, shared,
                stream, values, extra, false);
}

CUDA_API cuLaunchCooperativeKernel(Function* function, unsigned grid_x, unsigned grid_y,
                                   unsigned grid_z, unsigned block_x, unsigned block_y,
                                   unsigned block_z, unsigned shared, void* stream,
                                   void** values) {
  BEGIN
  return launch(__func__, function, {grid_x, grid_y, grid_z}, {block_x, block_y, block_z}, shared,
                stream, values, nullptr, true);
}

// CUlaunchConfig.
struct LaunchConfig {
  unsigned grid_x, grid_y, grid_z, block_x, block_y, block_z, shared;
  void* stream;
  struct Attribute {
    int id;
    char padding[4];
    union {
      char bytes[64];
      int cooperative;
    };
  }* attributes;
  unsigned attribute_count;
};

CUDA_API cuLaunchKernelEx(const LaunchConfig* config, Function* function, void** values,
                          void** extra) {
  BEGIN
  if (!config) RETURN(ERROR_INVALID_VALUE);
  bool cooperative = false;
  for (unsigned i = 0; i < config->attribute_count; i++) {
    const LaunchConfig::Attribute& attribute = config->attributes[i];
    constexpr int kCooperative = 2, kClusterDimension = 4;
    if (attribute.id == kCooperative) cooperative = attribute.cooperative;
    if (attribute.id == kClusterDimension) RETURN(ERROR_NOT_SUPPORTED, "clusters are not simulated");
  }
  return launch(__func__, function, {config->grid_x, config->grid_y, config->grid_z},
                {config->block_x, config->block_y, config->block_z}, config->shared,
                config->stream, values, extra, cooperative);
}
