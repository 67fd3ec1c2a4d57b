// A block of threads while it runs: each thread a fiber, all of them on one thread of the processor.
#pragma once
#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <random>
#include <string>
#include <unordered_map>
#include <vector>

#include "../include/cudasim/barriers.h"
#include "../include/cudasim/bulk_copy.h"
#include "../include/cudasim/threads.h"
#include "../include/cudasim/warpgroups.h"
#include "../include/cudasim/warps.h"
#include "fiber.h"
#include "launch.h"

namespace cudasim {

// A launch that all its blocks share.
struct Progress {
  const Launch& launch;
  uint64_t blocks;
  std::atomic<uint64_t> next{0};  // the next block that nobody has taken, by number in line
  std::atomic<bool> failed{false};
  std::mutex mutex;
  std::string error;  // of who failed first

  explicit Progress(const Launch& l)
      : launch(l), blocks(uint64_t(l.grid.x) * l.grid.y * l.grid.z) {}
  void fail(const std::string& why);
};

// Fills memory that nobody has written: as a float not a number, as an integer -1.
constexpr int kPoison = 0xff;

// Runs blocks one after the other; the fibers' stacks are kept from one to the next.
class BlockRunner {
 public:
  // Runs the n-th block in line. Returns early when the launch has failed.
  void run(Progress& progress, uint64_t n);

  // What the running thread asks for; see the functions of these names.
  int block_barrier(bool predicate, Location where);
  void named_barrier(unsigned id, unsigned threads, Location where);
  void warp_operation(unsigned mask, void* mine, WarpOperation operation, Location where);
  void copy_async(void* shared, const void* global, unsigned bytes, unsigned source_bytes,
                  Location where);
  void copy_async_commit();
  void copy_async_wait(unsigned pending);
  void copy_async_wait_all();
  void memory_barrier_init(uint64_t* barrier, unsigned count, Location where);
  void fence_memory_barriers();
  void memory_barrier_arrive(uint64_t* barrier, unsigned bytes, Location where);
  void memory_barrier_wait(uint64_t* barrier, unsigned parity, Location where);
  void copy_tensor(void* shared, const void* map, uint64_t* barrier, int x, int y, Location where);
  uint32_t shared_address(const void* shared, Location where);
  void warpgroup_fence();
  void warpgroup_multiply(WarpgroupProduct product, float* d, unsigned columns, uint64_t a, uint64_t b,
                          bool accumulate, Location where);
  void warpgroup_commit();
  void warpgroup_wait(unsigned pending, Location where);
  void spin(Location where);
  [[noreturn]] void fail(const std::string& what, Location where);

 private:
  // kSpinning: it is ready, when others have had their turn.
  enum class State : uint8_t {
    kReady, kSpinning, kAtBarrier, kAtWarpOperation, kAtMemoryBarrier, kAtWarpgroup, kEnded
  };

  struct Copy {
    void* shared;
    const void* global;
    unsigned bytes, source_bytes;
    unsigned group;
  };

  struct MemoryBarrier {
    unsigned count, missing;  // arrivals, of all and of this phase
    uint64_t expected, under_way;  // bytes of this phase that have not come, and of copies that were started
    unsigned phase;
    unsigned prepared_by;
    bool fenced;
  };

  struct TensorCopy {
    EncodedTensorMap map;
    unsigned char* shared;
    uint64_t* barrier;
    int x, y;
  };

  // Sums that products add to one after the other.
  struct Chain {
    std::vector<float> sums;  // 64 rows
    unsigned columns;
  };

  struct Product {
    WarpgroupProduct run;
    uint64_t a, b;
    bool accumulate, starts;  // starts: a new chain
    std::shared_ptr<Chain> chain;
    unsigned threads;  // that have started it
    Location where;
  };

  struct Warpgroup {
    std::vector<Product> products;
    size_t done;
  };

  // A thread's part of a chain.
  struct Sums {
    float* d;
    std::shared_ptr<Chain> chain;
    size_t last;  // product
  };

  // What a thread waits for. Those of a warp lie together, since they are looked through at each operation.
  struct Lane {
    State state;
    unsigned barrier;  // which one
    unsigned mask;     // of the warp operation
    WarpOperation operation;
    Location where;
  };

  struct Running {
    Thread thread;
    Lane* lane;
    Fiber fiber;
    std::unique_ptr<Stack> stack;  // while it has begun and not ended
    std::vector<Copy> copies;  // asked for and not waited for, oldest first
    unsigned group;            // that its next copy belongs to
    const uint64_t* memory_barrier;  // which one it waits for
    std::vector<size_t> groups;      // where each group of its products ends
    size_t products;                 // that it has started
    std::vector<Sums> sums;          // of products under way
    bool fenced;
  };

  struct Warp {
    unsigned alive, waiting, ready, spinning;  // a bit a lane; waiting: at a warp operation
    Lane lanes[32];
    void* values[32];  // that they bring to a warp operation
  };

  struct Barrier {
    unsigned arrived, predicates, result;
  };

  struct Memory {
    void* start;
    size_t size;
  };

  static constexpr unsigned kBarriers = 16;

  static void thread_main();
  static const char* name(State state);
  void prepare(uint64_t n);
  void poison_shared_memory();
  void check_shared_memory();
  bool run_warp(unsigned index);
  void become(Running& thread, State state);
  Warp& warp(const Running& thread) { return warps_[thread.thread.linear / 32]; }
  void go_on(Running& thread);
  void resume(Running& thread);
  void end(Running& thread);
  Running* next_lane();
  void suspend();
  void release(unsigned barrier);
  void meet(unsigned warp, unsigned mask);
  void finish_copies(unsigned before_group);
  MemoryBarrier& memory_barrier(const uint64_t* barrier, Location where);
  void advance(uint64_t* barrier);
  bool deliver();
  void arrive(const TensorCopy& copy);
  Warpgroup& warpgroup(Location where);
  void require_no_products();
  void report_deadlock();
  std::string place(const Running& thread) const;

  Progress* progress_ = nullptr;
  std::vector<std::unique_ptr<Running>> threads_;
  std::vector<std::unique_ptr<Stack>> stacks_;  // free; the last one is the warmest
  std::vector<Warp> warps_;
  Barrier barriers_[kBarriers];
  std::unordered_map<const uint64_t*, MemoryBarrier> memory_barriers_;
  std::vector<TensorCopy> tensor_copies_;  // under way, oldest first
  std::vector<Warpgroup> warpgroups_;
  std::vector<unsigned> warp_order_;
  unsigned lane_order_[32];  // where it is random
  std::minstd_rand random_;
  Fiber scheduler_;
  Running* current_ = nullptr;
  unsigned size_ = 0;   // threads in the block
  unsigned alive_ = 0;  // that have not ended
  unsigned stack_count_ = 0;
  uint64_t spins_ = 0;  // since the last barrier or operation of a warp
  double spinning_since_ = 0;
  std::unordered_map<const Kernel*, Memory> shared_memory_;
};

// The runner whose fibers run on this thread of the processor.
extern thread_local BlockRunner* runner;

}  // namespace cudasim
