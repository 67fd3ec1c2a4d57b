// Loads the images that nvcc has made of kernels/cuda: image_test FOLDER.
#include <filesystem>
#include <fstream>
#include <iterator>

#include "check.h"

extern "C" {
int cuInit(unsigned);
int cuDevicePrimaryCtxRetain(void**, int);
int cuCtxSetCurrent(void*);
int cuModuleLoadData(void**, const void*);
int cuModuleUnload(void*);
int cuModuleGetFunction(void**, void*, const char*);
int cuFuncGetAttribute(int*, int, void*);
}

namespace {

std::string content(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  return std::string((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
}

// The kernels of a PTX file.
std::vector<std::string> entries(const std::string& ptx) {
  std::vector<std::string> result;
  const std::string word = ".entry ";
  for (size_t at = 0; (at = ptx.find(word, at)) != std::string::npos;) {
    at += word.size();
    result.push_back(ptx.substr(at, ptx.find('(', at) - at));
  }
  return result;
}

// For a device of this compute capability, on a driver of this version.
void start(const char* capability, const char* driver) {
  setenv("CUDASIM_COMPUTE_CAPABILITY", capability, 1);
  setenv("CUDASIM_DRIVER_VERSION", driver, 1);
  void* context;
  check(!cuInit(0) && !cuDevicePrimaryCtxRetain(&context, 0) && !cuCtxSetCurrent(context), "start");
}

// What no other device runs.
void only_hopper(const std::string& name, const std::string& fatbin, const std::string& ptx,
                 const std::vector<std::string>& kernels) {
  for (const std::string& image : {fatbin, ptx}) {
    start("90", "13000");
    void *module = nullptr, *function = nullptr;
    check(!cuModuleLoadData(&module, image.data()), name + " for 90");
    for (const std::string& kernel : kernels) {
      check(!cuModuleGetFunction(&function, module, kernel.c_str()), kernel + " is missing");
    }
    check(!cuModuleUnload(module), "unload");
  }
  for (const char* capability : {"89", "100"}) {
    start(capability, "13000");
    void* module = nullptr;
    check(cuModuleLoadData(&module, fatbin.data()) == 209, name + " for " + capability);
  }
}

}  // namespace

int main(int, char** arguments) {
  int images = 0;
  for (const auto& file : std::filesystem::directory_iterator(arguments[1])) {
    if (file.path().extension() != ".fatbin") continue;
    images++;
    std::string name = file.path().stem().string();
    std::string fatbin = content(file.path());
    std::string ptx = content(std::filesystem::path(file.path()).replace_extension(".ptx"));
    std::vector<std::string> kernels = entries(ptx);
    check(!kernels.empty(), name + ": its PTX has no kernel");
    // Kernels that use what came with 8.0 have a second text, for devices newer than all machine code.
    if (name.ends_with(".sm_90a")) {
      only_hopper(name, fatbin, ptx, kernels);
      continue;
    }
    std::string newer = content(std::filesystem::path(file.path()).replace_extension(".80.ptx"));
    bool has_newer = !newer.empty();
    check(has_newer == (name == "ceilings" || name == "persistent" || name.rfind("matmul", 0) == 0), name + ": PTX for 8.0");
    int text = has_newer ? 80 : 75;
    if (has_newer) check(entries(newer) == kernels, name + ": its texts have other kernels");
    struct {
      const char *capability, *driver;
      const std::string& image;
      int expected;
      int compiled_for;
    } cases[] = {{"75", "13000", fatbin, 0, 75},    {"90", "13000", fatbin, 0, 90},
                 {"89", "12040", fatbin, 0, 86},    {"121", "13000", fatbin, 0, 120},
                 {"110", "13000", fatbin, 0, text},  // by PTX
                 {"130", "13000", fatbin, 0, text}, {"130", "12000", fatbin, 0, text},
                 {"70", "13000", fatbin, 209, 0},   // CUDA_ERROR_NO_BINARY_FOR_GPU
                 {"75", "11000", ptx, 0, 75},       {"70", "13000", ptx, 209, 0},
                 {"75", "10020", ptx, 222, 0},      // CUDA_ERROR_UNSUPPORTED_PTX_VERSION
                 {"130", "11000", has_newer ? newer : ptx, 0, text}};
    for (const auto& one : cases) {
      start(one.capability, one.driver);
      void* module = nullptr;
      int result = cuModuleLoadData(&module, one.image.data());
      check(result == one.expected, name + " for " + one.capability + " on " + one.driver + ": " +
                                        std::to_string(result));
      if (result) continue;
      for (const std::string& kernel : kernels) {
        void* function = nullptr;
        check(!cuModuleGetFunction(&function, module, kernel.c_str()), kernel + " is missing");
        int compiled_for = 0;
        cuFuncGetAttribute(&compiled_for, 5, function);
        check(compiled_for == one.compiled_for,
              kernel + " for " + one.capability + ": compiled for " + std::to_string(compiled_for));
        int registers = 0;
        cuFuncGetAttribute(&registers, 4, function);
        // Told by machine code up to 8.9, else 0. The smallest kernels have 6.
        bool code = &one.image == &fatbin && std::atoi(one.capability) < 90;
        check(code == (registers > 0), kernel + ": registers " + std::to_string(registers));
      }
      check(!cuModuleUnload(module), "unload");
    }
  }
  check(images > 0, "no image");
  return result();
}
