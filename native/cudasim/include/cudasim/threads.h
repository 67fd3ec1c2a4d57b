// Which thread runs, and what the scheduler does for it. ../runtime/scheduler.cpp is the other side.
#pragma once
#include <source_location>

#include "vectors.h"

namespace cudasim {

using Location = std::source_location;

// What a CUDA thread can see of itself.
struct Thread {
  uint3 thread_index;
  uint3 block_index;
  dim3 block_size;
  dim3 grid_size;
  unsigned linear;  // its number in the block
  unsigned lane;    // its number in the warp
};

// The thread that runs now on this thread of the processor.
extern __thread const Thread* self;

// Ends the launch with an error that names kernel, block and thread. Does not return to the caller.
[[noreturn]] void fail(const char* what, Location where = Location::current());

// A turn of a loop that waits for another block: lets the others run, and ends the launch with an
// error when it has waited for longer than CUDASIM_SPIN_SECONDS.
void spin(Location where = Location::current());

}  // namespace cudasim

#define threadIdx (::cudasim::self->thread_index)
#define blockIdx (::cudasim::self->block_index)
#define blockDim (::cudasim::self->block_size)
#define gridDim (::cudasim::self->grid_size)
#define warpSize 32

inline void __trap(cudasim::Location where = cudasim::Location::current()) {
  cudasim::fail("__trap()", where);
}

inline void __nanosleep(unsigned, cudasim::Location where = cudasim::Location::current()) {
  cudasim::spin(where);
}
