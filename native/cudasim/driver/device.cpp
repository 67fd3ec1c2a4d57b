// Initialisation, devices, contexts, names of errors.
#include <dlfcn.h>

#include <algorithm>
#include <cstdio>
#include <cstring>

#include "driver.h"

using namespace cudasim::driver;

namespace cudasim::driver {

Driver& driver() {
  static Driver* instance = new Driver;  // outlives all threads
  return *instance;
}

std::vector<Context*>& context_stack() {
  thread_local std::vector<Context*> stack;
  return stack;
}

Context* current_context() {
  auto& stack = context_stack();
  return stack.empty() ? nullptr : stack.back();
}

Result usable() {
  if (!driver().initialized) return ERROR_NOT_INITIALIZED;
  Context* context = current_context();
  if (!context || !driver().contexts.has(context)) return ERROR_INVALID_CONTEXT;
  return driver().streams.sticky;
}

namespace {

// A small device, so that nothing of a test's size fills it.
constexpr int kMultiprocessors = 4;

// What differs from generation to generation, as the programming guide's table has it.
struct Generation {
  int capability, threads, blocks, shared, shared_of_block;  // shared memory in KiB
};
constexpr Generation kGenerations[] = {{75, 1024, 16, 64, 64},   {80, 2048, 32, 164, 163}, {86, 1536, 16, 100, 99},
                                       {87, 1536, 16, 164, 163}, {89, 1536, 24, 100, 99},  {90, 2048, 32, 228, 227},
                                       {100, 2048, 32, 228, 227}, {120, 1536, 24, 100, 99}};

// Those of the newest generation that is not newer.
const Generation& limits_of_device() {
  const Generation* found = kGenerations;
  for (const Generation& each : kGenerations) {
    if (each.capability <= settings().compute_capability) found = &each;
  }
  return *found;
}

// As the driver numbers them. What is not here is 0.
int attribute(int attribute) {
  int capability = settings().compute_capability;
  switch (attribute) {
    case 1: return 1024;                                                // threads in a block
    case 2: case 3: return 1024;                                        // block x, y
    case 4: return 64;                                                  // block z
    case 5: return 2147483647;                                          // grid x
    case 6: case 7: return 65535;                                       // grid y, z
    case 8: return 48 * 1024;                                           // shared memory of a block
    case 9: return 65536;                                               // constant memory
    case 10: return 32;                                                 // warp
    case 12: return 65536;                                              // registers of a block
    case 13: return 1000000;                                            // clock, kHz
    case 14: return 512;                                                // texture alignment
    case 15: return 1;                                                  // copies overlap
    case 16: return kMultiprocessors;
    case 19: return 1;                                                  // maps host memory
    case 31: return 1;                                                  // concurrent kernels
    case 36: return 1000000;                                            // memory clock, kHz
    case 37: return 128;                                                // bus, bits
    case 38: return 1 << 20;                                            // L2, bytes
    case 39: return limits_of_device().threads;
    case 40: return 2;                                                  // copy engines
    case 41: return 1;                                                  // unified addresses
    case 75: return capability / 10;
    case 76: return capability % 10;
    case 81: return limits_of_device().shared * 1024;
    case 82: return 65536;                                              // registers
    case 95: return 1;                                                  // cooperative launch
    case 97: return limits_of_device().shared_of_block * 1024;
    case 106: return limits_of_device().blocks;
    case 115: return 1;                                                 // memory pools
    default: return 0;
  }
}

bool is_device(int device) { return device >= 0 && device < settings().devices; }

Context* primary_context(int device) {
  Context*& context = driver().primary[device];
  if (!context) context = driver().contexts.add(std::make_unique<Context>(device, 0));
  return context;
}

// Takes a context's memory and whatever has not run away. The error goes with it.
void destroy(Context* context) {
  driver().streams.finish_all();
  driver().streams.clear();
  driver().streams.sticky = SUCCESS;
  driver().memory.release_all(context);
  driver().unload([&](const Module& module) { return module.owner == context; });
}

}  // namespace
}  // namespace cudasim::driver

