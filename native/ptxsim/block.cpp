#include "block.h"

#include <algorithm>
#include <cstring>
#include <numeric>
#include <random>

namespace ptxsim {

namespace {

unsigned part(const dim3& size, unsigned which) { return which == 0 ? size.x : which == 1 ? size.y : size.z; }

// Whether each of the bytes has all bits of `pattern`.
template <typename T>
bool all(const uint8_t* states, uint8_t pattern) {
  T value, expected = T(~T(0)) / 255 * pattern;
  std::memcpy(&value, states, sizeof value);
  return (value & expected) == expected;
}

bool all_have(const uint8_t* states, unsigned bytes, uint8_t pattern) {
  switch (bytes) {
    case 1: return all<uint8_t>(states, pattern);
    case 2: return all<uint16_t>(states, pattern);
    case 4: return all<uint32_t>(states, pattern);
    case 8: return all<uint64_t>(states, pattern);
    default: return all<uint64_t>(states, pattern) && all<uint64_t>(states + 8, pattern);
  }
}

}  // namespace

Task::Task(const Kernel& kernel, const char* parameters, const std::map<uintptr_t, size_t>& allocated,
           const std::map<std::string, Variable>& variables)
    : kernel(kernel), parameters(parameters) {
  for (auto [start, size] : allocated) memory.push_back({start, size});
  for (const auto& [name, variable] : variables) memory.push_back(variable);
  std::sort(memory.begin(), memory.end(), [](const Variable& a, const Variable& b) { return a.address < b.address; });
}

std::string Task::run(const cudasim::Launch& launch, uint64_t n) const {
  static thread_local Block block;  // its memory is kept
  return block.run(*this, launch, n);
}

std::string Block::run(const Task& task, const cudasim::Launch& launch, uint64_t n) {
  task_ = &task;
  launch_ = &launch;
  try {
    prepare(n);
    std::vector<size_t> order(warp_count_);
    std::iota(order.begin(), order.end(), 0u);
    if (launch.order == cudasim::Order::kReverse) std::reverse(order.begin(), order.end());
    std::minstd_rand random(unsigned(launch.seed * 0x9e3779b9u + n + 1));
    for (bool any = true, all = false; !all;) {
      if (!any) throw Fault("its warps wait for ever at barriers that others have passed or never reach");
      if (launch.order == cudasim::Order::kRandom) std::shuffle(order.begin(), order.end(), random);
      any = false;
      all = true;
      for (size_t i : order) {
        Warp& warp = *warps_[i];
        if (!warp.ended() && !warp.waits()) {
          warp.run();
          any = true;
        }
        all &= warp.ended();
      }
    }
  } catch (const Fault& fault) {
    return "kernel " + task.kernel.name + ", block (" + std::to_string(index_[0]) + "," + std::to_string(index_[1]) +
           "," + std::to_string(index_[2]) + "): " + fault.what();
  }
  return "";
}

void Block::prepare(uint64_t n) {
  const cudasim::Launch& launch = *launch_;
  const Kernel& kernel = task_->kernel;
  uint64_t blocks = uint64_t(launch.grid.x) * launch.grid.y * launch.grid.z;
  if (launch.order == cudasim::Order::kReverse) n = blocks - 1 - n;
  index_[0] = unsigned(n % launch.grid.x);
  index_[1] = unsigned(n / launch.grid.x % launch.grid.y);
  index_[2] = unsigned(n / launch.grid.x / launch.grid.y);
  size_ = launch.block.x * launch.block.y * launch.block.z;
  warp_count_ = (size_ + kLanes - 1) / kLanes;
  uint64_t end = kernel.shared.back().address + launch.dynamic_shared;
  shared_.assign(end, kPoison);
  state_.assign(end, kNowhere);
  for (const Variable& variable : kernel.shared) {
    uint64_t bytes = &variable == &kernel.shared.back() ? launch.dynamic_shared : variable.size;
    std::fill_n(state_.begin() + long(variable.address), bytes, kUnwritten);
  }
  words_.assign(end / 4 + 1, Word{});
  phase_ = 1;
  ranges_.assign(kernel.code.size(), Variable{0, 0});
  for (Barrier& barrier : barriers_) barrier = Barrier{};
  while (warps_.size() < warp_count_) warps_.push_back(std::make_unique<Warp>(*this));
  for (unsigned i = 0; i < warp_count_; i++) {
    unsigned left = size_ - i * kLanes;
    warps_[i]->prepare(kernel, i * kLanes, left >= kLanes ? kAllLanes : (Lanes(1) << left) - 1);
  }
}

unsigned Block::size(Special which) const {
  unsigned number = unsigned(which), axis = number % 3;
  switch (number / 3) {
    case 1: return index_[axis];
    case 2: return part(launch_->block, axis);
    default: return part(launch_->grid, axis);
  }
}

// --- memory ---------------------------------------------------------------------------------------------------------

std::string Block::impossible(const char* space, uint64_t address, unsigned bytes) {
  return std::string("has a misaligned or impossible address in ") + space + " memory, " + std::to_string(bytes) +
         " bytes at " + std::to_string(address);
}

void Block::look_up(Warp& warp, const Instruction& by, unsigned lane, uint64_t address, unsigned bytes) {
  if (address % bytes) warp.fail(by, lane, impossible("global", address, bytes));
  auto range = std::upper_bound(task_->memory.begin(), task_->memory.end(), address,
                                [](uint64_t a, const Variable& v) { return a < v.address; });
  if (range != task_->memory.begin()) {
    --range;
    uint64_t offset = address - range->address;
    if (offset < range->size && range->size - offset >= bytes) {
      ranges_[by.number] = *range;
      return;
    }
    warp.fail(by, lane, "is out of bounds in global memory, " + std::to_string(bytes) + " bytes at " +
                            std::to_string(offset) + " of " + std::to_string(range->size));
  }
  warp.fail(by, lane, "has an address where no memory is, " + std::to_string(address));
}

const char* Block::touch(uint64_t address, unsigned bytes, Access access, unsigned warp) {
  uint8_t* states = state_.data() + address;
  bool reads = access == Access::kRead;
  if (!all_have(states, bytes, reads ? kWritten : kUnwritten)) {
    if (std::count(states, states + bytes, kNowhere)) return "is outside of the kernel's variables";
    if (std::count(states, states + bytes, kUnderWay)) return "meets an asynchronous copy that was not waited for";
    return "reads what nothing has written";
  }
  Stamp now{phase_, warp};
  for (Word* word = &words_[address / 4]; word <= &words_[(address + bytes - 1) / 4]; word++) {
    if (word->write.phase == phase_ && word->write.warp != warp) {
      return "has no barrier between it and a write of another warp";
    }
    if (reads) {
      bool several = word->read.phase == phase_ && word->read.warp != warp;
      word->read = several ? Stamp{phase_, kSeveral} : now;
    } else {
      if (word->read.phase == phase_ && word->read.warp != warp) {
        return "has no barrier between it and a read of another warp";
      }
      word->write = now;
    }
  }
  if (!reads) std::fill_n(states, bytes, access == Access::kFill ? kUnderWay : kWritten);
  return nullptr;
}

void Block::filled(const Warp& warp, const Copy& copy) {
  unsigned char* to = shared_.data() + copy.shared;
  if (copy.source_bytes) std::memcpy(to, copy.global, copy.source_bytes);
  std::fill_n(to + copy.source_bytes, copy.bytes - copy.source_bytes, 0);
  std::fill_n(state_.begin() + long(copy.shared), copy.bytes, kWritten);
  for (uint64_t word = copy.shared / 4; word <= (copy.shared + copy.bytes - 1) / 4; word++) {
    words_[word].write = {phase_, warp.first() / kLanes};
  }
}

// --- barriers -------------------------------------------------------------------------------------------------------

void Block::arrive(Warp& warp, const Instruction& by, unsigned id, unsigned threads, bool any, uint32_t result) {
  unsigned all = unsigned(warp_count_) * kLanes;
  if (!threads) threads = all;
  if (id >= std::size(barriers_) || threads % kLanes || threads > all) {
    warp.fail(by, 0, "has barrier " + std::to_string(id) + " of " + std::to_string(threads) + " threads");
  }
  Barrier& barrier = barriers_[id];
  if (barrier.arrived && barrier.expected != threads) {
    warp.fail(by, 0, "expects " + std::to_string(threads) + " threads at a barrier where others expect " +
                         std::to_string(barrier.expected));
  }
  barrier.expected = threads;
  barrier.arrived += kLanes;
  barrier.any |= any;
  barrier.waiting.emplace_back(&warp, result);
  warp.wait_at_barrier();
  if (barrier.arrived < threads) return;
  for (auto [other, at] : barrier.waiting) {
    if (at != kNoResult) *other->values<Lanes>(at) = barrier.any ? kAllLanes : 0;
    other->release();
  }
  barrier = Barrier{};
  // A barrier of some warps only counts for all: races between the others are missed.
  phase_++;
}

}  // namespace ptxsim
