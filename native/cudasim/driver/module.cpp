#include "module.h"

#include <dlfcn.h>
#include <elf.h>
#include <link.h>

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <filesystem>

#include "settings.h"

namespace cudasim::driver {

namespace {

constexpr uint32_t kFatBinary = 0xba55ed50;
constexpr char kSimulated[] = "cudasim image 1\n";
// A variable that the build puts into each image; its name ends with the hash of the sources.
constexpr char kSourcesPrefix[] = "descent_sources_";

template <typename T>
T read(const char* from) {
  T value;
  std::memcpy(&value, from, sizeof value);
  return value;
}

// --- images -------------------------------------------------------------------------------------

// An ELF file's size by its headers, since an image comes without a length.
size_t elf_size(const char* image) {
  auto header = read<Elf64_Ehdr>(image);
  size_t size = std::max<size_t>(sizeof header, header.e_shoff + header.e_shnum * sizeof(Elf64_Shdr));
  size = std::max<size_t>(size, header.e_phoff + header.e_phnum * sizeof(Elf64_Phdr));
  for (unsigned i = 0; i < header.e_shnum; i++) {
    auto section = read<Elf64_Shdr>(image + header.e_shoff + i * sizeof(Elf64_Shdr));
    if (section.sh_type != SHT_NOBITS) size = std::max<size_t>(size, section.sh_offset + section.sh_size);
  }
  return size;
}

// Machine code runs on devices of its major version from its minor version on.
bool runs_on_device(unsigned architecture) {
  unsigned device = unsigned(settings().compute_capability);
  return architecture / 10 == device / 10 && architecture <= device;
}

// The newest version of PTX that a driver takes, by its version of CUDA.
int ptx_version(int driver) {
  int major = driver / 1000, minor = driver % 1000 / 10;
  if (major >= 12) return (major - 4) * 10 + minor;
  return major == 11 ? 70 + minor : 60 + minor;
}

int version_of_ptx(const std::string& ptx) {
  size_t at = ptx.find(".version ");
  if (at == std::string::npos) return 0;
  int major = 0, minor = 0;
  std::sscanf(ptx.c_str() + at, ".version %d.%d", &major, &minor);
  return major * 10 + minor;
}

Result check_ptx(const std::string& ptx, int& target) {
  size_t at = ptx.find(".target sm_");
  if (at == std::string::npos) return ERROR_INVALID_IMAGE;
  if (version_of_ptx(ptx) > ptx_version(settings().driver_version)) return ERROR_UNSUPPORTED_PTX_VERSION;
  target = std::atoi(ptx.c_str() + at + std::strlen(".target sm_"));
  return target <= settings().compute_capability ? SUCCESS : ERROR_NO_BINARY_FOR_GPU;
}

// Goes through the parts of a fat binary: {kind, header size, size, architecture}. The device runs the
// newest machine code that it can, or else the newest PTX.
Result check_fat_binary(const std::string& image, std::string& cubin, std::string& ptx, int& architecture) {
  size_t at = read<uint16_t>(image.data() + 6);
  bool too_new = false;
  int code = 0, text = 0;
  while (at + 32 <= image.size()) {
    const char* part = image.data() + at;
    unsigned kind = read<uint16_t>(part);
    int target = read<int32_t>(part + 28);
    size_t header = read<uint32_t>(part + 4), size = read<uint64_t>(part + 8);
    if (header < 32 || size > image.size() - at || header > image.size() - at - size) {
      return ERROR_INVALID_IMAGE;
    }
    if (kind == 2 && !settings().ptx && runs_on_device(unsigned(target)) && target > code) {
      code = target;
      cubin.assign(part + header, size);
    }
    if (kind == 1 && target > text && target <= settings().compute_capability) {
      // What is compressed says nothing of its version.
      if (version_of_ptx(std::string(part + header, size)) > ptx_version(settings().driver_version)) {
        too_new = true;
      } else {
        text = target;
        ptx.assign(part + header, size);
      }
    }
    at += header + size;
  }
  architecture = code ? code : text;
  if (architecture) return SUCCESS;
  return too_new ? ERROR_UNSUPPORTED_PTX_VERSION : ERROR_NO_BINARY_FOR_GPU;
}

Result check_elf(const std::string& image, int& target) {
  auto header = read<Elf64_Ehdr>(image.data());
  if (header.e_machine != 190) return ERROR_INVALID_IMAGE;  // EM_CUDA
  // The architecture stands in the second byte of the flags since version 8 of the ABI, before in the
  // first.
  unsigned version = header.e_ident[EI_ABIVERSION];
  target = int(version >= 8 ? header.e_flags >> 8 & 255 : header.e_flags & 255);
  return runs_on_device(unsigned(target)) ? SUCCESS : ERROR_NO_BINARY_FOR_GPU;
}

std::string sources_of(const std::string& image) {
  size_t prefix = std::strlen(kSourcesPrefix);
  size_t at = image.find(kSourcesPrefix);
  if (at == std::string::npos) return "";
  size_t end = at + prefix;
  while (end < image.size() && std::isxdigit(static_cast<unsigned char>(image[end]))) end++;
  return image.substr(at + prefix, end - at - prefix);
}

// --- kernel libraries ---------------------------------------------------------------------------

// The libraries of CUDASIM_KERNELS, or of the folder `kernels` beside this one's folder. A library stays
// loaded once it is.
std::vector<void*> libraries() {
  namespace fs = std::filesystem;
  std::string list = settings().kernels;
  if (list.empty()) {
    Dl_info self;
    if (!dladdr(reinterpret_cast<void*>(&libraries), &self)) return {};
    std::error_code error;
    fs::path here = fs::canonical(self.dli_fname, error);
    list = (here.parent_path().parent_path() / "kernels").string();
  }
  std::vector<void*> result;
  auto open = [&](const fs::path& file) {
    if (void* library = dlopen(file.c_str(), RTLD_NOW | RTLD_LOCAL)) {
      result.push_back(library);
    } else {
      std::fprintf(stderr, "cudasim: %s\n", dlerror());
    }
  };
  for (size_t start = 0; start <= list.size();) {
    size_t end = std::min(list.find(':', start), list.size());
    fs::path entry = list.substr(start, end - start);
    start = end + 1;
    std::error_code error;
    if (fs::is_directory(entry, error)) {
      std::vector<fs::path> files;
      for (const auto& file : fs::directory_iterator(entry, error)) {
        if (file.path().extension() == ".so") files.push_back(file.path());
      }
      std::sort(files.begin(), files.end());
      std::for_each(files.begin(), files.end(), open);
    } else if (!entry.empty()) {
      open(entry);
    }
  }
  if (result.empty()) std::fprintf(stderr, "cudasim: no kernel library in %s\n", list.c_str());
  return result;
}

bool made_from(void* library, const std::string& sources) {
  return sources.empty() || dlsym(library, (kSourcesPrefix + sources).c_str());
}

// Takes the kernels from an image's text.
Result take_ptx(const std::string& text, Module& module) {
  try {
    if (text.empty()) throw ptxsim::BadText("CUDASIM_PTX=1, but the image has no PTX");
    module.ptx = std::make_unique<ptxsim::Module>(text.c_str());  // without the padding
    module.text = true;
    return SUCCESS;
  } catch (const ptxsim::BadText& wrong) {
    std::fprintf(stderr, "cudasim: %s\n", wrong.what());
    return ERROR_INVALID_PTX;
  }
}

Result find_ptx_kernel(Module& module, const char* name, const ptxsim::Kernel*& kernel) {
  try {
    kernel = module.ptx->kernel(name);
    return kernel ? SUCCESS : ERROR_NOT_FOUND;
  } catch (const ptxsim::BadText& wrong) {
    std::fprintf(stderr, "cudasim: kernel %s: %s\n", name, wrong.what());
    return ERROR_INVALID_PTX;
  }
}

// Whether the image has a kernel of this name, in any of its forms.
bool mentions(const std::string& image, const std::string& name) {
  using namespace std::string_literals;
  return image.find(".text." + name + "\0"s) != std::string::npos ||
         image.find(".entry " + name + "(") != std::string::npos ||
         image.find("\nkernel " + name + "\n") != std::string::npos;
}

}  // namespace

PtxKernel::PtxKernel(const ptxsim::Kernel& code) : code(code) {
  for (const ptxsim::Parameter& p : code.parameters) parameters.push_back({p.size, p.alignment, false});
  kernel = {code.name.c_str(), code.max_threads, unsigned(parameters.size()), parameters.data(), nullptr, nullptr};
}

Result load(const void* data, std::unique_ptr<Module>& result) {
  if (settings().fail_module == "no-binary") return ERROR_NO_BINARY_FOR_GPU;
  if (settings().fail_module == "invalid") return ERROR_INVALID_IMAGE;
  if (!data) return ERROR_INVALID_VALUE;
  const char* bytes = static_cast<const char*>(data);
  auto module = std::make_unique<Module>();
  std::string& image = module->image;
  std::string ptx;
  Result wrong;
  if (!std::memcmp(bytes, kSimulated, 4)) {
    const char* end = std::strstr(bytes, "\nend\n");
    if (std::strncmp(bytes, kSimulated, std::strlen(kSimulated)) || !end) return ERROR_INVALID_IMAGE;
    image.assign(bytes, end + 1);
    module->text = image.find("\ntext\n") != std::string::npos;
    module->architecture = settings().compute_capability;
    wrong = SUCCESS;
  } else if (read<uint32_t>(bytes) == kFatBinary) {
    image.assign(bytes, read<uint16_t>(bytes + 6) + read<uint64_t>(bytes + 8));
    wrong = check_fat_binary(image, module->cubin, ptx, module->architecture);
  } else if (!std::memcmp(bytes, ELFMAG, SELFMAG)) {
    image.assign(bytes, elf_size(bytes));
    wrong = check_elf(image, module->architecture);
    module->cubin = image;
  } else if (std::isprint(static_cast<unsigned char>(*bytes)) || *bytes == '\n') {
    image = ptx = bytes;
    module->text = true;
    wrong = check_ptx(image, module->architecture);
  } else {
    wrong = ERROR_INVALID_IMAGE;
  }
  if (!wrong && settings().ptx) wrong = take_ptx(ptx, *module);
  if (wrong) return wrong;
  module->sources = sources_of(image);
  auto all = module->ptx ? std::vector<void*>() : libraries();
  if (!all.empty() && std::none_of(all.begin(), all.end(), [&](void* library) {
        return made_from(library, module->sources);
      })) {
    std::fprintf(stderr,
                 "cudasim: the image was made from other sources (%.12s...) than the kernel "
                 "libraries: build both again\n",
                 module->sources.c_str());
    return ERROR_INVALID_IMAGE;
  }
  result = std::move(module);
  return SUCCESS;
}

Result find_function(Module& module, const char* name, Function*& result) {
  if (!name) return ERROR_INVALID_VALUE;
  if (!mentions(module.image, name)) return ERROR_NOT_FOUND;
  if (settings().fail_module == "lazy" && !module.text) return ERROR_NO_BINARY_FOR_GPU;
  for (const auto& function : module.functions) {
    if (!std::strcmp(function->kernel->name, name)) {
      result = function.get();
      return SUCCESS;
    }
  }
  if (module.ptx) {
    const ptxsim::Kernel* code;
    if (Result wrong = find_ptx_kernel(module, name, code)) return wrong;
    auto ptx = std::make_unique<PtxKernel>(*code);
    module.functions.push_back(std::make_unique<Function>(Function{&ptx->kernel, &module, std::move(ptx)}));
  } else {
    libraries();
    const Kernel* kernel = find_kernel(name);
    if (!kernel) return ERROR_NOT_FOUND;
    module.functions.push_back(std::make_unique<Function>(Function{kernel, &module}));
  }
  result = module.functions.back().get();
  // Until it is told otherwise, what its own shared memory leaves of 48 K.
  result->dynamic_shared = 48 * 1024 - limits(*result).static_shared;
  return SUCCESS;
}

Result find_global(const Module& module, const char* name, void*& address, size_t& size) {
  if (!name) return ERROR_INVALID_VALUE;
  if (const ptxsim::Variable* variable = module.ptx ? module.ptx->global(name) : nullptr) {
    address = reinterpret_cast<void*>(variable->address);
    size = variable->size;
    return SUCCESS;
  }
  if (module.ptx) return ERROR_NOT_FOUND;
  for (void* library : libraries()) {
    if (!made_from(library, module.sources)) continue;
    address = dlsym(library, name);
    Dl_info info;
    void* entry = nullptr;
    if (!address || !dladdr1(address, &info, &entry, RTLD_DL_SYMENT) || !entry) continue;
    const auto& symbol = *static_cast<const Elf64_Sym*>(entry);
    if (ELF64_ST_TYPE(symbol.st_info) == STT_OBJECT) {
      size = symbol.st_size;
      return SUCCESS;
    }
  }
  return ERROR_NOT_FOUND;
}

Limits limits(const Function& function) {
  int bound = int(function.kernel->max_threads);
  Limits result{bound ? bound : int(kMaxBlockThreads), 0, 0};
  if (function.ptx) result.static_shared = int(function.ptx->code.static_shared);
  const std::string& cubin = function.module->cubin;
  if (cubin.size() < sizeof(Elf64_Ehdr) || cubin.compare(0, SELFMAG, ELFMAG)) return result;
  auto header = read<Elf64_Ehdr>(cubin.data());
  auto section = [&](unsigned i) {
    size_t at = header.e_shoff + i * sizeof(Elf64_Shdr);
    return at + sizeof(Elf64_Shdr) <= cubin.size() ? read<Elf64_Shdr>(cubin.data() + at) : Elf64_Shdr{};
  };
  size_t names = section(header.e_shstrndx).sh_offset;
  for (unsigned i = 0; i < header.e_shnum; i++) {
    Elf64_Shdr one = section(i);
    size_t at = names + one.sh_name;
    if (at >= cubin.size()) break;
    std::string name = cubin.c_str() + at;
    if (name == std::string(".nv.shared.") + function.kernel->name) {
      result.static_shared = int(one.sh_size);
    } else if (name == std::string(".text.") + function.kernel->name) {
      result.registers = int(one.sh_info >> 24);
    }
  }
  return result;
}

}  // namespace cudasim::driver
