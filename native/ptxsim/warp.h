// A warp: the registers of its lanes, and where each of them is in the program.
//
// Lanes that are at the same instruction go on together. Where they part, those that are furthest back go first until
// they come to where others are, so they meet again behind a branch as soon as the program lets them.
#pragma once
#include <bit>
#include <stdexcept>
#include <string>
#include <vector>

#include "program.h"

namespace ptxsim {

class Block;

struct Fault : std::runtime_error {
  using std::runtime_error::runtime_error;
};

// An asynchronous copy that its lane has not waited for.
struct Copy {
  unsigned lane, group;
  uint64_t shared;
  const unsigned char* global;
  unsigned bytes, source_bytes;
};

template <typename F>
inline void each(Lanes lanes, F action) {
  if (lanes == kAllLanes) {
#pragma GCC ivdep
    for (unsigned lane = 0; lane < kLanes; lane++) action(lane);
  } else {
    for (; lanes; lanes &= lanes - 1) action(unsigned(std::countr_zero(lanes)));
  }
}

class Warp {
 public:
  explicit Warp(Block& block) : block_(block) {}

  // Begins with the lanes that exist, the first of which is thread `first` of the block.
  void prepare(const Kernel& kernel, unsigned first, Lanes exist);
  // Goes on until all lanes have ended or wait at a barrier.
  void run();

  bool ended() const { return !alive_; }
  bool waits() const { return waits_; }
  void release() { waits_ = false; }
  const Instruction& last() const { return kernel_->code[at_]; }

  template <typename T>
  T* values(uint32_t at) {
    return reinterpret_cast<T*>(registers_ + at);
  }
  void set_predicate(uint32_t at, Lanes lanes, Lanes value) {
    Lanes& predicate = *values<Lanes>(at);
    predicate = (predicate & ~lanes) | (value & lanes);
  }
  // A number that all lanes must agree on.
  uint32_t common(const Instruction& by, uint32_t at, Lanes lanes);

  Block& block() { return block_; }
  unsigned first() const { return first_; }
  Lanes exist() const { return exist_; }
  Lanes alive() const { return alive_; }
  std::vector<unsigned char>& local() { return local_; }

  void branch(uint32_t target, Lanes lanes);
  void end(Lanes lanes);
  // Whether all that are needed are here; else those that are wait for the others at the instruction.
  bool together(Lanes needed, Lanes here);
  void wait_at_barrier();

  void copy(const Copy& copy) { copies_.push_back(copy); }
  // Which group a lane's next copy belongs to.
  unsigned& group(unsigned lane) { return groups_of_copies_[lane]; }
  // The lanes' copies arrive, but for those of their latest groups, committed or not.
  void finish_copies(Lanes lanes, unsigned groups);

  [[noreturn]] void fail(const Instruction& by, unsigned lane, const std::string& what) const;

 private:
  struct Group {
    uint32_t at;
    Lanes lanes;
    bool parked;  // until others come to the same place
  };

  bool pick();
  void set_aside(uint32_t at, bool parked);

  Block& block_;
  const Kernel* kernel_ = nullptr;
  std::vector<unsigned char> storage_, local_;
  unsigned char* registers_ = nullptr;
  std::vector<Group> others_;
  uint32_t at_ = 0, next_ = 0;  // where the lanes that run are; where the first of the others is
  Lanes active_ = 0, alive_ = 0, exist_ = 0;
  bool waits_ = false;
  unsigned first_ = 0;
  std::vector<Copy> copies_;
  unsigned groups_of_copies_[kLanes] = {};
};

}  // namespace ptxsim
