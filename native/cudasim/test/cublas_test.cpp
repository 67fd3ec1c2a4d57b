// The stand-in cuBLAS, called as a program calls NVIDIA's: products by the definition of BLAS, in a stream
// and in a graph, its checks and its faults.
#include "check.h"

using DevicePointer = unsigned long long;

extern "C" {
int cuInit(unsigned);
int cuDevicePrimaryCtxRetain(void**, int);
int cuCtxSetCurrent(void*);
int cuCtxCreate_v2(void**, unsigned, int);
int cuMemAlloc_v2(DevicePointer*, size_t);
int cuMemFree_v2(DevicePointer);
int cuMemcpyHtoD_v2(DevicePointer, const void*, size_t);
int cuMemcpyDtoH_v2(void*, DevicePointer, size_t);
int cuStreamCreate(void**, unsigned);
int cuStreamSynchronize(void*);
int cuStreamBeginCapture_v2(void*, int);
int cuStreamEndCapture(void*, void**);
int cuGraphInstantiateWithFlags(void**, void*, unsigned long long);
int cuGraphLaunch(void*, void*);
int cublasCreate_v2(void**);
int cublasDestroy_v2(void*);
int cublasGetVersion_v2(void*, int*);
int cublasSetStream_v2(void*, void*);
int cublasSetWorkspace_v2(void*, void*, size_t);
int cublasSetMathMode(void*, int);
int cublasSgemm_v2(void*, int, int, int, int, int, const float*, const float*, int, const float*, int,
                   const float*, float*, int);
}

