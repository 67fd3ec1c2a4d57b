// A block of a launch while it runs: its shared memory with what is known of each byte, its barriers, its warps.
#pragma once
#include <memory>
#include <string>
#include <vector>

#include "../cudasim/runtime/launch.h"
#include "program.h"
#include "warp.h"

namespace ptxsim {

// A kernel with its parameters, one behind the other, and the memory that it may touch: what is allocated, and the
// variables of its module.
class Task final : public cudasim::Interpreter {
 public:
  Task(const Kernel& kernel, const char* parameters, const std::map<uintptr_t, size_t>& allocated,
       const std::map<std::string, Variable>& variables);
  std::string run(const cudasim::Launch& launch, uint64_t n) const override;

  const Kernel& kernel;
  const char* const parameters;
  std::vector<Variable> memory;  // by address
};

enum class Access { kRead, kWrite, kFill };  // kFill: by an asynchronous copy, which is then under way

class Block {
 public:
  // Runs the n-th block in line. Returns what is wrong, with kernel, block, thread and line, or nothing.
  std::string run(const Task& task, const cudasim::Launch& launch, uint64_t n);

  const Task& task() const { return *task_; }
  unsigned size(Special which) const;

  // Memory at an address for a lane, `bytes` of it, a power of two: its alignment is checked too.
  unsigned char* global(Warp& warp, const Instruction& by, unsigned lane, uint64_t address, unsigned bytes) {
    const Variable& known = ranges_[by.number];
    uint64_t offset = address - known.address;
    if (address & (bytes - 1) || offset >= known.size || known.size - offset < bytes) {
      look_up(warp, by, lane, address, bytes);
    }
    return reinterpret_cast<unsigned char*>(address);
  }
  unsigned char* shared(Warp& warp, const Instruction& by, unsigned lane, uint64_t address, unsigned bytes,
                        Access access) {
    if (address & (bytes - 1) || address >= state_.size() || state_.size() - address < bytes) {
      warp.fail(by, lane, impossible("shared", address, bytes));
    }
    if (const char* why = touch(address, bytes, access, warp.first() / kLanes)) {
      warp.fail(by, lane, why + std::string(", ") + std::to_string(bytes) + " bytes of shared memory at " +
                              std::to_string(address) + ",");
    }
    return shared_.data() + address;
  }
  // A copy that was under way arrives.
  void filled(const Warp& warp, const Copy& copy);

  // A warp comes to a barrier, 0 to 15, of so many threads; 0: all. When all have come, each warp's predicate at
  // `result`, if it has one, tells whether one of them brought `any`.
  static constexpr uint32_t kNoResult = 0xffffffff;
  void arrive(Warp& warp, const Instruction& by, unsigned id, unsigned threads, bool any, uint32_t result);

  // What is said of an address that no access of this size can have.
  static std::string impossible(const char* space, uint64_t address, unsigned bytes);

 private:
  // Of a byte of shared memory. What may be written has the bit 2, what may be read has both.
  enum State : uint8_t { kNowhere = 0, kUnderWay = 1, kUnwritten = 2, kWritten = 3 };

  // Which warp was the last to write and to read four bytes, and in which phase: after how many barriers of the block.
  // Two warps that meet at a word in one phase race for it, unless both read.
  struct Stamp {
    uint32_t phase, warp;
  };
  struct Word {
    Stamp write, read;
  };
  static constexpr uint32_t kSeveral = 0xffffffff;

  struct Barrier {
    unsigned arrived = 0, expected = 0;
    bool any = false;
    std::vector<std::pair<Warp*, uint32_t>> waiting;
  };

  // Notes an access of a warp to shared memory; what is wrong with it, or null.
  const char* touch(uint64_t address, unsigned bytes, Access access, unsigned warp);
  void prepare(uint64_t n);
  void look_up(Warp& warp, const Instruction& by, unsigned lane, uint64_t address, unsigned bytes);

  const Task* task_ = nullptr;
  const cudasim::Launch* launch_ = nullptr;
  unsigned index_[3] = {}, size_ = 0;
  std::vector<unsigned char> shared_;
  std::vector<uint8_t> state_;
  std::vector<Word> words_;
  uint32_t phase_ = 1;
  std::vector<Variable> ranges_;  // where each instruction was last, in global memory
  std::vector<std::unique_ptr<Warp>> warps_;
  size_t warp_count_ = 0;
  Barrier barriers_[16];
};

}  // namespace ptxsim
