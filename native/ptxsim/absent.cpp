// What the driver calls where the interpreter is left out.
#include "block.h"

namespace ptxsim {

Module::Module(std::string) { throw BadText("PTX is not interpreted in a build with AddressSanitizer"); }
const Kernel* Module::kernel(const std::string&) { return nullptr; }
const Variable* Module::global(const std::string&) const { return nullptr; }

Task::Task(const Kernel& kernel, const char* parameters, const std::map<uintptr_t, size_t>&,
           const std::map<std::string, Variable>&)
    : kernel(kernel), parameters(parameters) {}
std::string Task::run(const cudasim::Launch&, uint64_t) const { return ""; }

}  // namespace ptxsim
