// PTX, decoded: a module's kernels as lists of instructions whose operands are places in the registers of a warp.
#pragma once
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace ptxsim {

// Lanes of a warp, a bit each.
using Lanes = uint32_t;
constexpr unsigned kLanes = 32;
constexpr Lanes kAllLanes = 0xffffffff;

// What a byte has that nothing has written: as a float not a number.
constexpr int kPoison = 0xff;

// A text that is no PTX, or has what is not known here.
struct BadText : std::runtime_error {
  using std::runtime_error::runtime_error;
};

class Warp;
struct Instruction;

// Does an instruction for some lanes of a warp.
using Action = void (*)(Warp&, const Instruction&, Lanes);

// A way to write an instruction. `operands` has a letter for each: p a predicate; h, w and d 16, 32 and 64 bits; a and
// A an address in a register of 32 and of 64 bits. Braces and bars stand where the text has them.
struct Form {
  Action action;
  std::string operands;
};

// The forms of an instruction by its full name, such as `ld.global.v4.f32`; empty if it is not known.
const std::vector<Form>& forms(std::string_view name);

struct Instruction {
  static constexpr unsigned kMostOperands = 14;

  Action action;
  bool guarded = false, negated = false;
  uint32_t guard = 0;   // where its predicate is
  uint32_t target = 0;  // of a branch
  uint32_t number = 0;  // in its kernel
  int64_t offset = 0;   // that is added to its address
  int line = 0;
  unsigned operands = 0;
  uint32_t at[kMostOperands] = {};  // where its operands are: byte offsets in a warp's registers
};

// A value that each lane of a warp has from the start.
struct Constant {
  uint32_t at;
  unsigned width;  // bytes; 0 of a predicate
  uint64_t value;
};

// A register that tells a lane where it is, of 32 bits.
enum class Special { kThreadX, kThreadY, kThreadZ, kBlockX, kBlockY, kBlockZ, kBlockSizeX, kBlockSizeY, kBlockSizeZ,
                     kGridX, kGridY, kGridZ, kLane };

struct Parameter {
  uint32_t offset, size, alignment;
};

struct Variable {
  uint64_t address, size;
};

struct Kernel {
  std::string name;
  unsigned max_threads = 1024;  // in a block
  std::vector<Parameter> parameters;
  uint32_t parameter_bytes = 0;
  std::vector<Instruction> code;
  std::vector<Constant> constants;
  std::vector<std::pair<Special, uint32_t>> specials;  // and where they are
  uint32_t register_bytes = 0;                         // of a warp
  uint32_t local_bytes = 0;                            // of a thread
  std::vector<Variable> shared;                        // declared sizes; the dynamic one is last, of 0 bytes
  uint32_t static_shared = 0;                          // bytes, as the device counts them
};

// Bytes between two variables in shared memory that belong to none, so that an access past the end shows.
constexpr uint32_t kGap = 256;

// A module's text, with its global variables in memory.
class Module {
 public:
  // Throws BadText.
  explicit Module(std::string text);

  // The kernel of this name, decoded when it is asked for first; null if there is none. Throws BadText.
  const Kernel* kernel(const std::string& name);

  // A variable in global memory; null if there is none.
  const Variable* global(const std::string& name) const;
  const std::map<std::string, Variable>& globals() const { return globals_; }

 private:
  std::string text_;
  std::map<std::string, size_t> entries_;  // where a kernel stands in the text
  std::map<std::string, std::unique_ptr<Kernel>> kernels_;
  std::map<std::string, Variable> globals_;
  std::map<std::string, Variable> shared_;  // outside of kernels
  std::vector<std::vector<uint64_t>> storage_;
};

}  // namespace ptxsim
