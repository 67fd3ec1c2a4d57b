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
#include "../include/cudasim/threads.h"
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
  void spin(Location where);
  [[noreturn]] void fail(const std::string& what, Location where);

 private:
  // kSpinning: it is ready, when others have had their turn.
  enum class State : uint8_t { kReady, kSpinning, kAtBarrier, kAtWarpOperation, kEnded };

  struct Copy {
    void* shared;
    const void* global;
    unsigned bytes, source_bytes;
    unsigned group;
  };

  struct Running {
    Thread thread;
    Fiber fiber;
    std::unique_ptr<Stack> stack;  // while it has begun and not ended
    State state;
    Location where;      // what it waits at
    unsigned barrier;    // which one
    unsigned mask;       // of the warp operation
    WarpOperation operation;
    std::vector<Copy> copies;  // asked for and not waited for, oldest first
    unsigned group;            // that its next copy belongs to
  };

  struct Warp {
    void* lanes[32];
    unsigned alive, waiting;
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
  void prepare(uint64_t n);
  void poison_shared_memory();
  void check_shared_memory();
  bool run_warp(unsigned warp);
  void resume(Running& thread);
  void suspend(bool last = false);
  void release(unsigned barrier);
  void meet(unsigned warp, unsigned mask);
  void finish_copies(unsigned before_group);
  void report_deadlock();
  std::string place(const Running& thread) const;

  Progress* progress_ = nullptr;
  std::vector<std::unique_ptr<Running>> threads_;
  std::vector<std::unique_ptr<Stack>> stacks_;  // free; the last one is the warmest
  std::vector<Warp> warps_;
  Barrier barriers_[kBarriers];
  std::vector<unsigned> warp_order_;
  unsigned lane_order_[32];
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
