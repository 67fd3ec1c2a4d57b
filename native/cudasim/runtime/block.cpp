#include "block.h"

#include <link.h>
#include <sched.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <numeric>

#if CUDASIM_ASAN
#include <sanitizer/asan_interface.h>
#endif

// The dynamic shared memory of the block that runs on this thread of the processor. A kernel says
//   extern __shared__ __align__(16) unsigned char dyn_smem[];
thread_local __attribute__((aligned(1024))) unsigned char dyn_smem[cudasim::kMaxDynamicShared + 256];

namespace cudasim {

__thread const Thread* self;
thread_local BlockRunner* runner;

namespace {

// Stands behind the dynamic shared memory and must stay there.
constexpr int kCanary = 0xa5;
constexpr size_t kCanarySize = 256;

double now() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

// How long a thread may wait for another block: far longer than any kernel of a test runs.
double spin_limit() {
  const char* seconds = std::getenv("CUDASIM_SPIN_SECONDS");
  return seconds ? std::atof(seconds) : 60;
}

std::string text(uint3 v) {
  return "(" + std::to_string(v.x) + "," + std::to_string(v.y) + "," + std::to_string(v.z) + ")";
}

std::string text(const Location& where) {
  const char* file = where.file_name();
  const char* slash = std::strrchr(file, '/');
  return std::string(slash ? slash + 1 : file) + ":" + std::to_string(where.line());
}

// The thread-local memory of the shared library to which `address` belongs, on this thread.
struct Search {
  const char* address;
  void* start;
  size_t size;
};

int find_thread_local(dl_phdr_info* info, size_t, void* data) {
  Search& search = *static_cast<Search*>(data);
  if (!info->dlpi_tls_data) return 0;
  for (int i = 0; i < info->dlpi_phnum; i++) {
    const ElfW(Phdr)& header = info->dlpi_phdr[i];
    const char* start = static_cast<const char*>(info->dlpi_tls_data);
    if (header.p_type != PT_TLS || search.address < start ||
        search.address >= start + header.p_memsz) {
      continue;
    }
    search.start = info->dlpi_tls_data;
    search.size = header.p_memsz;
    return 1;
  }
  return 0;
}

// The one of the lanes whose turn comes first.
unsigned first_lane(unsigned lanes, Order order) {
  return unsigned(order == Order::kForward ? __builtin_ctz(lanes) : 31 - __builtin_clz(lanes));
}

}  // namespace

void Progress::fail(const std::string& why) {
  std::lock_guard<std::mutex> guard(mutex);
  if (!failed.exchange(true)) error = why;
}

// --- running ------------------------------------------------------------------------------------

void BlockRunner::run(Progress& progress, uint64_t n) {
  progress_ = &progress;
  prepare(n);
  poison_shared_memory();
  bool random = progress.launch.order == Order::kRandom;
  while (alive_ && !progress.failed.load(std::memory_order_relaxed)) {
    if (random) std::shuffle(warp_order_.begin(), warp_order_.end(), random_);
    bool any = random && random_() % 4 == 0 && deliver();
    for (unsigned warp : warp_order_) any |= run_warp(warp);
    if (!any && !progress.failed && !deliver()) report_deadlock();
  }
  check_shared_memory();
  // Of a launch that failed, threads may be left in the middle.
  for (auto& thread : threads_) {
    if (!thread->stack) continue;
    thread->stack->clean();
    stacks_.push_back(std::move(thread->stack));
  }
}

void BlockRunner::prepare(uint64_t n) {
  const Launch& launch = progress_->launch;
  const dim3 &grid = launch.grid, &block = launch.block;
  if (launch.order == Order::kReverse) n = progress_->blocks - 1 - n;
  uint3 index = {unsigned(n % grid.x), unsigned(n / grid.x % grid.y),
                 unsigned(n / (uint64_t(grid.x) * grid.y))};
  size_ = alive_ = block.x * block.y * block.z;
  unsigned warps = (size_ + 31) / 32;
  warps_.assign(warps, Warp{});
  std::memset(barriers_, 0, sizeof barriers_);
  while (threads_.size() < size_) threads_.push_back(std::make_unique<Running>());
  for (unsigned i = 0; i < size_; i++) {
    Running& thread = *threads_[i];
    uint3 at = {i % block.x, i / block.x % block.y, i / (block.x * block.y)};
    thread.thread = {at, index, block, grid, i, i % 32};
    thread.lane = &warps_[i / 32].lanes[i % 32];
    become(thread, State::kReady);
    thread.copies.clear();
    thread.group = 0;
    thread.groups.clear();
    thread.products = 0;
    thread.sums.clear();
    thread.fenced = false;
    warps_[i / 32].alive |= 1u << i % 32;
  }
  memory_barriers_.clear();
  tensor_copies_.clear();
  warpgroups_.assign((size_ + kWarpgroup - 1) / kWarpgroup, Warpgroup{});
  spins_ = 0;
  random_.seed(unsigned(launch.seed * 0x9e3779b9u + n + 1));
  warp_order_.resize(warps);
  std::iota(warp_order_.begin(), warp_order_.end(), 0u);
  std::iota(lane_order_, lane_order_ + 32, 0u);
  if (launch.order == Order::kReverse) std::reverse(warp_order_.begin(), warp_order_.end());
}

void BlockRunner::become(Running& thread, State state) {
  Warp& its = warp(thread);
  unsigned bit = 1u << thread.thread.lane;
  its.ready = state == State::kReady ? its.ready | bit : its.ready & ~bit;
  its.spinning = state == State::kSpinning ? its.spinning | bit : its.spinning & ~bit;
  thread.lane->state = state;
}

// Lets a warp's lanes run until each has ended or waits; in random order now and then not so far.
bool BlockRunner::run_warp(unsigned index) {
  Order order = progress_->launch.order;
  Warp& warp = warps_[index];
  const std::unique_ptr<Running>* threads = &threads_[index * 32];
  for (unsigned lanes = warp.spinning; lanes; lanes &= lanes - 1) {
    become(*threads[__builtin_ctz(lanes)], State::kReady);
  }
  bool any = false;
  while (warp.ready && !progress_->failed.load(std::memory_order_relaxed)) {
    any = true;
    // A lane may make others ready; it is their turn in this round if they come later. Each goes on with the next
    // itself if that has begun: so the last of them is the one that comes back.
    switch (order) {
      case Order::kForward:
      case Order::kReverse:
        for (Running* thread = threads[first_lane(warp.ready, order)].get(); thread; thread = next_lane()) resume(*thread);
        break;
      case Order::kRandom:
        std::shuffle(lane_order_, lane_order_ + 32, random_);
        for (unsigned lane : lane_order_) {
          if (warp.ready >> lane & 1) resume(*threads[lane]);
        }
        if (random_() % 4 == 0) return true;
        break;
    }
  }
  return any;
}

// What runs a thread does before it changes to it.
void BlockRunner::go_on(Running& thread) {
  current_ = &thread;
  self = &thread.thread;
}

void BlockRunner::resume(Running& thread) {
  if (!thread.stack) {
    if (stacks_.empty()) stacks_.push_back(std::make_unique<Stack>(stack_count_++));
    thread.stack = std::move(stacks_.back());
    stacks_.pop_back();
    thread.fiber.prepare(*thread.stack, &BlockRunner::thread_main);
  }
  go_on(thread);
  Fiber::change(scheduler_, thread.fiber);
  if (current_->lane->state == State::kEnded) end(*current_);
}

void BlockRunner::end(Running& thread) {
  stacks_.push_back(std::move(thread.stack));
  alive_--;
  Warp& its = warp(thread);
  its.alive &= ~(1u << thread.thread.lane);
  // It may have been the last that others waited for.
  for (unsigned lanes = its.waiting; lanes; lanes &= lanes - 1) {
    unsigned lane = unsigned(__builtin_ctz(lanes));
    if (its.waiting >> lane & 1) meet(thread.thread.linear / 32, its.lanes[lane].mask);
  }
}

// Whose turn it is after the running thread in this round of its warp, or null.
BlockRunner::Running* BlockRunner::next_lane() {
  Order order = progress_->launch.order;
  unsigned lane = current_->thread.lane;
  unsigned later = order == Order::kForward ? ~0u << lane << 1 : (1u << lane) - 1;
  unsigned left = warp(*current_).ready & later;
  return left ? threads_[current_->thread.linear - lane + first_lane(left, order)].get() : nullptr;
}

void BlockRunner::suspend() {
  Running& me = *current_;
  Running* next = progress_->launch.order == Order::kRandom ? nullptr : next_lane();
  if (next && next->stack) {
    go_on(*next);
    Fiber::change(me.fiber, next->fiber);
  } else {
    Fiber::change(me.fiber, scheduler_);
  }
}

void BlockRunner::thread_main() {
  BlockRunner* me = runner;
  Fiber::arrived(me->scheduler_);
  const Launch& launch = me->progress_->launch;
  launch.kernel->call(launch.parameters);
  me->copy_async_wait_all();
  me->require_no_products();
  me->become(*me->current_, State::kEnded);
  Fiber::change(me->current_->fiber, me->scheduler_, true);
  __builtin_unreachable();
}

// --- shared memory ------------------------------------------------------------------------------

void BlockRunner::poison_shared_memory() {
  const Launch& launch = progress_->launch;
  auto [entry, added] = shared_memory_.try_emplace(launch.kernel, Memory{nullptr, 0});
  Memory& memory = entry->second;
  if (added) {
    Search search{static_cast<const char*>(launch.kernel->shared_memory()), nullptr, 0};
    dl_iterate_phdr(find_thread_local, &search);
    memory = {search.start, search.size};
  }
  if (memory.start) std::memset(memory.start, kPoison, memory.size);
#if CUDASIM_ASAN
  __asan_unpoison_memory_region(dyn_smem, sizeof dyn_smem);
  std::memset(dyn_smem, kPoison, launch.dynamic_shared);
  __asan_poison_memory_region(dyn_smem + launch.dynamic_shared,
                              sizeof dyn_smem - launch.dynamic_shared);
#else
  std::memset(dyn_smem, kPoison, launch.dynamic_shared);
  std::memset(dyn_smem + launch.dynamic_shared, kCanary, kCanarySize);
#endif
}

void BlockRunner::check_shared_memory() {
#if !CUDASIM_ASAN
  const unsigned char* end = dyn_smem + progress_->launch.dynamic_shared;
  if (std::any_of(end, end + kCanarySize, [](unsigned char c) { return c != kCanary; })) {
    progress_->fail(std::string("kernel ") + progress_->launch.kernel->name + ", block " +
                    text(threads_[0]->thread.block_index) + " wrote past its " +
                    std::to_string(progress_->launch.dynamic_shared) +
                    " bytes of dynamic shared memory");
  }
#endif
}

// --- barriers -----------------------------------------------------------------------------------

int BlockRunner::block_barrier(bool predicate, Location where) {
  Running& me = *current_;
  Barrier& barrier = barriers_[0];
  barrier.predicates += predicate;
  become(me, State::kAtBarrier);
  me.lane->barrier = 0;
  me.lane->where = where;
  if (++barrier.arrived == size_) {
    release(0);
  } else {
    suspend();
  }
  return int(barrier.result);
}

void BlockRunner::named_barrier(unsigned id, unsigned threads, Location where) {
  if (id == 0 || id >= kBarriers || threads == 0 || threads % 32 || threads > size_) {
    fail("barrier " + std::to_string(id) + " of " + std::to_string(threads) +
             " threads: the number is 1 to 15, the threads are a multiple of 32 and in the block",
         where);
  }
  Running& me = *current_;
  become(me, State::kAtBarrier);
  me.lane->barrier = id;
  me.lane->where = where;
  if (++barriers_[id].arrived == threads) {
    release(id);
  } else {
    suspend();
  }
}

void BlockRunner::release(unsigned id) {
  Barrier& barrier = barriers_[id];
  spins_ = 0;
  barrier.result = barrier.predicates;
  barrier.arrived = barrier.predicates = 0;
  const Running* first = nullptr;  // of the warp
  for (unsigned i = 0; i < size_; i++) {
    const Lane& lane = warps_[i / 32].lanes[i % 32];
    if (i % 32 == 0) first = nullptr;
    if (lane.state != State::kAtBarrier || lane.barrier != id) continue;
    Running& thread = *threads_[i];
    if (!first) first = &thread;
    if (lane.where.line() != first->lane->where.line()) {
      fail("threads of a warp meet at different barriers: " + text(first->thread.thread_index) +
               " at " + text(first->lane->where) + ", " + text(thread.thread.thread_index) + " at " +
               text(lane.where),
           lane.where);
    }
    become(thread, State::kReady);
  }
}

void BlockRunner::warp_operation(unsigned mask, void* mine, WarpOperation operation,
                                 Location where) {
  Running& me = *current_;
  Warp& its = warp(me);
  unsigned bit = 1u << me.thread.lane;
  if (!(mask & bit)) fail("a lane takes part in a warp operation whose mask leaves it out", where);
  its.values[me.thread.lane] = mine;
  its.waiting |= bit;
  its.ready &= ~bit;
  *me.lane = {State::kAtWarpOperation, 0, mask, operation, where};
  meet(me.thread.linear / 32, mask);
  if (me.lane->state != State::kReady) suspend();
}

// Does the operation of the lanes in `mask` if all that live have come.
void BlockRunner::meet(unsigned index, unsigned mask) {
  Warp& warp = warps_[index];
  unsigned present = mask & warp.alive;
  if (!present || (warp.waiting & present) != present) return;
  unsigned leader = unsigned(__builtin_ctz(present));
  const Lane& first = warp.lanes[leader];
  for (unsigned lanes = present; lanes; lanes &= lanes - 1) {
    unsigned at = unsigned(__builtin_ctz(lanes));
    const Lane& lane = warp.lanes[at];
    if (lane.mask != mask || lane.operation != first.operation) {
      const Running &one = *threads_[index * 32 + leader], &other = *threads_[index * 32 + at];
      progress_->fail(place(other) + ": lanes of a warp meet in different operations: " +
                      text(one.thread.thread_index) + " at " + text(first.where) + ", " +
                      text(other.thread.thread_index) + " at " + text(lane.where));
      return;
    }
  }
  if (const char* wrong = first.operation(warp.values, present)) {
    progress_->fail(place(*threads_[index * 32 + leader]) + ": " + wrong + " at " + text(first.where));
    return;
  }
  spins_ = 0;
  warp.waiting &= ~present;
  warp.ready |= present;
  for (unsigned lanes = present; lanes; lanes &= lanes - 1) {
    warp.lanes[__builtin_ctz(lanes)].state = State::kReady;
  }
}

// --- asynchronous copies ------------------------------------------------------------------------

void BlockRunner::copy_async(void* shared, const void* global, unsigned bytes,
                             unsigned source_bytes, Location where) {
  if (source_bytes > bytes) fail("cp.async with a source larger than the copy", where);
  if ((reinterpret_cast<uintptr_t>(shared) & (bytes - 1)) ||
      (source_bytes && (reinterpret_cast<uintptr_t>(global) & (bytes - 1)))) {
    fail("cp.async of " + std::to_string(bytes) + " bytes with a misaligned address", where);
  }
  // Nearly all are of 16 bytes: no call for those.
  if (bytes == 16) {
    std::memset(shared, kPoison, 16);
  } else {
    std::memset(shared, kPoison, bytes);
  }
  current_->copies.push_back({shared, global, bytes, source_bytes, current_->group});
}

void BlockRunner::copy_async_commit() { current_->group++; }

void BlockRunner::copy_async_wait(unsigned pending) {
  if (current_->group > pending) finish_copies(current_->group - pending);
}

void BlockRunner::copy_async_wait_all() { finish_copies(current_->group + 1); }

void BlockRunner::finish_copies(unsigned before_group) {
  std::vector<Copy>& copies = current_->copies;
  auto copy = copies.begin();
  for (; copy != copies.end() && copy->group < before_group; ++copy) {
    if (copy->source_bytes == 16) {
      std::memcpy(copy->shared, copy->global, 16);
      continue;
    }
    if (copy->source_bytes) std::memcpy(copy->shared, copy->global, copy->source_bytes);
    std::memset(static_cast<char*>(copy->shared) + copy->source_bytes, 0,
                copy->bytes - copy->source_bytes);
  }
  copies.erase(copies.begin(), copy);
}

// --- failures -----------------------------------------------------------------------------------

std::string BlockRunner::place(const Running& thread) const {
  return std::string("kernel ") + progress_->launch.kernel->name + ", block " +
         text(thread.thread.block_index) + ", thread " + text(thread.thread.thread_index);
}

void BlockRunner::fail(const std::string& what, Location where) {
  progress_->fail(place(*current_) + ": " + what + " at " + text(where));
  for (;;) suspend();  // until its stack is taken away
}

void BlockRunner::spin(Location where) {
  if (++spins_ % 16) return;
  if (spins_ == 16) spinning_since_ = now();
  if (now() - spinning_since_ > spin_limit()) fail("waits for another thread for too long", where);
  sched_yield();
  become(*current_, State::kSpinning);
  suspend();
}

const char* BlockRunner::name(State state) {
  switch (state) {
    case State::kAtBarrier: return "the barrier";
    case State::kAtMemoryBarrier: return "the mbarrier";
    case State::kAtWarpgroup: return "the rest of the warpgroup";
    default: return "the warp operation";
  }
}

void BlockRunner::report_deadlock() {
  struct Group {
    const Running* first;
    unsigned count;
  };
  std::vector<Group> groups;
  unsigned ended = 0;
  for (unsigned i = 0; i < size_; i++) {
    const Running& thread = *threads_[i];
    if (thread.lane->state == State::kEnded) {
      ended++;
      continue;
    }
    auto same = std::find_if(groups.begin(), groups.end(), [&](const Group& group) {
      return group.first->lane->state == thread.lane->state &&
             group.first->lane->where.line() == thread.lane->where.line();
    });
    if (same == groups.end()) {
      groups.push_back({&thread, 1});
    } else {
      same->count++;
    }
  }
  std::string what = place(*groups[0].first) + ": waits for ever; of " + std::to_string(size_) +
                     " threads";
  for (const Group& group : groups) {
    what += " " + std::to_string(group.count) + " wait at " +
            name(group.first->lane->state) + " at " + text(group.first->lane->where) + " (thread " +
            text(group.first->thread.thread_index);
    if (group.first->lane->state == State::kAtMemoryBarrier) {
      const MemoryBarrier& barrier = memory_barriers_.at(group.first->memory_barrier);
      what += "; its phase " + std::to_string(barrier.phase) + " misses " +
              std::to_string(barrier.missing) + " of " + std::to_string(barrier.count) +
              " arrivals and " + std::to_string(barrier.expected) + " bytes";
    }
    what += "),";
  }
  what += " " + std::to_string(ended) + " have ended";
  progress_->fail(what);
}

// --- what kernels call --------------------------------------------------------------------------

int block_barrier(bool predicate, Location where) {
  return runner->block_barrier(predicate, where);
}
void named_barrier(unsigned id, unsigned threads, Location where) {
  runner->named_barrier(id, threads, where);
}
void warp_operation(unsigned mask, void* mine, WarpOperation operation, Location where) {
  runner->warp_operation(mask, mine, operation, where);
}
void copy_async(void* shared, const void* global, unsigned bytes, unsigned source_bytes,
                Location where) {
  runner->copy_async(shared, global, bytes, source_bytes, where);
}
void copy_async_commit() { runner->copy_async_commit(); }
void copy_async_wait(unsigned pending) { runner->copy_async_wait(pending); }
void copy_async_wait_all() { runner->copy_async_wait_all(); }
void memory_barrier_init(uint64_t* barrier, unsigned count, Location where) {
  runner->memory_barrier_init(barrier, count, where);
}
void fence_memory_barriers() { runner->fence_memory_barriers(); }
void memory_barrier_arrive(uint64_t* barrier, unsigned bytes, Location where) {
  runner->memory_barrier_arrive(barrier, bytes, where);
}
void memory_barrier_wait(uint64_t* barrier, unsigned parity, Location where) {
  runner->memory_barrier_wait(barrier, parity, where);
}
void copy_tensor(void* shared, const void* map, uint64_t* barrier, int x, int y, Location where) {
  runner->copy_tensor(shared, map, barrier, x, y, where);
}
uint32_t shared_address(const void* shared, Location where) {
  return runner->shared_address(shared, where);
}
void warpgroup_fence() { runner->warpgroup_fence(); }
void warpgroup_multiply(WarpgroupProduct product, float* d, unsigned columns, uint64_t a, uint64_t b,
                        bool accumulate, Location where) {
  runner->warpgroup_multiply(product, d, columns, a, b, accumulate, where);
}
void warpgroup_commit() { runner->warpgroup_commit(); }
void warpgroup_wait(unsigned pending, Location where) { runner->warpgroup_wait(pending, where); }
void spin(Location where) { runner->spin(where); }
void fail(const char* what, Location where) { runner->fail(what, where); }

}  // namespace cudasim
