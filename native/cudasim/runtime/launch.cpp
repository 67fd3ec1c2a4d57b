#include "launch.h"

#include <algorithm>
#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <thread>

#include "block.h"

namespace cudasim {

namespace {

// The announced kernels. Made when the first is announced, which may be before main.
struct Registry {
  std::mutex mutex;
  std::vector<const Kernel*> kernels;
};

Registry& registry() {
  static Registry* instance = new Registry;  // libraries may leave after main
  return *instance;
}

unsigned processors() {
  const char* threads = std::getenv("CUDASIM_THREADS");
  if (threads && std::atoi(threads) > 0) return unsigned(std::atoi(threads));
  return std::max(1u, std::thread::hardware_concurrency());
}

// Threads of the processor that run blocks beside the one that launches. They live as long as the process.
class Pool {
 public:
  static Pool& instance() {
    static Pool* pool = new Pool;
    return *pool;
  }

  // Runs the launch on up to `count` threads at once, of which this is one: most launches are too small for another
  // to wake in time.
  void run(Progress& progress, unsigned count) {
    static thread_local BlockRunner blocks;
    runner = &blocks;
    std::lock_guard<std::mutex> one(launches_);
    if (count > 1) begin(progress, count - 1);
    take_blocks(progress, blocks);
    if (count > 1) end();
  }

 private:
  void begin(Progress& progress, unsigned count) {
    std::lock_guard<std::mutex> guard(mutex_);
    while (started_ < count) {
      std::thread(&Pool::work, this, started_, generation_).detach();
      started_++;
    }
    progress_ = &progress;
    wanted_ = busy_ = count;
    generation_++;
    begin_.notify_all();
  }

  void end() {
    std::unique_lock<std::mutex> guard(mutex_);
    end_.wait(guard, [&] { return busy_ == 0; });
    progress_ = nullptr;
  }

  static void take_blocks(Progress& progress, BlockRunner& blocks) {
    for (uint64_t block; !progress.failed && (block = progress.next++) < progress.blocks;) {
      if (!progress.launch.interpreter) {
        blocks.run(progress, block);
      } else if (auto wrong = progress.launch.interpreter->run(progress.launch, block); !wrong.empty()) {
        progress.fail(wrong);
      }
    }
  }

  void work(unsigned number, uint64_t seen) {
    BlockRunner blocks;
    runner = &blocks;
    for (;;) {
      Progress* progress;
      {
        std::unique_lock<std::mutex> guard(mutex_);
        begin_.wait(guard, [&] { return generation_ != seen; });
        seen = generation_;
        if (number >= wanted_) continue;
        progress = progress_;
      }
      take_blocks(*progress, blocks);
      std::lock_guard<std::mutex> guard(mutex_);
      if (--busy_ == 0) end_.notify_all();
    }
  }

  std::mutex launches_;
  std::mutex mutex_;
  std::condition_variable begin_, end_;
  Progress* progress_ = nullptr;
  unsigned started_ = 0, wanted_ = 0, busy_ = 0;
  uint64_t generation_ = 0;
};

const char* name(Order order) {
  switch (order) {
    case Order::kForward: return "forward";
    case Order::kReverse: return "reverse";
    case Order::kRandom: return "random";
  }
  return "";
}

}  // namespace

void add_kernel(const Kernel* kernel) {
  std::lock_guard<std::mutex> guard(registry().mutex);
  registry().kernels.push_back(kernel);
}

void remove_kernel(const Kernel* kernel) {
  std::lock_guard<std::mutex> guard(registry().mutex);
  std::erase(registry().kernels, kernel);
}

const Kernel* find_kernel(const std::string& name) {
  std::lock_guard<std::mutex> guard(registry().mutex);
  for (const Kernel* kernel : registry().kernels) {
    if (name == kernel->name) return kernel;
  }
  return nullptr;
}

std::string run(const Launch& launch) {
  Progress progress(launch);
  // The blocks of a cooperative launch wait for each other: each has a thread of its own.
  unsigned count = launch.cooperative
                       ? unsigned(progress.blocks)
                       : unsigned(std::min<uint64_t>(processors(), progress.blocks));
  Pool::instance().run(progress, count);
  if (!progress.failed) return "";
  std::string order = std::string(" [order ") + name(launch.order);
  if (launch.order == Order::kRandom) order += ", seed " + std::to_string(launch.seed);
  return progress.error + order + "]";
}

void set_order_from_environment(Launch& launch) {
  const char* order = std::getenv("CUDASIM_ORDER");
  const char* seed = std::getenv("CUDASIM_SEED");
  if (seed) launch.seed = std::strtoull(seed, nullptr, 10);
  if (!order || !std::strcmp(order, "forward")) {
    launch.order = Order::kForward;
  } else if (!std::strcmp(order, "reverse")) {
    launch.order = Order::kReverse;
  } else if (!std::strcmp(order, "random")) {
    launch.order = Order::kRandom;
  } else {
    std::fprintf(stderr, "cudasim: CUDASIM_ORDER=%s: it is forward, reverse or random\n", order);
    std::exit(2);
  }
}

}  // namespace cudasim
