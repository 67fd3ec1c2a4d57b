// Device memory, which is memory of the processor: poisoned, counted and watched.
#pragma once
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>

#include "result.h"

namespace cudasim::driver {

class Context;

using DevicePointer = unsigned long long;

// What a byte of memory has that nobody has written: floats are not a number.
constexpr int kPoison = 0xff;

class Memory {
 public:
  // Of `size` bytes, aligned to 512, full of poison. `owner` is the context it goes away with.
  Result allocate(size_t size, const Context* owner, DevicePointer& result);
  Result release(DevicePointer start);
  void release_all(const Context* owner);

  Result allocate_pinned(size_t size, void*& result);
  Result release_pinned(void* start);
  Result pin(void* start, size_t size);
  Result unpin(void* start);

  // Whether a kernel or a copy may touch these bytes: in one allocation, or pinned.
  bool accessible(DevicePointer start, size_t size) const;
  bool is_pinned(const void* start, size_t size) const;
  // The allocation around an address; false if there is none.
  bool range(DevicePointer address, DevicePointer& start, size_t& size) const;

  // All that a kernel may touch, by address.
  std::map<uintptr_t, size_t> accessible() const;

  size_t used() const { return used_; }

  // Describes the first allocation that has been written past, or nothing.
  std::string damage() const;

 private:
  struct Allocation {
    size_t size;
    const Context* owner;
  };
  struct Pinned {
    size_t size;
    bool ours;
  };

  void free(std::map<uintptr_t, Allocation>::iterator allocation);

  std::map<uintptr_t, Allocation> allocations_;
  std::map<uintptr_t, Pinned> pinned_;
  size_t used_ = 0;
};

}  // namespace cudasim::driver
