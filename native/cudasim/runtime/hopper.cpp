// What a block of compute capability 9.0 has besides: barriers in shared memory, bulk copies, and products of
// warpgroups.
#include <algorithm>
#include <bit>
#include <cstring>

#include "block.h"

extern thread_local unsigned char dyn_smem[];

namespace cudasim {

namespace {

constexpr unsigned kMostArrivals = (1u << 20) - 1;

uint64_t bytes(const EncodedTensorMap& map) {
  return uint64_t(map.element_bytes) * map.box[0] * map.box[1];
}

}  // namespace

// --- barriers in shared memory --------------------------------------------------------------------

void BlockRunner::memory_barrier_init(uint64_t* barrier, unsigned count, Location where) {
  if (reinterpret_cast<uintptr_t>(barrier) % 8) fail("a misaligned mbarrier", where);
  if (count == 0 || count > kMostArrivals) {
    fail("an mbarrier of " + std::to_string(count) + " arrivals: it is 1 to 1048575", where);
  }
  MemoryBarrier fresh{count, count, 0, 0, 0, current_->thread.linear, false};
  if (!memory_barriers_.emplace(barrier, fresh).second) fail("an mbarrier that is prepared twice", where);
}

void BlockRunner::fence_memory_barriers() {
  for (auto& [at, barrier] : memory_barriers_) {
    barrier.fenced |= barrier.prepared_by == current_->thread.linear;
  }
}

BlockRunner::MemoryBarrier& BlockRunner::memory_barrier(const uint64_t* barrier, Location where) {
  auto found = memory_barriers_.find(barrier);
  if (found == memory_barriers_.end()) fail("an mbarrier that nobody has prepared", where);
  return found->second;
}

void BlockRunner::memory_barrier_arrive(uint64_t* at, unsigned bytes, Location where) {
  MemoryBarrier& barrier = memory_barrier(at, where);
  if (barrier.missing == 0) {
    fail("more than the " + std::to_string(barrier.count) + " arrivals of a phase of an mbarrier", where);
  }
  barrier.missing--;
  barrier.expected += bytes;
  advance(at);
}

// Begins the next phase if all that this one needs has come.
void BlockRunner::advance(uint64_t* at) {
  MemoryBarrier& barrier = memory_barriers_.at(at);
  if (barrier.missing || barrier.expected) return;
  barrier.phase++;
  barrier.missing = barrier.count;
  spins_ = 0;
  for (unsigned i = 0; i < size_; i++) {
    Running& thread = *threads_[i];
    if (thread.lane->state == State::kAtMemoryBarrier && thread.memory_barrier == at) become(thread, State::kReady);
  }
}

void BlockRunner::memory_barrier_wait(uint64_t* at, unsigned parity, Location where) {
  const MemoryBarrier& barrier = memory_barrier(at, where);
  while (barrier.phase % 2 == parity) {
    become(*current_, State::kAtMemoryBarrier);
    current_->memory_barrier = at;
    current_->lane->where = where;
    suspend();
  }
}

// --- bulk copies ----------------------------------------------------------------------------------

uint32_t BlockRunner::shared_address(const void* shared, Location where) {
  const auto* at = static_cast<const unsigned char*>(shared);
  if (at < dyn_smem || at > dyn_smem + progress_->launch.dynamic_shared) {
    fail("an address that is not in the block's dynamic shared memory", where);
  }
  return kFirstShared + uint32_t(at - dyn_smem);
}

void BlockRunner::copy_tensor(void* shared, const void* map, uint64_t* at, int x, int y, Location where) {
  TensorCopy copy{{}, static_cast<unsigned char*>(shared), at, x, y};
  std::memcpy(&copy.map, map, sizeof copy.map);
  if (copy.map.mark != EncodedTensorMap::kMark) fail("a bulk copy with what is no tensor map", where);
  uint64_t size = bytes(copy.map);
  if (shared_address(shared, where) % 128) fail("a bulk copy to an address that is not aligned to 128", where);
  shared_address(copy.shared + size, where);
  MemoryBarrier& barrier = memory_barrier(at, where);
  if (!barrier.fenced) fail("a bulk copy to an mbarrier that no fence has shown to it", where);
  if (barrier.under_way + size > barrier.expected) {
    fail("bulk copies of " + std::to_string(barrier.under_way + size) + " bytes, of which the mbarrier expects " +
             std::to_string(barrier.expected),
         where);
  }
  barrier.under_way += size;
  std::memset(shared, kPoison, size);
  tensor_copies_.push_back(copy);
}

// Lets a copy arrive, if there is one.
bool BlockRunner::deliver() {
  if (tensor_copies_.empty()) return false;
  size_t which = 0;
  switch (progress_->launch.order) {
    case Order::kForward: break;
    case Order::kReverse: which = tensor_copies_.size() - 1; break;
    case Order::kRandom: which = random_() % tensor_copies_.size(); break;
  }
  TensorCopy copy = tensor_copies_[which];
  tensor_copies_.erase(tensor_copies_.begin() + ptrdiff_t(which));
  arrive(copy);
  return true;
}

void BlockRunner::arrive(const TensorCopy& copy) {
  const EncodedTensorMap& map = copy.map;
  uint32_t start = kFirstShared + uint32_t(copy.shared - dyn_smem);
  for (uint32_t row = 0; row < map.box[1]; row++) {
    for (uint32_t column = 0; column < map.box[0]; column++) {
      int64_t x = int64_t(copy.x) + column, y = int64_t(copy.y) + row;
      unsigned char element[8] = {};
      if (x >= 0 && y >= 0 && uint64_t(x) < map.size[0] && uint64_t(y) < map.size[1]) {
        std::memcpy(element, reinterpret_cast<const char*>(map.address) + uint64_t(y) * map.pitch +
                                 uint64_t(x) * map.element_bytes,
                    map.element_bytes);
      }
      if (map.rounds_to_tf32) {
        float value;
        std::memcpy(&value, element, sizeof value);
        uint32_t rounded = round_to_tf32(value);
        std::memcpy(element, &rounded, sizeof rounded);
      }
      uint32_t to = start + (row * map.box[0] + column) * map.element_bytes;
      if (map.swizzles) to = swizzled(to);
      std::memcpy(dyn_smem + (to - kFirstShared), element, map.element_bytes);
    }
  }
  MemoryBarrier& barrier = memory_barriers_.at(copy.barrier);
  barrier.expected -= bytes(map);
  barrier.under_way -= bytes(map);
  advance(copy.barrier);
}

// --- products of warpgroups -----------------------------------------------------------------------

BlockRunner::Warpgroup& BlockRunner::warpgroup(Location where) {
  unsigned number = current_->thread.linear / kWarpgroup;
  if (number * kWarpgroup + kWarpgroup > size_) fail("wgmma by fewer than the four warps of a warpgroup", where);
  return warpgroups_[number];
}

void BlockRunner::warpgroup_fence() { current_->fenced = true; }

void BlockRunner::warpgroup_multiply(WarpgroupProduct run, float* d, unsigned columns, uint64_t a, uint64_t b,
                                     bool accumulate, Location where) {
  Warpgroup& group = warpgroup(where);
  Running& me = *current_;
  auto mine = std::find_if(me.sums.begin(), me.sums.end(), [&](const Sums& sums) { return sums.d == d; });
  bool starts = mine == me.sums.end();
  if (starts && !me.fenced) fail("wgmma without wgmma.fence after others have had its sums", where);
  size_t number = me.products++;
  if (number == group.products.size()) {
    auto chain = starts ? std::make_shared<Chain>(Chain{std::vector<float>(64 * columns), columns}) : mine->chain;
    group.products.push_back({run, a, b, accumulate, starts, chain, 0, where});
  }
  Product& product = group.products[number];
  if (product.run != run || product.a != a || product.b != b || product.accumulate != accumulate) {
    fail("the threads of a warpgroup start different wgmma", where);
  }
  if (product.starts != starts || (!starts && product.chain != mine->chain)) {
    fail("some threads of a warpgroup have waited for the sums of a wgmma and some have not", where);
  }
  if (starts) {
    unsigned thread = me.thread.linear % kWarpgroup;
    for (unsigned i = 0; i < columns / 2; i++) {
      product.chain->sums[warpgroup_row(thread, i) * columns + warpgroup_column(thread, i)] = d[i];
    }
    std::memset(static_cast<void*>(d), kPoison, columns / 2 * sizeof(float));
    me.sums.push_back({d, product.chain, number});
  } else {
    mine->last = number;
  }
  if (++product.threads < kWarpgroup) return;
  for (unsigned i = 0; i < kWarpgroup; i++) {
    Running& thread = *threads_[me.thread.linear / kWarpgroup * kWarpgroup + i];
    if (thread.lane->state == State::kAtWarpgroup) become(thread, State::kReady);
  }
}

void BlockRunner::warpgroup_commit() { current_->groups.push_back(current_->products); }

void BlockRunner::warpgroup_wait(unsigned pending, Location where) {
  Running& me = *current_;
  if (me.groups.size() <= pending) return;
  Warpgroup& group = warpgroup(where);
  size_t end = me.groups[me.groups.size() - pending - 1];
  while (group.done < end) {
    if (group.products[group.done].threads < kWarpgroup) {
      become(me, State::kAtWarpgroup);
      me.lane->where = where;
      suspend();
      continue;  // another thread may have seen to it
    }
    Product& product = group.products[group.done++];
    const char* wrong =
        product.run(product.chain->sums.data(), product.a, product.b, product.accumulate, dyn_smem);
    product.chain.reset();
    if (wrong) fail(wrong, product.where);
  }
  unsigned thread = me.thread.linear % kWarpgroup;
  for (Sums& sums : me.sums) {
    if (sums.last >= end) continue;
    unsigned columns = sums.chain->columns;
    for (unsigned i = 0; i < columns / 2; i++) {
      if (std::bit_cast<uint32_t>(sums.d[i]) != 0xffffffffu) {
        fail("the sums of a wgmma were changed before wgmma.wait_group", where);
      }
      sums.d[i] = sums.chain->sums[warpgroup_row(thread, i) * columns + warpgroup_column(thread, i)];
    }
    me.fenced = false;
  }
  std::erase_if(me.sums, [&](const Sums& sums) { return sums.last < end; });
}

void BlockRunner::require_no_products() {
  if (!current_->sums.empty()) fail("a thread ends before the wgmma that it has started", current_->lane->where);
}

}  // namespace cudasim
