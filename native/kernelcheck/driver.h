// The part of NVIDIA's driver API that the checks need, called in a library that is looked for at run
// time: the program starts, and says what is missing, where there is no driver. The simulator's stand-in
// serves as well.
#pragma once
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <type_traits>
#include <vector>

namespace driver {

using Pointer = unsigned long long;

// Each function of the driver with its parameters; all return 0 or an error.
#define DRIVER_FUNCTIONS(F)                                                                       \
  F(cuInit, unsigned)                                                                             \
  F(cuDriverGetVersion, int*)                                                                     \
  F(cuGetErrorName, int, const char**)                                                            \
  F(cuDeviceGetCount, int*)                                                                       \
  F(cuDeviceGet, int*, int)                                                                       \
  F(cuDeviceGetName, char*, int, int)                                                             \
  F(cuDeviceGetAttribute, int*, int, int)                                                         \
  F(cuDevicePrimaryCtxRetain, void**, int)                                                        \
  F(cuDevicePrimaryCtxRelease_v2, int)                                                            \
  F(cuCtxSetCurrent, void*)                                                                       \
  F(cuCtxSynchronize)                                                                             \
  F(cuMemAlloc_v2, Pointer*, size_t)                                                              \
  F(cuMemFree_v2, Pointer)                                                                        \
  F(cuMemcpyHtoD_v2, Pointer, const void*, size_t)                                                \
  F(cuMemcpyDtoH_v2, void*, Pointer, size_t)                                                      \
  F(cuModuleLoadData, void**, const void*)                                                        \
  F(cuModuleGetFunction, void**, void*, const char*)                                              \
  F(cuModuleUnload, void*)                                                                        \
  F(cuFuncSetAttribute, void*, int, int)                                                          \
  F(cuLaunchKernel, void*, unsigned, unsigned, unsigned, unsigned, unsigned, unsigned, unsigned,  \
    void*, void**, void**)                                                                        \
  F(cuLaunchCooperativeKernel, void*, unsigned, unsigned, unsigned, unsigned, unsigned, unsigned,  \
    unsigned, void*, void**)                                                                      \
  F(cuTensorMapEncodeTiled, void*, int, unsigned, void*, const uint64_t*, const uint64_t*,         \
    const uint32_t*, const uint32_t*, int, int, int, int)                                         \
  F(cuStreamCreate, void**, unsigned)                                                             \
  F(cuStreamSynchronize, void*)                                                                   \
  F(cuStreamDestroy_v2, void*)                                                                    \
  F(cuStreamBeginCapture_v2, void*, int)                                                          \
  F(cuStreamEndCapture, void*, void**)                                                            \
  F(cuGraphInstantiateWithFlags, void**, void*, unsigned long long)                               \
  F(cuGraphLaunch, void*, void*)                                                                  \
  F(cuGraphDestroy, void*)                                                                        \
  F(cuGraphExecDestroy, void*)

struct Functions {
#define DRIVER_MEMBER(name, ...) int (*name)(__VA_ARGS__);
  DRIVER_FUNCTIONS(DRIVER_MEMBER)
#undef DRIVER_MEMBER
};

struct Grid {
  unsigned x = 1, y = 1, z = 1;
};

// What was launched of a kernel.
struct Kernel {
  void* function;
  int launches;
};

// The first device, with the images of the kernels that were loaded. There is one in a process.
class Device {
 public:
  // images: a folder of NAME.fatbin, of NAME.image for the simulator, or of NAME.ptx. Where there is no device,
  // `missing` says why, and nothing else may be called.
  explicit Device(const std::string& images);
  ~Device();
  Device(const Device&) = delete;
  Device& operator=(const Device&) = delete;

  const std::string& missing() const { return missing_; }
  // `NVIDIA H100, compute capability 9.0, driver for CUDA 13.0`
  std::string describe() const;
  const std::string& name() const { return name_; }
  bool is_simulator() const;
  // The compute capability times 10.
  int capability() const { return capability_; }
  const Functions& call() const { return call_; }

