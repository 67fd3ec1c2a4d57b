#include "warp.h"

#include <algorithm>
#include <cstring>

#include "block.h"

namespace ptxsim {

namespace {

constexpr size_t kCacheLine = 64;
template <typename T>
void fill(T* values, uint64_t value) {
  std::fill(values, values + kLanes, T(value));
}

}  // namespace

void Warp::prepare(const Kernel& kernel, unsigned first, Lanes exist) {
  kernel_ = &kernel;
  first_ = first;
  active_ = 0;
  alive_ = exist_ = exist;
  waits_ = false;
  others_.assign(1, {0, exist, false});
  copies_.clear();
  std::fill(std::begin(groups_of_copies_), std::end(groups_of_copies_), 0);
  local_.assign(size_t(kernel.local_bytes) * kLanes, kPoison);
  size_t bytes = kernel.register_bytes + kCacheLine;
  if (storage_.size() < bytes) storage_.assign(bytes, kPoison);
  registers_ = storage_.data() + kCacheLine - reinterpret_cast<uintptr_t>(storage_.data()) % kCacheLine;
  for (const Constant& constant : kernel.constants) {
    switch (constant.width) {
      case 0: *values<Lanes>(constant.at) = Lanes(constant.value); break;
      case 2: fill(values<uint16_t>(constant.at), constant.value); break;
      case 4: fill(values<uint32_t>(constant.at), constant.value); break;
      default: fill(values<uint64_t>(constant.at), constant.value);
    }
  }
  unsigned width = block_.size(Special::kBlockSizeX), height = block_.size(Special::kBlockSizeY);
  for (auto [which, at] : kernel.specials) {
    for (unsigned lane = 0; lane < kLanes; lane++) {
      unsigned thread = first + lane, value;
      switch (which) {
        case Special::kThreadX: value = thread % width; break;
        case Special::kThreadY: value = thread / width % height; break;
        case Special::kThreadZ: value = thread / (width * height); break;
        case Special::kLane: value = lane; break;
        default: value = block_.size(which);
      }
      values<uint32_t>(at)[lane] = value;
    }
  }
}

void Warp::run() {
  while (!waits_ && pick()) {
    const Instruction* code = kernel_->code.data();
    const size_t size = kernel_->code.size();
    while (at_ < next_) {
      if (at_ >= size) throw Fault("a warp has run past the end of the kernel");
      const Instruction& instruction = code[at_++];
      Lanes lanes = active_;
      if (instruction.guarded) {
        Lanes guard = *values<Lanes>(instruction.guard);
        lanes &= instruction.negated ? ~guard : guard;
      }
      if (lanes) instruction.action(*this, instruction, lanes);
    }
    if (active_) set_aside(at_, false);
  }
}

// Chooses who goes on: of those that can, the furthest back.
bool Warp::pick() {
  std::sort(others_.begin(), others_.end(), [](const Group& a, const Group& b) { return a.at < b.at; });
  for (size_t i = 1; i < others_.size();) {
    if (others_[i].at == others_[i - 1].at) {
      others_[i - 1].lanes |= others_[i].lanes;
      others_[i - 1].parked = false;
      others_.erase(others_.begin() + long(i));
    } else {
      i++;
    }
  }
  auto group = std::find_if(others_.begin(), others_.end(), [](const Group& g) { return !g.parked; });
  if (group == others_.end()) {
    if (others_.empty()) return false;
    unsigned lane = unsigned(std::countr_zero(others_[0].lanes));
    fail(kernel_->code[others_[0].at], lane, "waits for lanes of its warp that are elsewhere or have ended");
  }
  at_ = group->at;
  active_ = group->lanes;
  others_.erase(group);
  next_ = UINT32_MAX;
  for (const Group& other : others_) {
    if (other.at > at_) next_ = std::min(next_, other.at);
  }
  return true;
}

void Warp::set_aside(uint32_t at, bool parked) {
  others_.push_back({at, active_, parked});
  active_ = 0;
  next_ = 0;
}

void Warp::branch(uint32_t target, Lanes lanes) {
  if (lanes != active_) {
    others_.push_back({target, lanes, false});
    active_ &= ~lanes;
    next_ = 0;
    return;
  }
  // Those that wait further back may be met now.
  if (target < at_ && !others_.empty()) next_ = 0;
  at_ = target;
}

void Warp::end(Lanes lanes) {
  alive_ &= ~lanes;
  active_ &= ~lanes;
  if (!active_) next_ = 0;
  // Nobody waits for those any more.
  for (Group& group : others_) group.parked = false;
}

bool Warp::together(Lanes needed, Lanes here) {
  if (here == needed) return true;
  set_aside(at_ - 1, true);
  return false;
}

void Warp::wait_at_barrier() {
  waits_ = true;
  set_aside(at_, false);
}

uint32_t Warp::common(const Instruction& by, uint32_t at, Lanes lanes) {
  const uint32_t* value = values<uint32_t>(at);
  unsigned leader = unsigned(std::countr_zero(lanes));
  each(lanes, [&](unsigned lane) {
    if (value[lane] != value[leader]) fail(by, lane, "has another operand than the lanes beside it");
  });
  return value[leader];
}

void Warp::finish_copies(Lanes lanes, unsigned groups) {
  auto arrives = [&](const Copy& copy) {
    if (!(lanes >> copy.lane & 1) || copy.group + groups > groups_of_copies_[copy.lane]) return false;
    block_.filled(*this, copy);
    return true;
  };
  std::erase_if(copies_, arrives);
}

void Warp::fail(const Instruction& by, unsigned lane, const std::string& what) const {
  throw Fault("thread " + std::to_string(first_ + lane) + " " + what + " at line " + std::to_string(by.line) +
              " of the PTX");
}

}  // namespace ptxsim
