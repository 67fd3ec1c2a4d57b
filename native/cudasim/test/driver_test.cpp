// The stand-in driver, called as a program calls NVIDIA's: its results, its laziness, its faults.
#include <cstring>

#include "check.h"

using DevicePointer = unsigned long long;

extern "C" {
int cuInit(unsigned);
int cuDriverGetVersion(int*);
int cuGetErrorName(int, const char**);
int cuDeviceGetCount(int*);
int cuDeviceGet(int*, int);
int cuDeviceGetName(char*, int, int);
int cuDeviceGetAttribute(int*, int, int);
int cuDevicePrimaryCtxRetain(void**, int);
int cuDevicePrimaryCtxReset_v2(int);
int cuCtxSetCurrent(void*);
int cuCtxSynchronize();
int cuMemAlloc_v2(DevicePointer*, size_t);
int cuMemFree_v2(DevicePointer);
int cuMemGetInfo_v2(size_t*, size_t*);
int cuMemHostAlloc(void**, size_t, unsigned);
int cuMemFreeHost(void*);
int cuMemcpyHtoD_v2(DevicePointer, const void*, size_t);
int cuMemcpyDtoH_v2(void*, DevicePointer, size_t);
int cuMemcpyHtoDAsync_v2(DevicePointer, const void*, size_t, void*);
int cuMemcpyDtoHAsync_v2(void*, DevicePointer, size_t, void*);
int cuMemsetD32_v2(DevicePointer, unsigned, size_t);
int cuMemsetD32Async(DevicePointer, unsigned, size_t, void*);
int cuModuleLoad(void**, const char*);
int cuModuleLoadData(void**, const void*);
int cuModuleUnload(void*);
int cuModuleGetFunction(void**, void*, const char*);
int cuModuleGetGlobal_v2(DevicePointer*, size_t*, void*, const char*);
int cuFuncGetAttribute(int*, int, void*);
int cuFuncSetAttribute(void*, int, int);
int cuOccupancyMaxActiveBlocksPerMultiprocessor(int*, void*, int, size_t);
int cuLaunchKernel(void*, unsigned, unsigned, unsigned, unsigned, unsigned, unsigned, unsigned, void*,
                   void**, void**);
int cuLaunchCooperativeKernel(void*, unsigned, unsigned, unsigned, unsigned, unsigned, unsigned,
                              unsigned, void*, void**);
int cuTensorMapEncodeTiled(void*, int, unsigned, void*, const uint64_t*, const uint64_t*, const uint32_t*,
                           const uint32_t*, int, int, int, int);
int cuStreamCreate(void**, unsigned);
int cuStreamDestroy_v2(void*);
int cuStreamSynchronize(void*);
int cuStreamQuery(void*);
int cuStreamWaitEvent(void*, void*, unsigned);
int cuStreamBeginCapture_v2(void*, int);
int cuStreamEndCapture(void*, void**);
int cuEventCreate(void**, unsigned);
int cuEventRecord(void*, void*);
int cuEventSynchronize(void*);
int cuEventElapsedTime(float*, void*, void*);
int cuEventDestroy_v2(void*);
int cuGraphInstantiateWithFlags(void**, void*, unsigned long long);
int cuGraphGetNodes(void*, void**, size_t*);
int cuGraphLaunch(void*, void*);
int cuGraphDestroy(void*);
int cuGraphExecDestroy(void*);
}

