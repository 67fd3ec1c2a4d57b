// Operations of a warp: shuffles, votes, matches. The last lane to arrive does the work for all.
//
// The lanes that the mask names and that have not ended must all come to the same operation with
// the same mask. A launch in which they don't ends with an error; __activemask() is left out on
// purpose, since what it says is never a promise.
#pragma once
#include <cstring>

#include "threads.h"

namespace cudasim {

// What the last lane does: lanes[i] is what lane i brought, valid for the lanes in `present`.
// Returns what is wrong, or null.
using WarpOperation = const char* (*)(void** lanes, unsigned present);

void warp_operation(unsigned mask, void* mine, WarpOperation operation, Location where);

// A value read from lane `source`, which must take part.
template <typename T>
T shuffle(unsigned mask, T value, unsigned source, Location where) {
  struct Lane {
    T value;
    unsigned source;
    T result;
  } mine{value, source, value};
  warp_operation(
      mask, &mine,
      [](void** lanes, unsigned present) -> const char* {
        for (unsigned i = 0; i < 32; i++) {
          if (!(present >> i & 1)) continue;
          Lane* lane = static_cast<Lane*>(lanes[i]);
          if (!(present >> lane->source & 1)) return "a shuffle reads a lane that takes no part";
          lane->result = static_cast<Lane*>(lanes[lane->source])->value;
        }
        return nullptr;
      },
      where);
  return mine.result;
}

// The lanes whose value is the same as mine, after `same(mine, theirs)`.
template <typename T>
unsigned vote(unsigned mask, T value, bool (*same)(const T& mine, const T& theirs),
              Location where) {
  struct Lane {
    T value;
    bool (*same)(const T&, const T&);
    unsigned result;
  } mine{value, same, 0};
  warp_operation(
      mask, &mine,
      [](void** lanes, unsigned present) -> const char* {
        for (unsigned i = 0; i < 32; i++) {
          if (!(present >> i & 1)) continue;
          Lane* lane = static_cast<Lane*>(lanes[i]);
          for (unsigned j = 0; j < 32; j++) {
            if (present >> j & 1) {
              lane->result |=
                  unsigned(lane->same(lane->value, static_cast<Lane*>(lanes[j])->value)) << j;
            }
          }
        }
        return nullptr;
      },
      where);
  return mine.result;
}

}  // namespace cudasim

inline void __syncwarp(unsigned mask = 0xffffffffu,
                       cudasim::Location where = cudasim::Location::current()) {
  cudasim::warp_operation(
      mask, nullptr, [](void**, unsigned) -> const char* { return nullptr; }, where);
}

template <typename T>
T __shfl_sync(unsigned mask, T value, int source, int width = 32,
              cudasim::Location where = cudasim::Location::current()) {
  unsigned lane = cudasim::self->lane, low = unsigned(width) - 1;
  return cudasim::shuffle(mask, value, (lane & ~low) | (unsigned(source) & low), where);
}

template <typename T>
T __shfl_up_sync(unsigned mask, T value, unsigned delta, int width = 32,
                 cudasim::Location where = cudasim::Location::current()) {
  unsigned lane = cudasim::self->lane, low = unsigned(width) - 1;
  return cudasim::shuffle(mask, value, (lane & low) >= delta ? lane - delta : lane, where);
}

template <typename T>
T __shfl_down_sync(unsigned mask, T value, unsigned delta, int width = 32,
                   cudasim::Location where = cudasim::Location::current()) {
  unsigned lane = cudasim::self->lane, low = unsigned(width) - 1;
  return cudasim::shuffle(mask, value, (lane & low) + delta <= low ? lane + delta : lane, where);
}

template <typename T>
T __shfl_xor_sync(unsigned mask, T value, int lanes, int width = 32,
                  cudasim::Location where = cudasim::Location::current()) {
  unsigned lane = cudasim::self->lane, low = unsigned(width) - 1;
  unsigned source = lane ^ unsigned(lanes);
  return cudasim::shuffle(mask, value, (source & ~low) <= (lane & ~low) ? source & 31 : lane,
                          where);
}

inline unsigned __ballot_sync(unsigned mask, int predicate,
                              cudasim::Location where = cudasim::Location::current()) {
  return cudasim::vote<bool>(
      mask, predicate != 0, [](const bool&, const bool& theirs) { return theirs; }, where);
}
inline int __any_sync(unsigned mask, int predicate,
                      cudasim::Location where = cudasim::Location::current()) {
  return __ballot_sync(mask, predicate, where) != 0;
}
inline int __all_sync(unsigned mask, int predicate,
                      cudasim::Location where = cudasim::Location::current()) {
  return __ballot_sync(mask, predicate == 0, where) == 0;
}
template <typename T>
unsigned __match_any_sync(unsigned mask, T value,
                          cudasim::Location where = cudasim::Location::current()) {
  return cudasim::vote<T>(
      mask, value,
      [](const T& mine, const T& theirs) { return !std::memcmp(&mine, &theirs, sizeof(T)); },
      where);
}

namespace cudasim {

// All lanes' values combined, in the order of the lanes.
template <typename T>
T reduce(unsigned mask, T value, T (*combine)(T, T), Location where) {
  struct Lane {
    T value;
    T (*combine)(T, T);
  } mine{value, combine};
  warp_operation(
      mask, &mine,
      [](void** lanes, unsigned present) -> const char* {
        T sum{};
        bool first = true;
        for (unsigned i = 0; i < 32; i++) {
          if (!(present >> i & 1)) continue;
          Lane* lane = static_cast<Lane*>(lanes[i]);
          sum = first ? lane->value : lane->combine(sum, lane->value);
          first = false;
        }
        for (unsigned i = 0; i < 32; i++) {
          if (present >> i & 1) static_cast<Lane*>(lanes[i])->value = sum;
        }
        return nullptr;
      },
      where);
  return mine.value;
}

}  // namespace cudasim

// The reductions of compute capability 8.0: int and unsigned only.
#define CUDASIM_REDUCE(name, T, expression)                                             \
  inline T __reduce_##name##_sync(unsigned mask, T value,                               \
                                  cudasim::Location where = cudasim::Location::current()) { \
    return cudasim::reduce<T>(mask, value, [](T a, T b) -> T { return expression; }, where); \
  }
CUDASIM_REDUCE(add, unsigned, a + b)
CUDASIM_REDUCE(add, int, int(unsigned(a) + unsigned(b)))
CUDASIM_REDUCE(min, unsigned, a < b ? a : b)
CUDASIM_REDUCE(min, int, a < b ? a : b)
CUDASIM_REDUCE(max, unsigned, a > b ? a : b)
CUDASIM_REDUCE(max, int, a > b ? a : b)
CUDASIM_REDUCE(and, unsigned, a & b)
CUDASIM_REDUCE(or, unsigned, a | b)
CUDASIM_REDUCE(xor, unsigned, a ^ b)
#undef CUDASIM_REDUCE
