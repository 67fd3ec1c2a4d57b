// A libcublas.so.13 that stands in for NVIDIA's: the functions that the CUDA backend calls, on the stand-in
// driver. Products are kernels in the handle's stream, so they wait, are captured and fail as others do.
//
// What cuBLAS leaves to its caller it makes visible: the workspace is filled with poison before each
// product, and a product in a capture needs a workspace of the caller's.
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <mutex>
#include <set>
#include <string>

using DevicePointer = unsigned long long;

extern "C" {
int cuCtxGetCurrent(void**);
int cuModuleLoadData(void**, const void*);
int cuModuleUnload(void*);
int cuModuleGetFunction(void**, void*, const char*);
int cuStreamIsCapturing(void*, int*);
int cuMemsetD8Async(DevicePointer, unsigned char, size_t, void*);
int cuLaunchKernel(void*, unsigned, unsigned, unsigned, unsigned, unsigned, unsigned, unsigned, void*,
                   void**, void**);
}

namespace {

// cublasStatus_t
enum Status {
  SUCCESS = 0,
  NOT_INITIALIZED = 1,
  INVALID_VALUE = 7,
  EXECUTION_FAILED = 13,
  NOT_SUPPORTED = 15,
};

constexpr int kTf32Math = 3;
constexpr uintptr_t kWorkspaceAlignment = 256;
constexpr unsigned kThreads = 256;
constexpr unsigned char kPoison = 0xff;
constexpr char kImage[] = "cudasim image 1\nkernel cudasim_sgemm\nend\n";

struct Handle {
  void* context = nullptr;
  void* module = nullptr;
  void* function = nullptr;
  void* stream = nullptr;
  void* workspace = nullptr;
  size_t workspace_bytes = 0;
  int math_mode = 0;
  uint64_t products = 0;
};

std::mutex mutex;

std::set<Handle*>& handles() {
  static auto* instance = new std::set<Handle*>;  // outlives all threads
  return *instance;
}

int failed(int status, const char* function, const std::string& why) {
  std::fprintf(stderr, "cudasim: %s: %s\n", function, why.c_str());
  return status;
}

// What the environment asks to fail: "create", or the number of a product from 1.
std::string fault() {
  const char* value = std::getenv("CUDASIM_FAIL_CUBLAS");
  return value ? value : "";
}

// A library handle belongs to the context in which it was made.
bool is_current(const Handle* handle) {
  void* context = nullptr;
  return handles().contains(const_cast<Handle*>(handle)) && cuCtxGetCurrent(&context) == 0 &&
         context == handle->context;
}

}  // namespace

#define CUBLAS_API extern "C" __attribute__((visibility("default"))) int

#define LOCKED std::lock_guard<std::mutex> lock_(mutex);

// What begins a call with a handle.
#define BEGIN(handle) \
  LOCKED              \
  if (!is_current(handle)) return failed(NOT_INITIALIZED, __func__, "no such handle in this context");

CUBLAS_API cublasCreate_v2(Handle** result) {
  LOCKED
  if (fault() == "create") return failed(NOT_INITIALIZED, __func__, "fails, as CUDASIM_FAIL_CUBLAS asks");
  auto handle = std::make_unique<Handle>();
  if (cuCtxGetCurrent(&handle->context) || !handle->context) {
    return failed(NOT_INITIALIZED, __func__, "no context is current");
  }
  if (cuModuleLoadData(&handle->module, kImage) ||
      cuModuleGetFunction(&handle->function, handle->module, "cudasim_sgemm")) {
    return failed(NOT_INITIALIZED, __func__, "the driver does not take its kernel");
  }
  *result = handle.get();
  handles().insert(handle.release());
  return SUCCESS;
}

CUBLAS_API cublasDestroy_v2(Handle* handle) {
  BEGIN(handle)
  cuModuleUnload(handle->module);
  handles().erase(handle);
  delete handle;
  return SUCCESS;
}

// 0.0.0, since it is no version of NVIDIA's.
CUBLAS_API cublasGetVersion_v2(Handle* handle, int* version) {
  BEGIN(handle)
  *version = 0;
  return SUCCESS;
}

CUBLAS_API cublasSetStream_v2(Handle* handle, void* stream) {
  BEGIN(handle)
  handle->stream = stream;
  handle->workspace = nullptr;
  handle->workspace_bytes = 0;
  return SUCCESS;
}

CUBLAS_API cublasSetWorkspace_v2(Handle* handle, void* workspace, size_t bytes) {
  BEGIN(handle)
  if (reinterpret_cast<uintptr_t>(workspace) % kWorkspaceAlignment) {
    return failed(INVALID_VALUE, __func__, "the workspace is not aligned to 256 bytes");
  }
  handle->workspace = workspace;
  handle->workspace_bytes = bytes;
  return SUCCESS;
}

CUBLAS_API cublasSetMathMode(Handle* handle, int mode) {
  BEGIN(handle)
  if (mode < 0 || mode > kTf32Math) return failed(INVALID_VALUE, __func__, "no such mode");
  handle->math_mode = mode;
  return SUCCESS;
}

CUBLAS_API cublasSgemm_v2(Handle* handle, int operation_a, int operation_b, int m, int n, int k,
                          const float* alpha, const float* a, int lda, const float* b, int ldb,
                          const float* beta, float* c, int ldc) {
  BEGIN(handle)
  if (operation_a < 0 || operation_a > 1 || operation_b < 0 || operation_b > 1) {
    return failed(INVALID_VALUE, __func__, "neither N nor T");
  }
  bool transpose_a = operation_a, transpose_b = operation_b;
  if (m < 0 || n < 0 || k < 0 || lda < std::max(1, transpose_a ? k : m) ||
      ldb < std::max(1, transpose_b ? n : k) || ldc < std::max(1, m)) {
    return failed(INVALID_VALUE, __func__, "sizes and leading dimensions do not fit");
  }
  handle->products++;
  if (fault() == std::to_string(handle->products)) {
    return failed(EXECUTION_FAILED, __func__, "fails, as CUDASIM_FAIL_CUBLAS asks");
  }
  int capturing = 0;
  if (cuStreamIsCapturing(handle->stream, &capturing)) {
    return failed(EXECUTION_FAILED, __func__, "no such stream");
  }
  if (capturing && !handle->workspace_bytes) {
    return failed(NOT_SUPPORTED, __func__, "a capture, and no workspace since the stream was set");
  }
  if (m == 0 || n == 0) return SUCCESS;
  if (handle->workspace_bytes &&
      cuMemsetD8Async(reinterpret_cast<uintptr_t>(handle->workspace), kPoison,
                      handle->workspace_bytes, handle->stream)) {
    return failed(EXECUTION_FAILED, __func__, "the workspace is no device memory");
  }
  bool tf32 = handle->math_mode == kTf32Math;
  float alpha_value = *alpha, beta_value = *beta;
  void* parameters[] = {&transpose_a, &transpose_b, &m,   &n,          &k, &alpha_value, &a,
                        &lda,         &b,           &ldb, &beta_value, &c, &ldc,         &tf32};
  uint64_t blocks = (uint64_t(m) * uint64_t(n) + kThreads - 1) / kThreads;
  if (blocks > 0x7fffffff ||
      cuLaunchKernel(handle->function, unsigned(blocks), 1, 1, kThreads, 1, 1, 0, handle->stream,
                     parameters, nullptr)) {
    return failed(EXECUTION_FAILED, __func__, "the driver does not take the launch");
  }
  return SUCCESS;
}