#define NEEDS_DRIVER                                                       \
  LOCKED                                                                   \
  if (!driver().initialized) return failed(ERROR_NOT_INITIALIZED, __func__);
#define NEEDS_DEVICE(device) \
  NEEDS_DRIVER               \
  if (!is_device(device)) return failed(ERROR_INVALID_DEVICE, __func__);

CUDA_API cuInit(unsigned flags) {
  LOCKED
  read_settings();
  if (flags) RETURN(ERROR_INVALID_VALUE);
  if (settings().devices == 0) RETURN(ERROR_NO_DEVICE);
  driver().initialized = true;
  return SUCCESS;
}

CUDA_API cuDriverGetVersion(int* version) {
  LOCKED
  if (!version) RETURN(ERROR_INVALID_VALUE);
  if (!driver().initialized) read_settings();
  *version = settings().driver_version;
  return SUCCESS;
}

CUDA_API cuGetErrorName(int error, const char** name) {
  *name = result_name(error);
  return *name ? SUCCESS : ERROR_INVALID_VALUE;
}

CUDA_API cuGetErrorString(int error, const char** text) {
  *text = result_text(error);
  return *text ? SUCCESS : ERROR_INVALID_VALUE;
}

CUDA_API cuGetProcAddress_v2(const char* name, void** function, int, uint64_t, int* status) {
  *function = dlsym(RTLD_DEFAULT, name);
  if (status) *status = *function ? 0 : 1;
  return *function ? SUCCESS : ERROR_NOT_FOUND;
}

CUDA_API cuDeviceGetCount(int* count) {
  NEEDS_DRIVER
  *count = settings().devices;
  return SUCCESS;
}

CUDA_API cuDeviceGet(int* device, int ordinal) {
  NEEDS_DEVICE(ordinal)
  *device = ordinal;
  return SUCCESS;
}

CUDA_API cuDeviceGetName(char* name, int length, int device) {
  NEEDS_DEVICE(device)
  std::snprintf(name, size_t(length), "cudasim (no GPU)");
  return SUCCESS;
}

CUDA_API cuDeviceGetUuid(unsigned char* uuid, int device) {
  NEEDS_DEVICE(device)
  std::memcpy(uuid, "cudasim no GPU ", 15);
  uuid[15] = static_cast<unsigned char>(device);
  return SUCCESS;
}
CUDA_API cuDeviceGetUuid_v2(unsigned char* uuid, int device) {
  return cuDeviceGetUuid(uuid, device);
}

CUDA_API cuDeviceTotalMem_v2(size_t* bytes, int device) {
  NEEDS_DEVICE(device)
  *bytes = settings().memory;
  return SUCCESS;
}

CUDA_API cuDeviceComputeCapability(int* major, int* minor, int device) {
  NEEDS_DEVICE(device)
  *major = settings().compute_capability / 10;
  *minor = settings().compute_capability % 10;
  return SUCCESS;
}

CUDA_API cuDeviceGetAttribute(int* value, int which, int device) {
  NEEDS_DEVICE(device)
  *value = attribute(which);
  return SUCCESS;
}

CUDA_API cuDeviceGetPCIBusId(char* id, int length, int device) {
  NEEDS_DEVICE(device)
  std::snprintf(id, size_t(length), "cudasim:%02x", device);
  return SUCCESS;
}

// --- contexts -----------------------------------------------------------------------------------

CUDA_API cuCtxCreate_v2(Context** context, unsigned flags, int device) {
  NEEDS_DEVICE(device)
  *context = driver().contexts.add(std::make_unique<Context>(device, flags));
  context_stack().push_back(*context);
  return SUCCESS;
}

