#include "driver.h"

#include <dlfcn.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

namespace driver {

namespace {

constexpr const char* kLibrary = "libcuda.so.1";
constexpr const char* kSimulator = "cudasim";
constexpr const char* kSimulatorVariable = "DESCENT_CUDA_SIMULATOR";

// Attributes of devices and of functions, as the driver numbers them.
constexpr int kCapabilityMajor = 75, kCapabilityMinor = 76, kMaxDynamicShared = 8;
constexpr unsigned kUsualShared = 48 << 10;

// The image has no form for this device or this driver; its text may.
bool other_form_may_do(int result) {
  return result == 200 || result == 209 || result == 218 || result == 222;
}

std::string content(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  return std::string(std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>());
}

// The words that follow `mark` in a text, each up to one of `ends`.
std::vector<std::string> words_after(const std::string& text, const std::string& mark, const char* ends) {
  std::vector<std::string> words;
  for (size_t at = 0; (at = text.find(mark, at)) != std::string::npos;) {
    at += mark.size();
    words.push_back(text.substr(at, text.find_first_of(ends, at) - at));
  }
  return words;
}

// The endings that a family's file may have, the first that is there: machine code, what stands for it on the simulator
// where it was built, text.
constexpr const char* kEndings[] = {".fatbin", ".image", ".ptx"};

std::filesystem::path image_file(const std::string& folder, const std::string& family) {
  std::filesystem::path file;
  for (const char* ending : kEndings) {
    file = std::filesystem::path(folder) / (family + ending);
    if (std::filesystem::exists(file)) break;
  }
  return file;
}

}  // namespace

Device::Device(const std::string& images) : images_(images) {
  if (families().empty()) {
    missing_ = "no kernels in " + images + ": nvcc was missing when this was built";
    return;
  }
  void* library = dlopen(kLibrary, RTLD_NOW | RTLD_LOCAL);
  if (!library) {
    missing_ = std::string("no NVIDIA driver: looked for ") + kLibrary + ", found none";
    return;
  }
#define DRIVER_FIND(name, ...)                                                           \
  call_.name = reinterpret_cast<int (*)(__VA_ARGS__)>(dlsym(library, #name));            \
  if (!call_.name) {                                                                     \
    missing_ = "the NVIDIA driver is too old: it lacks " #name "; 525 or later is needed"; \
    return;                                                                              \
  }
  DRIVER_FUNCTIONS(DRIVER_FIND)
#undef DRIVER_FIND
  int count = 0;
  int started = call_.cuInit(0);
  if (started || call_.cuDeviceGetCount(&count) || !count) {
    missing_ = "the NVIDIA driver lists no GPU (error " + std::to_string(started) + ")";
    return;
  }
  char name[256] = "";
  int major = 0, minor = 0;
  require(call_.cuDeviceGet(&device_, 0), "cuDeviceGet");
  require(call_.cuDeviceGetName(name, sizeof name, device_), "cuDeviceGetName");
  require(call_.cuDeviceGetAttribute(&major, kCapabilityMajor, device_), "cuDeviceGetAttribute");
  require(call_.cuDeviceGetAttribute(&minor, kCapabilityMinor, device_), "cuDeviceGetAttribute");
  require(call_.cuDriverGetVersion(&version_), "cuDriverGetVersion");
  name_ = name;
  capability_ = 10 * major + minor;
  const char* allowed = std::getenv(kSimulatorVariable);
  if (is_simulator() && !(allowed && std::string(allowed) == "1")) {
    missing_ = name_ + ": a simulator for tests, which only " + kSimulatorVariable + "=1 allows";
    return;
  }
  require(call_.cuDevicePrimaryCtxRetain(&context_, device_), "cuDevicePrimaryCtxRetain");
  require(call_.cuCtxSetCurrent(context_), "cuCtxSetCurrent");
}

Device::~Device() {
  if (!context_) return;
  for (const auto& [family, module] : modules_) call_.cuModuleUnload(module);
  call_.cuDevicePrimaryCtxRelease_v2(device_);
}

bool Device::is_simulator() const { return name_.find(kSimulator) != std::string::npos; }

std::string Device::describe() const {
  auto dotted = [](int major, int minor) { return std::to_string(major) + "." + std::to_string(minor); };
  return name_ + ", compute capability " + dotted(capability_ / 10, capability_ % 10) + ", driver for CUDA " +
         dotted(version_ / 1000, version_ % 1000 / 10);
}

std::vector<std::string> Device::families() const {
  std::vector<std::string> result;
  std::error_code none;
  for (const auto& file : std::filesystem::directory_iterator(images_, none)) {
    std::string family = file.path().stem().string();
    // NAME.80 is another form of NAME.
    std::string form = std::filesystem::path(family).extension().string();
    bool another = form.size() > 1 && form.find_first_not_of("0123456789", 1) == form.npos;
    if (!another && file.path() == image_file(images_, family)) result.push_back(family);
  }
  std::sort(result.begin(), result.end());
  return result;
}

std::vector<std::string> Device::kernels(const std::string& family) const {
  std::filesystem::path image = image_file(images_, family);
  std::filesystem::path text = image;
  text.replace_extension(".ptx");
  return std::filesystem::exists(text) ? words_after(content(text), ".entry ", "( \t\n")
                                       : words_after(content(image), "\nkernel ", "\n");
}

void Device::require(int result, const std::string& what) const {
  if (!result) return;
  const char* name = nullptr;
  call_.cuGetErrorName(result, &name);
  std::printf("FAIL %s: %s\n", what.c_str(), name ? name : std::to_string(result).c_str());
  std::fflush(stdout);
  // Without the destructors, whose calls would all fail.
  std::_Exit(1);
}

void* Device::module(const std::string& family) {
  auto known = modules_.find(family);
  if (known != modules_.end()) return known->second;
  void* module = nullptr;
  int result = call_.cuModuleLoadData(&module, content(image_file(images_, family)).c_str());
  if (other_form_may_do(result)) result = load_text(family, module, result);
  require(result, "loading the kernels " + family);
  modules_[family] = module;
  return module;
}

// Loads the text of a family; what failed before if there is none.
int Device::load_text(const std::string& family, void*& module, int failed) {
  std::filesystem::path text = image_file(images_, family), newer = text;
  text.replace_extension(".ptx");
  newer.replace_extension(".80.ptx");
  if (capability_ >= 80 && std::filesystem::exists(newer)) text = newer;
  return std::filesystem::exists(text) ? call_.cuModuleLoadData(&module, content(text).c_str()) : failed;
}

void* Device::function(const std::string& family, const std::string& kernel) {
  auto known = kernels_.find(kernel);
  if (known != kernels_.end()) return known->second.function;
  void* function = nullptr;
  int result = call_.cuModuleGetFunction(&function, module(family), kernel.c_str());
  void* module = nullptr;
  // A driver that loads kernels when they are first asked for may refuse the machine code only here.
  if (other_form_may_do(result) && !load_text(family, module, result)) {
    modules_[family] = module;
    result = call_.cuModuleGetFunction(&function, module, kernel.c_str());
  }
  require(result, "kernel " + kernel);
  kernels_[kernel] = {function, 0};
  return function;
}

int Device::launches(const std::string& kernel) const {
  auto known = kernels_.find(kernel);
  return known == kernels_.end() ? 0 : known->second.launches;
}

void Device::launch(const std::string& family, const std::string& kernel, Grid grid, unsigned threads,
                    unsigned shared, void** values, bool together) {
  void* f = function(family, kernel);
  if (shared > kUsualShared) {
    require(call_.cuFuncSetAttribute(f, kMaxDynamicShared, int(shared)), kernel + ": shared memory");
  }
  require(together ? call_.cuLaunchCooperativeKernel(f, grid.x, grid.y, grid.z, threads, 1, 1, shared, nullptr, values)
                   : call_.cuLaunchKernel(f, grid.x, grid.y, grid.z, threads, 1, 1, shared, nullptr, values, nullptr),
          kernel + ": launch");
  require(call_.cuCtxSynchronize(), kernel);
  kernels_[kernel].launches++;
}

}  // namespace driver
