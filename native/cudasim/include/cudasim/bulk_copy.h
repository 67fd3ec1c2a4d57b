// What feeds the tensor cores of compute capability 9.0: barriers in shared memory (mbarrier) and bulk copies of
// boxes of a matrix (TMA, cp.async.bulk.tensor).
//
// A copy arrives as late as the program allows: when no thread of the block can go on without it; in random order also
// at any time before. Until then there is poison, from the start of the copy on. A launch ends with an error
// - when a barrier is used before it is prepared, prepared twice, gets more arrivals than its phase has, or is shown to
//   a copy without the fence;
// - when more bytes are copied than its phase was told to expect, at the start of the copy;
// - when nothing can go on and no copy is under way: the message has the barrier's arrivals and bytes.
//
// What is assumed: a map of TF32 rounds to nearest, ties away from 0, as it copies, which NVIDIA does not specify; a
// matrix is not written while it is copied. What generic stores to shared memory need before copies and wgmma read
// them (fence.proxy.async) is not watched.
#pragma once
#include <cstdint>

#include "threads.h"

namespace cudasim {

// What cuTensorMapEncodeTiled leaves in a CUtensorMap of this driver.
struct EncodedTensorMap {
  static constexpr uint32_t kMark = 0x70616d74;

  uint32_t mark;
  uint8_t element_bytes;
  bool rounds_to_tf32;
  bool swizzles;  // 128 bytes; else not at all
  uint8_t rank;   // 2
  uint64_t address;
  uint64_t size[2];  // in elements, along a row first
  uint64_t pitch;    // in bytes
  uint32_t box[2];
};
static_assert(sizeof(EncodedTensorMap) <= 128, "what a CUtensorMap has room for");

void memory_barrier_init(uint64_t* barrier, unsigned count, Location where = Location::current());
void fence_memory_barriers();
void memory_barrier_arrive(uint64_t* barrier, unsigned bytes, Location where = Location::current());
void memory_barrier_wait(uint64_t* barrier, unsigned parity, Location where = Location::current());

// map: an EncodedTensorMap
void copy_tensor(void* shared, const void* map, uint64_t* barrier, int x, int y,
                 Location where = Location::current());

// Where dynamic shared memory starts among the addresses of shared memory: behind a kilobyte of the system's.
constexpr uint32_t kFirstShared = 1024;

// The address of what lies in dynamic shared memory.
uint32_t shared_address(const void* shared, Location where = Location::current());

// Where a byte lies that belongs to this address, in the 128-byte swizzle.
constexpr uint32_t swizzled(uint32_t address) { return address ^ (address >> 7 & 7) << 4; }

}  // namespace cudasim