  // The families there are, and what a file of them has for kernels.
  std::vector<std::string> families() const;
  std::vector<std::string> kernels(const std::string& family) const;

  void* function(const std::string& family, const std::string& kernel);

  // Runs a kernel and waits for it. Arguments are copied as they are, so their types must be the kernel's.
  template <typename... A>
  void run(const std::string& family, const std::string& kernel, Grid grid, unsigned threads,
           unsigned shared, A... arguments) {
    static_assert((std::is_trivially_copyable_v<A> && ...));
    void* values[] = {static_cast<void*>(&arguments)..., nullptr};
    launch(family, kernel, grid, threads, shared, values, false);
  }

  // The same for blocks that wait for each other.
  template <typename... A>
  void run_together(const std::string& family, const std::string& kernel, Grid grid, unsigned threads,
                    unsigned shared, A... arguments) {
    static_assert((std::is_trivially_copyable_v<A> && ...));
    void* values[] = {static_cast<void*>(&arguments)..., nullptr};
    launch(family, kernel, grid, threads, shared, values, true);
  }

  int launches(const std::string& kernel) const;

  // Ends the program where a call has failed: after that nothing could be relied on.
  void require(int result, const std::string& what) const;

 private:
  void launch(const std::string& family, const std::string& kernel, Grid grid, unsigned threads,
              unsigned shared, void** values, bool together);
  void* module(const std::string& family);
  int load_text(const std::string& family, void*& module, int failed);

  std::string images_, missing_, name_;
  Functions call_{};
  int device_ = 0, capability_ = 0, version_ = 0;
  void* context_ = nullptr;
  std::map<std::string, void*> modules_;
  std::map<std::string, Kernel> kernels_;
};

// Whether memory for results is full of 0xff, as floats not a number, before a kernel runs; else it is as the
// driver gives it.
inline bool poison_results = true;

// An array on the device, an allocation of its own of just its size, so that whoever watches (compute-
// sanitizer, the simulator) sees an access past it.
template <typename T>
class Array {
 public:
  // shift: elements that stand before the first, so that it does not start on 16 bytes
  Array(Device& device, const std::vector<T>& content, size_t shift = 0)
      : Array(device, content.size(), shift) {
    write(content);
  }

  // For results.
  static Array unwritten(Device& device, size_t size, size_t shift = 0) {
    Array result(device, size, shift);
    if (poison_results) {
      std::vector<unsigned char> bytes(size * sizeof(T), 0xff);
      device.require(device.call().cuMemcpyHtoD_v2(result.start(), bytes.data(), bytes.size()), "poison");
    }
    return result;
  }

  Array(Array&& other) noexcept
      : device_(other.device_), base_(other.base_), size_(other.size_), shift_(other.shift_) {
    other.base_ = 0;
  }
  Array& operator=(Array&&) = delete;
  ~Array() {
    if (base_) device_.require(device_.call().cuMemFree_v2(base_), "cuMemFree");
  }

  // An address on the device.
  T* at() const { return reinterpret_cast<T*>(start()); }

  void write(const std::vector<T>& content) {
    device_.require(device_.call().cuMemcpyHtoD_v2(start(), content.data(), content.size() * sizeof(T)),
                    "writing an array");
  }

  std::vector<T> read() const {
    std::vector<T> content(size_);
    device_.require(device_.call().cuMemcpyDtoH_v2(content.data(), start(), size_ * sizeof(T)),
                    "reading an array");
    return content;
  }

 private:
  Array(Device& device, size_t size, size_t shift) : device_(device), size_(size), shift_(shift) {
    device_.require(device_.call().cuMemAlloc_v2(&base_, (shift + size) * sizeof(T)), "cuMemAlloc");
  }
  Pointer start() const { return base_ + shift_ * sizeof(T); }

  Device& device_;
  Pointer base_ = 0;
  size_t size_, shift_;
};

}  // namespace driver