namespace {

constexpr unsigned kNonBlocking = 1;
constexpr int kMaxDynamicShared = 8;  // the attribute of a function

void expect(int actual, int expected, const std::string& what) {
  const char* name = nullptr;
  cuGetErrorName(actual, &name);
  check(actual == expected, what + ": " + (name ? name : std::to_string(actual)) + " instead of " +
                                std::to_string(expected));
}
void fine(int result, const char* what) { expect(result, 0, what); }

// Starts afresh, with one variable of the environment set.
void restart(const char* variable = nullptr, const char* value = nullptr) {
  for (const char* name : {"CUDASIM_DEVICES", "CUDASIM_DRIVER_VERSION", "CUDASIM_COMPUTE_CAPABILITY",
                           "CUDASIM_FAIL_ALLOCATION", "CUDASIM_LARGEST_ALLOCATION", "CUDASIM_MEMORY",
                           "CUDASIM_FAIL_LAUNCH", "CUDASIM_FAIL_MODULE", "CUDASIM_EAGER", "CUDASIM_PTX"}) {
    unsetenv(name);
  }
  if (variable) setenv(variable, value, 1);
  fine(cuInit(0), "cuInit");
  void* context;
  fine(cuDevicePrimaryCtxRetain(&context, 0), "cuDevicePrimaryCtxRetain");
  fine(cuDevicePrimaryCtxReset_v2(0), "cuDevicePrimaryCtxReset");
  fine(cuCtxSetCurrent(context), "cuCtxSetCurrent");
}

void* module(const char* name) {
  void* result = nullptr;
  fine(cuModuleLoad(&result, (std::string(IMAGES) + "/" + name + ".image").c_str()), "cuModuleLoad");
  return result;
}

void* function(void* module, const char* name) {
  void* result = nullptr;
  fine(cuModuleGetFunction(&result, module, name), name);
  return result;
}

template <typename... A>
int start(void* function, unsigned grid, unsigned block, unsigned shared, void* stream, A... arguments) {
  void* values[] = {&arguments..., nullptr};
  return cuLaunchKernel(function, grid, 1, 1, block, 1, 1, shared, stream, values, nullptr);
}

DevicePointer upload(const std::vector<float>& values) {
  DevicePointer result = 0;
  fine(cuMemAlloc_v2(&result, 4 * values.size()), "cuMemAlloc");
  fine(cuMemcpyHtoD_v2(result, values.data(), 4 * values.size()), "cuMemcpyHtoD");
  return result;
}

std::vector<float> download(DevicePointer from, size_t count) {
  std::vector<float> result(count, -77);
  fine(cuMemcpyDtoH_v2(result.data(), from, 4 * count), "cuMemcpyDtoH");
  return result;
}

void device() {
  int count = 0, capability = 0;
  char name[64] = "";
  fine(cuDeviceGetCount(&count), "count");
  fine(cuDeviceGetName(name, sizeof name, 0), "name");
  fine(cuDeviceGetAttribute(&capability, 75, 0), "attribute");
  check(count == 1 && capability == 8, "device");
  check(std::string(name) == "cudasim (no GPU)", std::string("names itself ") + name);
  int other;
  expect(cuDeviceGet(&other, 1), 101, "the second device of one");
}

void launches() {
  void* kernels = module("primitives");
  void* saxpy = function(kernels, "saxpy");
  std::vector<float> x = random_floats(1000), y = random_floats(1000), expected = y;
  for (size_t i = 0; i < 1000; i++) expected[i] = std::fma(2.0f, x[i], y[i]);
  DevicePointer dx = upload(x), dy = upload(y);
  fine(start(saxpy, 4, 256, 0, nullptr, 2.0f, dx, dy, 1000), "launch");
  check_close(download(dy, 1000), expected, 0, "saxpy");

  void* other = nullptr;
  expect(cuModuleGetFunction(&other, kernels, "nothing"), 500, "a kernel that is not there");
  expect(start(saxpy, 0, 256, 0, nullptr, 2.0f, dx, dy, 0), 1, "grid of 0");
  expect(start(saxpy, 1, 0, 0, nullptr, 2.0f, dx, dy, 0), 1, "block of 0");
  expect(start(saxpy, 1, 257, 0, nullptr, 2.0f, dx, dy, 0), 1, "block over the launch bounds");
  void* sums = function(kernels, "block_sums");
  expect(start(sums, 1, 1025, 0, nullptr, dx, dy), 1, "block of 1025");
  expect(start(sums, 1, 32, 48 * 1024 + 1, nullptr, dx, dy), 1, "dynamic shared memory over 48 K");
  fine(cuFuncSetAttribute(sums, kMaxDynamicShared, 100 * 1024), "cuFuncSetAttribute");
  fine(start(sums, 1, 32, 100 * 1024, nullptr, dx, dy), "dynamic shared memory of 100 K");
  expect(cuFuncSetAttribute(sums, kMaxDynamicShared, 200 * 1024), 1, "more than the device has");
  int bound = 0;
  fine(cuFuncGetAttribute(&bound, 0, saxpy), "cuFuncGetAttribute");
  check(bound == 256, "launch bounds as an attribute");
  void* stale = reinterpret_cast<void*>(uintptr_t(0x1234560));
  expect(start(stale, 1, 1, 0, nullptr), 400, "no function");
  expect(start(saxpy, 1, 1, 0, stale, 2.0f, dx, dy, 0), 400, "no stream");
  fine(cuCtxSynchronize(), "cuCtxSynchronize");

  DevicePointer global = 0;
  size_t size = 0;
  fine(cuModuleGetGlobal_v2(&global, &size, kernels, "shared_counter"), "cuModuleGetGlobal");
  int value = 0;
  fine(cuMemcpyDtoH_v2(&value, global, size), "copy of a variable");
  check(size == 4 && value == 7, "variable of a module");

  // Cooperative: as many blocks as the device holds, and one more.
  void* neighbours = function(kernels, "neighbours");
  int per_multiprocessor = 0, multiprocessors = 0;
  fine(cuOccupancyMaxActiveBlocksPerMultiprocessor(&per_multiprocessor, neighbours, 1024, 0), "occupancy");
  fine(cuDeviceGetAttribute(&multiprocessors, 16, 0), "multiprocessors");
  unsigned most = unsigned(per_multiprocessor * multiprocessors);
  DevicePointer arrived = 0;
  fine(cuMemAlloc_v2(&arrived, 4), "cuMemAlloc");
  fine(cuMemsetD32_v2(arrived, 0, 1), "cuMemset");
  int rounds = 1;
  void* values[] = {&dx, &dy, &arrived, &rounds};
  fine(cuLaunchCooperativeKernel(neighbours, most, 1, 1, 1024, 1, 1, 0, nullptr, values), "cooperative");
  expect(cuLaunchCooperativeKernel(neighbours, most + 1, 1, 1, 1024, 1, 1, 0, nullptr, values), 720,
         "too many blocks");
  fine(cuCtxSynchronize(), "cuCtxSynchronize");
  for (DevicePointer pointer : {dx, dy, arrived}) fine(cuMemFree_v2(pointer), "cuMemFree");
  fine(cuModuleUnload(kernels), "cuModuleUnload");
  expect(start(saxpy, 1, 1, 0, nullptr, 2.0f, dx, dy, 0), 400, "a function of an unloaded module");
}

void memory() {
  size_t before = 0, total = 0, after = 0;
  fine(cuMemGetInfo_v2(&before, &total), "cuMemGetInfo");
  DevicePointer p = 0;
  fine(cuMemAlloc_v2(&p, 400), "cuMemAlloc");
  check(p % 256 == 0, "alignment");
  std::vector<float> fresh = download(p, 100), values(101, 1);
  check(std::isnan(fresh[0]) && std::isnan(fresh[99]), "fresh memory is poison");
  expect(cuMemcpyHtoD_v2(p, values.data(), 404), 1, "copy past the end");
  expect(cuMemcpyDtoH_v2(values.data(), p + 4, 400), 1, "copy from past the end");
  expect(cuMemcpyHtoD_v2(p - 4, values.data(), 4), 1, "copy before the start");
  expect(cuMemsetD32_v2(p, 0, 101), 1, "fill past the end");
  expect(cuMemFree_v2(p + 4), 1, "free of the middle");
  fine(cuMemFree_v2(p), "cuMemFree");
  expect(cuMemcpyHtoD_v2(p, values.data(), 4), 1, "copy to freed memory");
  expect(cuMemFree_v2(p), 1, "free for the second time");
  expect(cuMemAlloc_v2(&p, 0), 1, "allocation of 0");
  expect(cuMemAlloc_v2(&p, size_t(1) << 50), 2, "allocation of a petabyte");
  fine(cuMemGetInfo_v2(&after, &total), "cuMemGetInfo");
  check(before == after, "nothing leaks");
}

// What nobody has waited for has not happened.
void laziness() {
  void* kernels = module("primitives");
  void* saxpy = function(kernels, "saxpy");
  void *stream, *other;
  fine(cuStreamCreate(&stream, kNonBlocking), "cuStreamCreate");
  fine(cuStreamCreate(&other, kNonBlocking), "cuStreamCreate");
  std::vector<float> x(64, 1), y(64, 1);
  DevicePointer dx = upload(x), dy = upload(y);
  fine(start(saxpy, 1, 64, 0, stream, 2.0f, dx, dy, 64), "launch");
  check(download(dy, 1)[0] == 1, "a read without synchronisation sees the old value");
  expect(cuStreamQuery(stream), 0, "the query runs it");
  check(download(dy, 1)[0] == 3, "after the synchronisation it is done");

  // Parameters are taken at the call, pinned memory is read when its copy runs.
  float* pinned;
  fine(cuMemHostAlloc(reinterpret_cast<void**>(&pinned), 256, 0), "cuMemHostAlloc");
  check(std::isnan(pinned[0]), "pinned memory is poison");
  pinned[0] = 10;
  fine(cuMemcpyHtoDAsync_v2(dx, pinned, 4, stream), "copy");
  pinned[0] = 20;
  std::vector<float> pageable(1, 30);
  fine(cuMemcpyHtoDAsync_v2(dx + 4, pageable.data(), 4, stream), "copy");
  pageable[0] = 40;
  fine(cuStreamSynchronize(stream), "cuStreamSynchronize");
  check(download(dx, 2) == std::vector<float>({20, 30}), "pinned memory is read late, other at the call");

  // Another stream sees what an event tells it to wait for.
  void *event, *end;
  fine(cuEventCreate(&event, 0), "cuEventCreate");
  fine(cuEventCreate(&end, 0), "cuEventCreate");
  fine(cuMemsetD32Async(dy, 0, 64, stream), "cuMemset");
  fine(cuEventRecord(event, stream), "cuEventRecord");
  fine(cuStreamWaitEvent(other, event, 0), "cuStreamWaitEvent");
  fine(cuMemcpyDtoHAsync_v2(pinned, dy, 4, other), "copy");
  fine(cuEventRecord(end, other), "cuEventRecord");
  float milliseconds = -1;
  expect(cuEventElapsedTime(&milliseconds, event, end), 600, "time of what has not run");
  fine(cuEventSynchronize(end), "cuEventSynchronize");
  check(pinned[0] == 0, "the copy waited for the event");
  fine(cuEventElapsedTime(&milliseconds, event, end), "cuEventElapsedTime");
  check(milliseconds >= 0, "elapsed time");
  for (void* e : {event, end}) fine(cuEventDestroy_v2(e), "cuEventDestroy");
  expect(cuEventSynchronize(event), 400, "an event that is no more");
  for (void* s : {stream, other}) fine(cuStreamDestroy_v2(s), "cuStreamDestroy");
  fine(cuMemFreeHost(pinned), "cuMemFreeHost");
}

void graphs() {
  void* saxpy = function(module("primitives"), "saxpy");
  void *stream, *graph, *exec;
  fine(cuStreamCreate(&stream, kNonBlocking), "cuStreamCreate");
  std::vector<float> x(64, 1), y(64, 5);
  DevicePointer dx = upload(x), dy = upload(y);
  fine(cuStreamBeginCapture_v2(stream, 0), "begin");
  fine(cuMemsetD32Async(dy, 0, 64, stream), "fill");
  for (int i = 0; i < 3; i++) fine(start(saxpy, 1, 64, 0, stream, 2.0f, dx, dy, 64), "launch");
  fine(cuStreamEndCapture(stream, &graph), "end");
  size_t nodes = 0;
  fine(cuGraphGetNodes(graph, nullptr, &nodes), "nodes");
  check(nodes == 4, "nodes of the graph");
  check(download(dy, 1)[0] == 5, "a capture runs nothing");
  fine(cuGraphInstantiateWithFlags(&exec, graph, 0), "instantiate");
  fine(cuGraphDestroy(graph), "destroy");
  for (int i = 0; i < 2; i++) fine(cuGraphLaunch(exec, stream), "launch");
  fine(cuStreamSynchronize(stream), "synchronize");
  check(download(dy, 64) == std::vector<float>(64, 6), "the graph, twice");
  fine(cuGraphExecDestroy(exec), "destroy");
  expect(cuGraphLaunch(exec, stream), 400, "a graph that is no more");

  DevicePointer p;
  fine(cuStreamBeginCapture_v2(stream, 0), "begin");
  expect(cuMemAlloc_v2(&p, 16), 900, "allocation during a capture");
  expect(cuStreamEndCapture(stream, &graph), 901, "the capture is spoilt");
  fine(cuStreamBeginCapture_v2(stream, 0), "begin");
  expect(cuStreamSynchronize(stream), 900, "synchronisation of what is captured");
  expect(cuStreamEndCapture(stream, &graph), 901, "the capture is spoilt");
  expect(cuStreamBeginCapture_v2(nullptr, 0), 900, "capture of the legacy stream");
}

void kernel_faults() {
  restart();
  void* kernels = module("bugs");
  DevicePointer p = 0, q = 0;
  fine(cuMemAlloc_v2(&p, 400), "cuMemAlloc");
  std::printf("(what follows on stderr is expected)\n");
  fine(start(function(kernels, "barrier_of_some"), 1, 64, 0, nullptr, p), "launch");
  expect(cuCtxSynchronize(), 719, "divergent barrier");
  expect(cuMemAlloc_v2(&q, 16), 719, "the error stays");
  fine(cuDevicePrimaryCtxReset_v2(0), "reset");
  expect(cuModuleUnload(kernels), 400, "a module ends with its context");
  kernels = module("bugs");
  fine(cuMemAlloc_v2(&q, 16), "after the reset");
#if !CUDASIM_ASAN
  fine(cuMemAlloc_v2(&p, 400), "cuMemAlloc");
  fine(start(function(kernels, "past_the_end"), 1, 1, 0, nullptr, p, 99), "launch");
  fine(cuCtxSynchronize(), "the last element");
  fine(start(function(kernels, "past_the_end"), 1, 1, 0, nullptr, p, 100), "launch");
  expect(cuCtxSynchronize(), 700, "a kernel that writes past the end");
  restart();
  kernels = module("bugs");
#endif
  fine(start(function(kernels, "past_the_end"), 1, 1, 0, nullptr, q + 4096, 0), "launch");
  expect(cuCtxSynchronize(), 700, "a pointer to no device memory");
}

void asked_for_faults() {
  setenv("CUDASIM_DEVICES", "0", 1);
  expect(cuInit(0), 100, "no device");
  int version = 0;
  restart("CUDASIM_DRIVER_VERSION", "11040");
  fine(cuDriverGetVersion(&version), "version");
  check(version == 11040, "version of the driver");
  void* unused;
  char ptx[] = ".version 9.0\n.target sm_75\n.visible .entry saxpy(\n";
  expect(cuModuleLoadData(&unused, ptx), 222, "PTX of a newer version");
  char old_ptx[] = ".version 7.0\n.target sm_75\n.visible .entry saxpy(\n";
  fine(cuModuleLoadData(&unused, old_ptx), "PTX of an older version");
  char other[] = "cudasim image 1\nsources descent_sources_abcd\nkernel saxpy\nend\n";
  expect(cuModuleLoadData(&unused, other), 200, "an image of other sources");
  char nonsense[64] = "\1\2\3\4 nonsense";
  expect(cuModuleLoadData(&unused, nonsense), 200, "no image");

  restart("CUDASIM_COMPUTE_CAPABILITY", "70");
  expect(cuModuleLoadData(&unused, old_ptx), 209, "PTX for a newer device");

  restart("CUDASIM_FAIL_MODULE", "no-binary");
  expect(cuModuleLoadData(&unused, old_ptx), 209, "as asked for");
  restart("CUDASIM_FAIL_MODULE", "invalid");
  expect(cuModuleLoadData(&unused, old_ptx), 200, "as asked for");

  restart("CUDASIM_FAIL_ALLOCATION", "2");
  DevicePointer p, q;
  fine(cuMemAlloc_v2(&p, 16), "the first allocation");
  expect(cuMemAlloc_v2(&q, 16), 2, "the second");
  fine(cuMemAlloc_v2(&q, 16), "the third");
  restart("CUDASIM_LARGEST_ALLOCATION", "1K");
  fine(cuMemAlloc_v2(&p, 1024), "1 K");
  expect(cuMemAlloc_v2(&q, 1025), 2, "a byte more");
  restart("CUDASIM_MEMORY", "2K");
  fine(cuMemAlloc_v2(&p, 1024), "half");
  expect(cuMemAlloc_v2(&q, 1537), 2, "more than half");

  for (const char* which : {"2", "indices"}) {
    restart("CUDASIM_FAIL_LAUNCH", which);
    void* kernels = module("primitives");
    fine(cuMemAlloc_v2(&p, 4), "cuMemAlloc");
    fine(start(function(kernels, "saxpy"), 1, 1, 0, nullptr, 1.0f, p, p, 0), "launch");
    fine(cuCtxSynchronize(), "the first launch");
    fine(start(function(kernels, "indices"), 1, 1, 0, nullptr, p), "launch");
    expect(cuCtxSynchronize(), 700, "the second launch");
    expect(cuMemFree_v2(p), 700, "the error stays");
  }
  restart();
}

// A fat binary with a part for each {kind, architecture}: 1 is PTX of version 7.0, 2 stands for machine code.
std::string fat_binary(std::initializer_list<std::pair<uint16_t, uint32_t>> parts) {
  std::string content;
  for (const auto& [kind, architecture] : parts) {
    std::string text = ".version 7.0\n.target sm_" + std::to_string(architecture) +
                       "\n.visible .entry saxpy(\n";
    char header[64] = {};
    uint16_t version = 0x101;
    uint32_t header_size = sizeof header;
    uint64_t size = text.size();
    std::memcpy(header, &kind, 2);
    std::memcpy(header + 2, &version, 2);
    std::memcpy(header + 4, &header_size, 4);
    std::memcpy(header + 8, &size, 8);
    std::memcpy(header + 28, &architecture, 4);
    content.append(header, sizeof header).append(text);
  }
  char header[16] = {};
  uint32_t magic = 0xba55ed50;
  uint16_t version = 1, header_size = sizeof header;
  uint64_t size = content.size();
  std::memcpy(header, &magic, 4);
  std::memcpy(header + 4, &version, 2);
  std::memcpy(header + 6, &header_size, 2);
  std::memcpy(header + 8, &size, 8);
  return std::string(header, sizeof header) + content;
}

// What a device takes of an image: the newest machine code of its generation, or else the newest PTX, in
// whatever order they come.
void forms_of_an_image() {
  std::string plain = fat_binary({{2, 75}, {2, 80}, {2, 120}, {1, 75}});
  std::string both = fat_binary({{2, 75}, {2, 80}, {2, 120}, {1, 75}, {1, 80}});
  std::string turned = fat_binary({{1, 80}, {1, 75}, {2, 120}, {2, 80}, {2, 75}});
  struct {
    const std::string& image;
    const char* capability;
    int compiled_for, binary;
  } cases[] = {{plain, "75", 75, 75},   {plain, "89", 80, 80},    {plain, "121", 120, 120},
               {plain, "90", 75, 90},   {plain, "130", 75, 130},  {both, "75", 75, 75},
               {both, "89", 80, 80},    {both, "121", 120, 120},  {both, "90", 80, 90},
               {both, "130", 80, 130},  {turned, "75", 75, 75},   {turned, "86", 80, 80},
               {turned, "121", 120, 120}, {turned, "130", 80, 130}};
  for (const auto& one : cases) {
    restart("CUDASIM_COMPUTE_CAPABILITY", one.capability);
    void *module, *function;
    int compiled_for = 0, binary = 0;
    fine(cuModuleLoadData(&module, one.image.data()), "cuModuleLoadData");
    fine(cuModuleGetFunction(&function, module, "saxpy"), "cuModuleGetFunction");
    fine(cuFuncGetAttribute(&compiled_for, 5, function), "cuFuncGetAttribute");
    fine(cuFuncGetAttribute(&binary, 6, function), "cuFuncGetAttribute");
    check(compiled_for == one.compiled_for && binary == one.binary,
          std::string("on ") + one.capability + ": compiled for " + std::to_string(compiled_for) + ", runs " +
              std::to_string(binary));
  }
  restart("CUDASIM_COMPUTE_CAPABILITY", "70");
  void* module;
  expect(cuModuleLoadData(&module, both.data()), 209, "nothing for this device");
  restart("CUDASIM_DRIVER_VERSION", "10020");
  expect(cuModuleLoadData(&module, fat_binary({{2, 75}, {1, 75}}).data()), 222, "PTX too new");
  restart();
}

// What the driver's documentation demands of a matrix.
void tensor_maps() {
  restart("CUDASIM_COMPUTE_CAPABILITY", "90");
  DevicePointer p;
  fine(cuMemAlloc_v2(&p, 4096), "cuMemAlloc");
  constexpr int kTf32 = 11, kSwizzle128 = 3;
  struct Matrix {
    uint64_t start = 0, columns = 10, rows = 7, pitch = 48;
    uint32_t across = 32, down = 64, step = 1;
    size_t map_at = 0;
  };
  auto encode = [&](const Matrix& m) {
    alignas(64) char map[256];
    uint64_t size[] = {m.columns, m.rows};
    uint32_t box[] = {m.across, m.down}, step[] = {m.step, m.step};
    return cuTensorMapEncodeTiled(map + m.map_at, kTf32, 2, reinterpret_cast<void*>(p + m.start), size, &m.pitch, box,
                                  step, 0, kSwizzle128, 2, 0);
  };
  fine(encode({}), "a matrix");
  expect(encode({.start = 4}), 1, "a start between 16 bytes");
  expect(encode({.columns = 0}), 1, "no columns");
  expect(encode({.rows = (uint64_t(1) << 32) + 1}), 1, "too many rows");
  expect(encode({.pitch = 44}), 1, "rows between 16 bytes");
  expect(encode({.pitch = 32}), 1, "rows that overlap");
  expect(encode({.across = 64}), 1, "a box wider than the swizzle");
  expect(encode({.across = 3}), 1, "a box's row of 12 bytes");
  expect(encode({.down = 257}), 1, "a box too high");
  expect(encode({.step = 9}), 1, "a step too large");
  expect(encode({.map_at = 16}), 1, "a map between 64 bytes");
  restart("CUDASIM_COMPUTE_CAPABILITY", "89");
  expect(encode({}), 801, "a device without");
  restart();
}

// Kernels that run from their PTX, to which no kernel library belongs.
void interpreted_text() {
  const std::string text = R"(.version 7.0
.target sm_75
.address_size 64
.global .align 4 .u32 step = {5};
.visible .entry add_step(.param .u64 add_step_param_0) .maxntid 64, 1, 1
{
  .reg .b32 %r<5>; .reg .b64 %rd<5>; .shared .align 4 .b8 unused[24];
  mov.u32 %r1, %tid.x; ld.global.u32 %r2, [step]; ld.param.u64 %rd1, [add_step_param_0]; mul.wide.u32 %rd2, %r1, 4;
  add.s64 %rd3, %rd1, %rd2; ld.global.u32 %r3, [%rd3]; add.s32 %r4, %r3, %r2; st.global.u32 [%rd3], %r4; ret;
}
.visible .entry unknown() { foo.u32; ret; }
)";
  restart("CUDASIM_PTX", "1");
  void *module, *function;
  fine(cuModuleLoadData(&module, text.c_str()), "loading PTX");
  expect(cuModuleGetFunction(&function, module, "unknown"), 218, "an instruction that is not known");
  expect(cuModuleGetFunction(&function, module, "missing"), 500, "a kernel that is not there");
  fine(cuModuleGetFunction(&function, module, "add_step"), "a kernel of PTX");
  int threads = 0, shared = 0;
  fine(cuFuncGetAttribute(&threads, 0, function), "threads of PTX");
  fine(cuFuncGetAttribute(&shared, 1, function), "shared memory of PTX");
  check(threads == 64 && shared == 24, "limits of PTX");
  DevicePointer step, p;
  size_t size = 0;
  fine(cuModuleGetGlobal_v2(&step, &size, module, "step"), "a variable of PTX");
  check(size == 4, "size of a variable");
  std::vector<unsigned> values(32, 1);
  fine(cuMemAlloc_v2(&p, 128), "memory");
  fine(cuMemcpyHtoD_v2(p, values.data(), 128), "copy");
  void* parameters[] = {&p};
  fine(cuLaunchKernel(function, 1, 1, 1, 32, 1, 1, 0, nullptr, parameters, nullptr), "launch of PTX");
  fine(cuMemcpyDtoH_v2(values.data(), p, 128), "copy back");
  check(values == std::vector<unsigned>(32, 6), "what PTX computes");
  fine(cuLaunchKernel(function, 1, 1, 1, 64, 1, 1, 0, nullptr, parameters, nullptr), "launch past the end");
  expect(cuCtxSynchronize(), 719, "past the end");
  restart();
}

}  // namespace

int main() {
  setenv("CUDASIM_KERNELS", KERNELS, 1);
  DevicePointer p;
  expect(cuMemAlloc_v2(&p, 16), 3, "before cuInit");
  fine(cuInit(0), "cuInit");
  expect(cuMemAlloc_v2(&p, 16), 201, "without a context");
  restart();
  device();
  launches();
  memory();
  laziness();
  graphs();
  kernel_faults();
  asked_for_faults();
  forms_of_an_image();
  tensor_maps();
  if (!CUDASIM_ASAN) interpreted_text();
  return result();
}
