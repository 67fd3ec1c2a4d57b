// Barriers of a block, and fences.
//
// All threads of the block must reach __syncthreads(): one that has ended counts as missing, and
// the lanes of a warp must meet at the same line. A launch in which they don't ends with an error.
#pragma once
#include "threads.h"

namespace cudasim {

// How many threads of the block gave a predicate that holds.
int block_barrier(bool predicate, Location where);

// bar.sync id, threads: the first `threads` that come to barrier `id`, 1 to 15, wait for each other.
// `threads` is a multiple of 32.
void named_barrier(unsigned id, unsigned threads, Location where = Location::current());

}  // namespace cudasim

inline void __syncthreads(cudasim::Location where = cudasim::Location::current()) {
  cudasim::block_barrier(false, where);
}
inline int __syncthreads_count(
    int predicate, cudasim::Location where = cudasim::Location::current()) {
  return cudasim::block_barrier(predicate != 0, where);
}
inline int __syncthreads_or(
    int predicate, cudasim::Location where = cudasim::Location::current()) {
  return cudasim::block_barrier(predicate != 0, where) != 0;
}
inline int __syncthreads_and(
    int predicate, cudasim::Location where = cudasim::Location::current()) {
  return cudasim::block_barrier(predicate == 0, where) == 0;
}

inline void __threadfence_block() { __atomic_thread_fence(__ATOMIC_SEQ_CST); }
inline void __threadfence() { __atomic_thread_fence(__ATOMIC_SEQ_CST); }
inline void __threadfence_system() { __atomic_thread_fence(__ATOMIC_SEQ_CST); }
