// Atomic operations on global and shared memory. Relaxed, as on the device: who publishes data
// with one needs a fence.
#pragma once
#include <cstdint>
#include <cstring>
#include <type_traits>

namespace cudasim {

// *address = change(*address), at once; returns what was there.
template <typename T, typename F>
T read_modify_write(T* address, F change) {
  static_assert(sizeof(T) == 4 || sizeof(T) == 8);
  using Bits = std::conditional_t<sizeof(T) == 8, uint64_t, uint32_t>;
  Bits* bits = reinterpret_cast<Bits*>(address);
  Bits before = __atomic_load_n(bits, __ATOMIC_RELAXED);
  for (;;) {
    T old, changed;
    std::memcpy(&old, &before, sizeof old);
    changed = change(old);
    Bits after;
    std::memcpy(&after, &changed, sizeof after);
    if (__atomic_compare_exchange_n(bits, &before, after, true, __ATOMIC_RELAXED,
                                    __ATOMIC_RELAXED)) {
      return old;
    }
  }
}

}  // namespace cudasim

#define CUDASIM_ATOMIC(name, expression)                                              \
  template <typename T>                                                               \
  T name(T* address, std::type_identity_t<T> value) {                                 \
    return cudasim::read_modify_write(address, [=](T old) -> T { return expression; }); \
  }
CUDASIM_ATOMIC(atomicAdd, T(old + value))
CUDASIM_ATOMIC(atomicSub, T(old - value))
CUDASIM_ATOMIC(atomicMax, old > value ? old : value)
CUDASIM_ATOMIC(atomicMin, old < value ? old : value)
CUDASIM_ATOMIC(atomicOr, T(old | value))
CUDASIM_ATOMIC(atomicAnd, T(old & value))
CUDASIM_ATOMIC(atomicXor, T(old ^ value))
CUDASIM_ATOMIC(atomicExch, value)
CUDASIM_ATOMIC(atomicInc, old >= value ? T(0) : T(old + 1))
CUDASIM_ATOMIC(atomicDec, old == 0 || old > value ? value : T(old - 1))
#undef CUDASIM_ATOMIC

template <typename T>
T atomicCAS(T* address, std::type_identity_t<T> compare, std::type_identity_t<T> value) {
  return cudasim::read_modify_write(
      address, [=](T old) -> T { return old == compare ? value : old; });
}
