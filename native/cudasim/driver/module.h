// Images of machine code, and the kernels that stand for them.
//
// Nothing of an image is run, unless CUDASIM_PTX asks for its PTX. It is recognised (a fat binary, a cubin, PTX, or an
// image that register-kernels has made), checked for a form that the simulated device could take, and for the hash
// of the sources that it was made from; its kernels are those of the same names in the kernel libraries,
// which must be made from the same sources.
#pragma once
#include <memory>
#include <string>
#include <vector>

#include "../../ptxsim/program.h"
#include "../runtime/launch.h"
#include "result.h"

namespace cudasim::driver {

struct Context;
struct Function;

struct Module {
  const Context* owner = nullptr;
  std::string image;
  bool text = false;  // for the driver to compile, not machine code
  std::string sources;  // the hash, or nothing
  std::string cubin;    // the machine code in it that the device would run, or nothing
  // What the device would run was compiled for: 10 x major + minor.
  int architecture = 0;
  std::unique_ptr<ptxsim::Module> ptx;  // that its kernels run from, or nothing
  std::vector<std::unique_ptr<Function>> functions;
};

// A kernel of PTX as the driver knows one.
struct PtxKernel {
  const ptxsim::Kernel& code;
  std::vector<Parameter> parameters;
  Kernel kernel;

  explicit PtxKernel(const ptxsim::Kernel& code);
};

struct Function {
  const Kernel* kernel;
  Module* module;
  std::unique_ptr<PtxKernel> ptx = nullptr;  // that runs instead, or nothing
  int dynamic_shared = 0;  // the most that a launch may ask for, bytes
};

// Recognises and checks an image.
Result load(const void* image, std::unique_ptr<Module>& result);

Result find_function(Module& module, const char* name, Function*& result);

// A variable that an image and its kernel library have.
Result find_global(const Module& module, const char* name, void*& address, size_t& size);

// What the kernel asks of the device: from the machine code where it is told there.
struct Limits {
  int threads;        // in a block
  int static_shared;  // bytes; 0 if not known
  int registers;      // of a thread; 0 if not known, as for 9.0 and later
};
Limits limits(const Function& function);

}  // namespace cudasim::driver
