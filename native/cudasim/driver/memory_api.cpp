// Allocation, copies and fills.
#include <algorithm>
#include <cstring>
#include <memory>
#include <vector>

#include "driver.h"

using namespace cudasim::driver;

namespace {

void* host(DevicePointer pointer) { return reinterpret_cast<void*>(uintptr_t(pointer)); }

bool accessible(DevicePointer start, size_t size) {
  return size == 0 || driver().memory.accessible(start, size);
}

constexpr char kOutside[] = "a device address outside of an allocation";

// Copies between host and device when the stream comes to it.
Result copy_later(const std::shared_ptr<Stream>& stream, void* to, const void* from, size_t size) {
  return driver().streams.enqueue(stream, NodeType::kCopy, [=] {
    std::memcpy(to, from, size);
    return SUCCESS;
  });
}

// Does what has just been put into the legacy stream, and what comes before it.
Result now(Result queued) {
  return queued ? queued : driver().streams.finish(*driver().streams.legacy());
}

template <typename T>
Result fill_later(const std::shared_ptr<Stream>& stream, DevicePointer start, T value,
                  size_t count) {
  if (count > SIZE_MAX / sizeof(T) || !accessible(start, count * sizeof(T)) ||
      start % sizeof(T)) {
    return ERROR_INVALID_VALUE;
  }
  return driver().streams.enqueue(stream, NodeType::kFill, [=] {
    T* values = static_cast<T*>(host(start));
    std::fill_n(values, count, value);
    return SUCCESS;
  });
}

}  // namespace

// The stream of a handle as `stream`.
#define STREAM(handle)                                 \
  auto stream = driver().streams.find(handle);         \
  if (!stream) return failed(ERROR_INVALID_HANDLE, __func__, "no such stream");

CUDA_API cuMemAlloc_v2(DevicePointer* pointer, size_t size) {
  BEGIN_UNCAPTURED
  RETURN(driver().memory.allocate(size, current_context(), *pointer));
}

CUDA_API cuMemFree_v2(DevicePointer pointer) {
  BEGIN_UNCAPTURED
  if (Result result = driver().streams.finish_all()) RETURN(result);
  RETURN(driver().memory.release(pointer), "not the start of an allocation");
}

CUDA_API cuMemAllocAsync(DevicePointer* pointer, size_t size, void* handle) {
  BEGIN
  STREAM(handle)
  if (stream->capture) RETURN(ERROR_NOT_SUPPORTED, "allocation in a graph is not simulated");
  RETURN(driver().memory.allocate(size, current_context(), *pointer));
}

CUDA_API cuMemFreeAsync(DevicePointer pointer, void* handle) {
  BEGIN
  STREAM(handle)
  if (stream->capture) RETURN(ERROR_NOT_SUPPORTED, "allocation in a graph is not simulated");
  RETURN(driver().streams.enqueue(stream, NodeType::kHost,
                                  [=] { return driver().memory.release(pointer); }));
}

CUDA_API cuMemGetInfo_v2(size_t* free, size_t* total) {
  BEGIN
  *total = settings().memory;
  *free = settings().memory - driver().memory.used();
  return SUCCESS;
}

CUDA_API cuMemGetAddressRange_v2(DevicePointer* start, size_t* size, DevicePointer pointer) {
  BEGIN
  DevicePointer found_start;
  size_t found_size;
  if (!driver().memory.range(pointer, found_start, found_size)) RETURN(ERROR_INVALID_VALUE);
  if (start) *start = found_start;
  if (size) *size = found_size;
  return SUCCESS;
}

CUDA_API cuMemHostAlloc(void** pointer, size_t size, unsigned) {
  BEGIN_UNCAPTURED
  RETURN(driver().memory.allocate_pinned(size, *pointer));
}
CUDA_API cuMemAllocHost_v2(void** pointer, size_t size) { return cuMemHostAlloc(pointer, size, 0); }

CUDA_API cuMemFreeHost(void* pointer) {
  BEGIN_UNCAPTURED
  if (Result result = driver().streams.finish_all()) RETURN(result);
  RETURN(driver().memory.release_pinned(pointer));
}

CUDA_API cuMemHostRegister_v2(void* pointer, size_t size, unsigned) {
  BEGIN_UNCAPTURED
  RETURN(driver().memory.pin(pointer, size));
}

