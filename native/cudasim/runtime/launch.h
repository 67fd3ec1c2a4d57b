// What the stand-in driver and the tests ask of the run time.
#pragma once
#include <cstdint>
#include <string>

#include "../include/cudasim/kernels.h"
#include "../include/cudasim/vectors.h"

namespace cudasim {

// As much as a block of compute capability 9.0 may have.
constexpr unsigned kMaxDynamicShared = 227 * 1024;
constexpr unsigned kMaxBlockThreads = 1024;

// The order in which the scheduler lets threads run. A kernel must give the same in each.
enum class Order { kForward, kReverse, kRandom };

struct Launch;

// Runs blocks in another way than by calling the kernel: of several threads at once, a block at a time on each.
class Interpreter {
 public:
  virtual ~Interpreter() = default;
  // Runs the n-th block in line. Returns what went wrong, or nothing.
  virtual std::string run(const Launch& launch, uint64_t n) const = 0;
};

struct Launch {
  const Kernel* kernel;
  dim3 grid;
  dim3 block;
  unsigned dynamic_shared = 0;  // bytes
  void** parameters = nullptr;
  bool cooperative = false;     // all blocks run at the same time
  Order order = Order::kForward;
  uint64_t seed = 1;            // of Order::kRandom
  const Interpreter* interpreter = nullptr;
};

// Runs a kernel to its end. Returns what went wrong, with kernel, block and thread, or nothing.
// Sizes are within the limits above.
std::string run(const Launch& launch);

// The announced kernel of this name, or null.
const Kernel* find_kernel(const std::string& name);

// The launch's order by the environment: CUDASIM_ORDER is forward (the default), reverse or random,
// CUDASIM_SEED a number. Anything else ends the process with a message.
void set_order_from_environment(Launch& launch);

}  // namespace cudasim