CUDA_API cuCtxDestroy_v2(Context* context) {
  NEEDS_DRIVER
  if (!driver().contexts.has(context)) RETURN(ERROR_INVALID_CONTEXT);
  destroy(context);
  auto& stack = context_stack();
  if (!stack.empty() && stack.back() == context) stack.pop_back();
  driver().contexts.remove(context);
  return SUCCESS;
}

CUDA_API cuDevicePrimaryCtxRetain(Context** context, int device) {
  NEEDS_DEVICE(device)
  *context = primary_context(device);
  driver().primary_retained[device]++;
  return SUCCESS;
}

CUDA_API cuDevicePrimaryCtxRelease_v2(int device) {
  NEEDS_DEVICE(device)
  int& retained = driver().primary_retained[device];
  if (retained == 0) RETURN(ERROR_INVALID_CONTEXT);
  if (--retained == 0) {
    destroy(primary_context(device));
    driver().contexts.remove(driver().primary[device]);
    driver().primary.erase(device);
  }
  return SUCCESS;
}

CUDA_API cuDevicePrimaryCtxReset_v2(int device) {
  NEEDS_DEVICE(device)
  destroy(primary_context(device));
  return SUCCESS;
}

CUDA_API cuDevicePrimaryCtxSetFlags_v2(int device, unsigned flags) {
  NEEDS_DEVICE(device)
  primary_context(device)->flags = flags;
  return SUCCESS;
}

CUDA_API cuDevicePrimaryCtxGetState(int device, unsigned* flags, int* active) {
  NEEDS_DEVICE(device)
  auto primary = driver().primary.find(device);
  *active = driver().primary_retained[device] > 0;
  *flags = primary == driver().primary.end() ? 0 : primary->second->flags;
  return SUCCESS;
}

CUDA_API cuCtxSetCurrent(Context* context) {
  NEEDS_DRIVER
  if (context && !driver().contexts.has(context)) RETURN(ERROR_INVALID_CONTEXT);
  auto& stack = context_stack();
  if (!stack.empty()) stack.pop_back();
  if (context) stack.push_back(context);
  return SUCCESS;
}

CUDA_API cuCtxGetCurrent(Context** context) {
  NEEDS_DRIVER
  *context = current_context();
  return SUCCESS;
}

CUDA_API cuCtxPushCurrent_v2(Context* context) {
  NEEDS_DRIVER
  if (!driver().contexts.has(context)) RETURN(ERROR_INVALID_CONTEXT);
  context_stack().push_back(context);
  return SUCCESS;
}

CUDA_API cuCtxPopCurrent_v2(Context** context) {
  NEEDS_DRIVER
  if (context_stack().empty()) RETURN(ERROR_INVALID_CONTEXT);
  if (context) *context = current_context();
  context_stack().pop_back();
  return SUCCESS;
}

CUDA_API cuCtxGetDevice(int* device) {
  NEEDS_DRIVER
  if (!current_context()) RETURN(ERROR_INVALID_CONTEXT);
  *device = current_context()->device;
  return SUCCESS;
}

CUDA_API cuCtxGetFlags(unsigned* flags) {
  NEEDS_DRIVER
  if (!current_context()) RETURN(ERROR_INVALID_CONTEXT);
  *flags = current_context()->flags;
  return SUCCESS;
}

CUDA_API cuCtxGetApiVersion(Context*, unsigned* version) {
  *version = 3020;
  return SUCCESS;
}

CUDA_API cuCtxGetStreamPriorityRange(int* least, int* greatest) {
  BEGIN
  if (least) *least = 0;
  if (greatest) *greatest = -5;
  return SUCCESS;
}

CUDA_API cuCtxSetCacheConfig(int) {
  BEGIN
  return SUCCESS;
}

CUDA_API cuCtxSetLimit(int, size_t) {
  BEGIN
  return SUCCESS;
}

CUDA_API cuCtxSynchronize() {
  BEGIN_UNCAPTURED
  RETURN(driver().streams.finish_all());
}
