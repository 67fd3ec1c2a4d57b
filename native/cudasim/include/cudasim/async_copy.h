// Asynchronous copies from global to shared memory: cp.async and its groups.
//
// A copy happens as late as the program allows: when its thread waits for its group. Until then
// the destination holds poison, so that a missing wait shows, and so does a buffer that is filled
// again while others still read it.
#pragma once
#include "threads.h"

namespace cudasim {

// bytes is 4, 8 or 16, both addresses are multiples of it; what follows source_bytes becomes 0.
void copy_async(void* shared, const void* global, unsigned bytes, unsigned source_bytes,
                Location where = Location::current());
void copy_async_commit();
// Until at most `pending` of the thread's latest groups are under way.
void copy_async_wait(unsigned pending);
// The same for all copies, committed or not.
void copy_async_wait_all();

}  // namespace cudasim