namespace {

constexpr unsigned kNonBlocking = 1;
constexpr int kThreadLocal = 1;
constexpr int kNotInitialized = 1, kInvalidValue = 7, kExecutionFailed = 13, kNotSupported = 15;

void fine(int status, const char* what) {
  check(status == 0, std::string(what) + ": " + std::to_string(status));
}
void expect(int status, int expected, const char* what) {
  check(status == expected, std::string(what) + ": " + std::to_string(status) + " instead of " +
                                std::to_string(expected));
}

void *context, *stream;

// Floats on the device.
struct Array {
  explicit Array(const std::vector<float>& values) : count(values.size()) {
    fine(cuMemAlloc_v2(&address, count * sizeof(float)), "cuMemAlloc");
    write(values);
  }
  ~Array() { cuMemFree_v2(address); }
  void write(const std::vector<float>& values) const {
    fine(cuMemcpyHtoD_v2(address, values.data(), count * sizeof(float)), "write");
  }
  std::vector<float> read() const {
    std::vector<float> values(count);
    fine(cuMemcpyDtoH_v2(values.data(), address, count * sizeof(float)), "read");
    return values;
  }
  float* pointer() const { return reinterpret_cast<float*>(address); }
  DevicePointer address = 0;
  size_t count;
};

void* new_handle() {
  void* handle = nullptr;
  fine(cublasCreate_v2(&handle), "create");
  fine(cublasSetStream_v2(handle, stream), "set stream");
  return handle;
}

// Products of all layouts against sums in float64, with leading dimensions above the least.
void products() {
  void* handle = new_handle();
  for (int shape[][3] = {{1, 1, 1}, {5, 3, 70}, {33, 130, 64}, {129, 65, 17}}; auto [m, n, k] : shape) {
    for (int layout = 0; layout < 4; layout++) {
      int ta = layout & 1, tb = layout >> 1;
      int lda = (ta ? k : m) + 3, ldb = (tb ? n : k) + 1, ldc = m + 2;
      std::vector<float> a = random_floats(size_t(lda) * (ta ? m : k));
      std::vector<float> b = random_floats(size_t(ldb) * (tb ? k : n));
      std::vector<float> c = random_floats(size_t(ldc) * n);
      float alpha = 0.5f, beta = layout % 2 ? -2.0f : 0.0f;
      std::vector<double> expected(c.begin(), c.end());
      for (int i = 0; i < m; i++) {
        for (int j = 0; j < n; j++) {
          double sum = 0;
          for (int l = 0; l < k; l++) {
            sum += double(a[ta ? l + i * lda : i + l * lda]) * b[tb ? j + l * ldb : l + j * ldb];
          }
          expected[i + j * ldc] = alpha * sum + (beta == 0 ? 0 : double(beta) * c[i + j * ldc]);
          if (beta == 0) c[i + j * ldc] = NAN;
        }
      }
      Array left(a), right(b), out(c);
      fine(cublasSgemm_v2(handle, ta, tb, m, n, k, &alpha, left.pointer(), lda, right.pointer(), ldb,
                          &beta, out.pointer(), ldc),
           "sgemm");
      fine(cuStreamSynchronize(stream), "wait");
      check_close(out.read(), expected, k * 1e-6, "layout " + std::to_string(layout));
    }
  }
  fine(cublasDestroy_v2(handle), "destroy");
}

// A captured product runs when its graph does; the workspace is not left as it was.
void capture() {
  void* handle = new_handle();
  Array a({2, 3}), b({5, 7}), c({0}), workspace(std::vector<float>(64, 1));
  float one = 1, zero = 0;
  auto product = [&] {
    return cublasSgemm_v2(handle, 1, 0, 1, 1, 2, &one, a.pointer(), 2, b.pointer(), 2, &zero,
                          c.pointer(), 1);
  };
  void *graph = nullptr, *exec = nullptr;
  fine(cuStreamBeginCapture_v2(stream, kThreadLocal), "begin");
  expect(product(), kNotSupported, "a capture without a workspace");
  expect(cublasSetWorkspace_v2(handle, reinterpret_cast<char*>(workspace.address) + 4, 16),
         kInvalidValue, "a workspace that is not aligned");
  fine(cublasSetWorkspace_v2(handle, workspace.pointer(), 256), "set workspace");
  fine(product(), "a product in a capture");
  fine(cuStreamEndCapture(stream, &graph), "end");
  check(c.read()[0] == 0, "a capture runs nothing");
  fine(cuGraphInstantiateWithFlags(&exec, graph, 0), "instantiate");
  for (float x : {5.0f, -1.0f}) {
    b.write({x, 7});
    fine(cuGraphLaunch(exec, stream), "launch");
    fine(cuStreamSynchronize(stream), "wait");
    check(c.read()[0] == 2 * x + 21, "a product in a graph");
  }
  check(std::isnan(workspace.read()[63]), "the workspace is used");
  fine(cublasSetStream_v2(handle, stream), "set stream again");
  fine(cuStreamBeginCapture_v2(stream, kThreadLocal), "begin again");
  expect(product(), kNotSupported, "setting the stream gives up the workspace");
  fine(cuStreamEndCapture(stream, &graph), "end again");
  fine(cublasDestroy_v2(handle), "destroy");
}

void tf32() {
  void* handle = new_handle();
  Array a({1 + 0x1p-11f}), b({1}), c({0});
  float one = 1, zero = 0;
  for (int mode : {0, 3}) {
    fine(cublasSetMathMode(handle, mode), "set mode");
    fine(cublasSgemm_v2(handle, 0, 0, 1, 1, 1, &one, a.pointer(), 1, b.pointer(), 1, &zero,
                        c.pointer(), 1),
         "sgemm");
    fine(cuStreamSynchronize(stream), "wait");
    check(c.read()[0] == (mode ? 1 + 0x1p-10f : 1 + 0x1p-11f), "mode " + std::to_string(mode));
  }
  expect(cublasSetMathMode(handle, 4), kInvalidValue, "an unknown mode");
  fine(cublasDestroy_v2(handle), "destroy");
}

void refusals() {
  void* handle = new_handle();
  int version = -1;
  fine(cublasGetVersion_v2(handle, &version), "version");
  check(version == 0, "it is no version of NVIDIA's");
  float x = 1;
  auto sgemm = [&](int ta, int m, int lda) {
    return cublasSgemm_v2(handle, ta, 0, m, 1, 3, &x, &x, lda, &x, 3, &x, &x, 2);
  };
  expect(sgemm(0, 2, 1), kInvalidValue, "lda below m");
  expect(sgemm(1, 2, 2), kInvalidValue, "lda below k");
  expect(sgemm(0, -1, 2), kInvalidValue, "a negative size");
  expect(sgemm(2, 2, 3), kInvalidValue, "an unknown operation");
  fine(sgemm(0, 0, 1), "nothing to do");
  void* other = nullptr;
  fine(cuCtxCreate_v2(&other, 0, 0), "another context");
  expect(sgemm(0, 2, 2), kNotInitialized, "a handle in another context");
  fine(cuCtxSetCurrent(context), "the context again");
  fine(cublasDestroy_v2(handle), "destroy");
  expect(sgemm(0, 2, 2), kNotInitialized, "a handle that was destroyed");
}

void faults() {
  void* handle = nullptr;
  setenv("CUDASIM_FAIL_CUBLAS", "create", 1);
  expect(cublasCreate_v2(&handle), kNotInitialized, "CUDASIM_FAIL_CUBLAS=create");
  setenv("CUDASIM_FAIL_CUBLAS", "2", 1);
  handle = new_handle();
  Array a({2}), b({3}), c({0});
  float one = 1, zero = 0;
  for (int number : {1, 2, 3}) {
    expect(cublasSgemm_v2(handle, 0, 0, 1, 1, 1, &one, a.pointer(), 1, b.pointer(), 1, &zero,
                          c.pointer(), 1),
           number == 2 ? kExecutionFailed : 0, "CUDASIM_FAIL_CUBLAS=2");
  }
  fine(cuStreamSynchronize(stream), "wait");
  check(c.read()[0] == 6, "the others are computed");
  fine(cublasDestroy_v2(handle), "destroy");
}

}  // namespace

int main() {
  fine(cuInit(0), "cuInit");
  void* handle = nullptr;
  expect(cublasCreate_v2(&handle), kNotInitialized, "no context");
  fine(cuDevicePrimaryCtxRetain(&context, 0), "retain");
  fine(cuCtxSetCurrent(context), "set current");
  fine(cuStreamCreate(&stream, kNonBlocking), "stream");
  products();
  capture();
  tf32();
  refusals();
  faults();
  return result();
}