CUDA_API cuMemHostUnregister(void* pointer) {
  BEGIN_UNCAPTURED
  if (Result result = driver().streams.finish_all()) RETURN(result);
  RETURN(driver().memory.unpin(pointer));
}

CUDA_API cuMemHostGetDevicePointer_v2(DevicePointer* device, void* pointer, unsigned) {
  BEGIN
  if (!driver().memory.is_pinned(pointer, 1)) RETURN(ERROR_INVALID_VALUE);
  *device = reinterpret_cast<uintptr_t>(pointer);
  return SUCCESS;
}

CUDA_API cuMemHostGetFlags(unsigned* flags, void*) {
  BEGIN
  *flags = 0;
  return SUCCESS;
}

// --- copies -------------------------------------------------------------------------------------

CUDA_API cuMemcpyHtoD_v2(DevicePointer to, const void* from, size_t size) {
  BEGIN_UNCAPTURED
  if (!accessible(to, size)) RETURN(ERROR_INVALID_VALUE, kOutside);
  RETURN(now(copy_later(driver().streams.legacy(), host(to), from, size)));
}

CUDA_API cuMemcpyDtoH_v2(void* to, DevicePointer from, size_t size) {
  BEGIN_UNCAPTURED
  if (!accessible(from, size)) RETURN(ERROR_INVALID_VALUE, kOutside);
  RETURN(now(copy_later(driver().streams.legacy(), to, host(from), size)));
}

CUDA_API cuMemcpyDtoD_v2(DevicePointer to, DevicePointer from, size_t size) {
  BEGIN_UNCAPTURED
  if (!accessible(to, size) || !accessible(from, size)) RETURN(ERROR_INVALID_VALUE, kOutside);
  RETURN(copy_later(driver().streams.legacy(), host(to), host(from), size));
}

CUDA_API cuMemcpyHtoDAsync_v2(DevicePointer to, const void* from, size_t size, void* handle) {
  BEGIN
  STREAM(handle)
  if (!accessible(to, size)) RETURN(ERROR_INVALID_VALUE, kOutside);
  // Pinned memory is read when the copy runs, other memory at the call.
  if (stream->capture || driver().memory.is_pinned(from, size)) {
    RETURN(copy_later(stream, host(to), from, size));
  }
  const char* bytes = static_cast<const char*>(from);
  auto staged = std::make_shared<std::vector<char>>(bytes, bytes + size);
  RETURN(driver().streams.enqueue(stream, NodeType::kCopy, [=] {
    if (size) std::memcpy(host(to), staged->data(), size);
    return SUCCESS;
  }));
}

CUDA_API cuMemcpyDtoHAsync_v2(void* to, DevicePointer from, size_t size, void* handle) {
  BEGIN
  STREAM(handle)
  if (!accessible(from, size)) RETURN(ERROR_INVALID_VALUE, kOutside);
  Result result = copy_later(stream, to, host(from), size);
  // To memory that is not pinned the call returns when the copy is done.
  if (!result && !stream->capture && !driver().memory.is_pinned(to, size)) {
    result = driver().streams.finish(*stream);
  }
  RETURN(result);
}

CUDA_API cuMemcpyDtoDAsync_v2(DevicePointer to, DevicePointer from, size_t size, void* handle) {
  BEGIN
  STREAM(handle)
  if (!accessible(to, size) || !accessible(from, size)) RETURN(ERROR_INVALID_VALUE, kOutside);
  RETURN(copy_later(stream, host(to), host(from), size));
}

// --- fills --------------------------------------------------------------------------------------

#define FILL(name, type)                                                            \
  CUDA_API cuMemset##name##_v2(DevicePointer start, type value, size_t count) {     \
    BEGIN_UNCAPTURED                                                                \
    RETURN(fill_later(driver().streams.legacy(), start, value, count), kOutside);   \
  }                                                                                 \
  CUDA_API cuMemset##name##Async(DevicePointer start, type value, size_t count, void* handle) { \
    BEGIN                                                                           \
    STREAM(handle)                                                                  \
    RETURN(fill_later(stream, start, value, count), kOutside);                      \
  }
FILL(D8, unsigned char)
FILL(D16, unsigned short)
FILL(D32, unsigned int)
